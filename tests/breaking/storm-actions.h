/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program does with a camera until that is gone: the storm's actions. */
#ifndef STORM_ACTIONS_H
#define STORM_ACTIONS_H

#include "storm-board.h"

#define STORM_BUFFERS 3

/**
 * StormStage:
 * @fed: the camera is a feed
 * @imports: dma-bufs of a camera long gone, large enough for any frame: first those
 *   that frames go into, then those that frames of a feed come from
 * @pictures: their mappings
 * @reached: called by an action in which the camera is now used as its name
 *   says; the next call may block
 * @await_gone: returns when the camera has been taken away
 * @data: handed to the two
 */
typedef struct {
  StormBoard *board;
  guint slot;
  gboolean fed;
  int imports[2 * STORM_BUFFERS];
  void *pictures[2 * STORM_BUFFERS];
  void (*reached) (gpointer data);
  void (*await_gone) (gpointer data);
  gpointer data;
} StormStage;

/** Returns: how many actions there are for a camera of this kind */
guint storm_action_count (gboolean fed);

/**
 * storm_action_choose:
 * @first: what the first caller does
 * @caller: another one
 *
 * Returns: what that one does; at a feed, every other caller is a producer, and the
 *   last one kills others
 */
guint storm_action_choose (gboolean fed, guint first, guint caller);
const char *storm_action_get_name (guint action);

/** Returns: the system call that it sleeps in once it has begun, or -1 */
long storm_action_blocks_in (guint action);

/**
 * storm_action_run:
 *
 * Opens the camera and does this to it, over and over, until it is gone. Makes
 * sure then that every other call says so, too, and closes it.
 */
void storm_action_run (guint action, const StormStage *stage, guint32 seed);

#endif
