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

/**
 * Stage:
 * @memory: "vmalloc" or "dma-sg"
 * @camera: made once, before the first call
 * @reader: likewise
 * @foreign: likewise, for imports
 * @path: a directory or file
 * @fd: what the call gave, or works on; -1 otherwise
 */
typedef struct {
  const char *memory;
  TestCamera *camera;
  Reader *reader;
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
 * @memories: how many kinds of memory make a difference to it, 1 or 2
 */
typedef struct {
  const char *name;
  void (*open) (Stage *stage);
  void (*prepare) (Stage *stage);
  int (*call) (Stage *stage);
  void (*undo) (Stage *stage);
  void (*close) (Stage *stage);
  int also[2];
  guint memories;
} StageCall;

/** All of them; the last has no name. */
extern const StageCall stage_calls[];

#endif
