/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that calls a camera in every wrong way it can think of, and in
 * enough right ones to get where the wrong ones matter.
 */
#ifndef HOSTILE_CALLER_H
#define HOSTILE_CALLER_H

#include <linux/videodev2.h>

#include "hostile-chance.h"
#include "hostile-place.h"

#define CALLER_NODES 6
#define CALLER_STRANGERS 16
#define CALLER_EXPORTS 6
#define CALLER_MAPPINGS 6
#define CALLER_MAX_IOCTLS 96
#define CALLER_MAX_DEEDS 24

/**
 * Tally:
 *
 * What all callers together have done; in memory that they share.
 */
typedef struct {
  gint good[CALLER_MAX_IOCTLS];
  gint bad[CALLER_MAX_IOCTLS];
  gint deeds[CALLER_MAX_DEEDS];
  gint unknown; /* ioctls that V4L2 does not have */
  gint frames;
  gint progress[8]; /* of each caller */
} Tally;

typedef struct {
  guint8 *data;
  gsize length;
} Mapping;

/** What is called: bits, see HostileIoctl */
typedef enum {
  CALLED_DRAWN = 1, /* a camera that is drawn */
  CALLED_VIEW = 2,  /* a feed's node that gives frames */
  CALLED_FEED = 4,  /* its node that takes them */
} Called;

/**
 * Caller:
 * @called: what @node is
 * @type: of its buffers
 * @nodes: open files of the camera; the first is shared by all callers
 * @fd: the one that is being called
 * @strangers: files that are no business of a camera's, dma-bufs among them
 * @exports: dma-bufs of the camera itself, or -1
 * @memory: the kind of memory that is in use, as far as the caller knows
 * @releasing: REQBUFS gives back
 * @streaming: a STREAMON in that sequence succeeded
 * @step: the place in the sequence of right calls that is under way
 */
typedef struct {
  guint number;
  Called called;
  guint32 type;
  const char *node;
  Tally *tally;
  Chance chance;
  Arena argument;
  Arena array;
  int nodes[CALLER_NODES];
  int fd;
  int strangers[CALLER_STRANGERS];
  guint n_strangers;
  int exports[CALLER_EXPORTS];
  Mapping mappings[CALLER_MAPPINGS];
  int pipe[2];
  guint32 memory;
  gboolean releasing;
  guint step;
  gboolean streaming;
  int step_fd;
} Caller;

/**
 * caller_run:
 * @caller: number, called, type, node, tally, nodes[0] and strangers set, all else 0
 *
 * Makes so many calls. A call that waits is interrupted after a while.
 */
void caller_run (Caller *caller, guint32 seed, guint calls);

/** Returns: one of the strangers, or a number that is no file */
int caller_stranger (Caller *caller);

#endif
