/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls whose allocations are made to fail: what has to be there before
 * each, the call itself, and what undoes it.
 */
#ifndef STAGE_H
#define STAGE_H

#include "camera.h"
#include "foreign.h"
#include "reader.h"

/** What the calls are made on: a drawn camera with one kind of memory, or a feed */
typedef enum { STAGE_VMALLOC, STAGE_DMA_SG, STAGE_FEED, STAGE_FORMS } StageForm;

#define STAGE_DRAWN (1 << STAGE_VMALLOC | 1 << STAGE_DMA_SG)
#define STAGE_ALL (STAGE_DRAWN | 1 << STAGE_FEED)
/* Where the memory makes no difference */
#define STAGE_ANY (1 << STAGE_VMALLOC | 1 << STAGE_FEED)

/**
 * Stage:
 * @camera: made once, before the first call
 * @reader: likewise; of a feed, at its output node
 * @viewer: likewise; of a feed, what streams at its capture node
 * @foreign: likewise, for imports
 * @path: a directory or file
 * @fd: what the call gave, or works on; -1 otherwise
 */
typedef struct {
  StageForm form;
  TestCamera *camera;
  Reader *reader;
  Reader *viewer;
  Foreign *foreign;
  char *path;
  int fd;
} Stage;

/**
 * StageCall:
 * @open: makes what all tries share
 * @prepare: (nullable): before each call
 * @call: nothing but the system call; returns its result
 * @undo: (nullable): after a call that succeeded
 * @close: undoes @open
 * @also: what else is right beside ENOMEM, or 0
 * @forms: those that make a difference to it, as bits
 */
typedef struct {
  const char *name;
  void (*open) (Stage *stage);
  void (*prepare) (Stage *stage);
  int (*call) (Stage *stage);
  void (*undo) (Stage *stage);
  void (*close) (Stage *stage);
  int also[2];
  guint forms;
} StageCall;

/** All of them; the last of each has no name. */
extern const StageCall stage_calls[];
extern const StageCall stage_feed_calls[];

const char *stage_form_get_name (StageForm form);

/** For the tables: the camera, and who has opened it */
void stage_open_camera (Stage *stage);
void stage_close_camera (Stage *stage);
int stage_request (Stage *stage, guint32 memory, guint32 count);
int stage_queue (Stage *stage, guint index);

#endif
