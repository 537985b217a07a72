/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the processes of a storm know of each other: in which call each of them
 * is, how its calls ended, and whether the camera is there. It lies in memory
 * that all of them share.
 */
#ifndef STORM_BOARD_H
#define STORM_BOARD_H

#include <glib.h>

#define STORM_CALLERS 4
/* Each caller may have one child. */
#define STORM_SLOTS (2 * STORM_CALLERS)

typedef enum {
  STORM_OPEN,
  STORM_CLOSE,
  STORM_QUERYCAP,
  STORM_S_FMT,
  STORM_S_PARM,
  STORM_REQBUFS,
  STORM_QUERYBUF,
  STORM_EXPBUF,
  STORM_QBUF,
  STORM_STREAMON,
  STORM_STREAMOFF,
  STORM_DQBUF,
  STORM_POLL,
  STORM_READ,
  STORM_WRITE,
  STORM_MMAP,
  STORM_MUNMAP,
  STORM_CALLS
} StormCall;

typedef enum {
  STORM_THERE,   /* nobody has touched the camera yet */
  STORM_LEAVING, /* it is being taken away */
  STORM_GONE,    /* what took it away has returned */
} StormPhase;

typedef struct _StormBoard StormBoard;

/** Made before the processes are forked. */
StormBoard *storm_board_new (void);
void storm_board_free (StormBoard *board);

/**
 * storm_board_begin:
 * @output: (nullable): where the camera takes frames, if it is a feed
 *
 * A new camera: forgets what the last one's callers did.
 */
void storm_board_begin (
    StormBoard *board, const char *node, const char *output);
const char *storm_board_get_node (StormBoard *board);
const char *storm_board_get_output (StormBoard *board);
void storm_board_set_phase (StormBoard *board, StormPhase phase);
StormPhase storm_board_get_phase (StormBoard *board);

/* Programs that find the camera busy ask again and again: each other call
 * counts as much as so many of these. */
#define STORM_STEPS 32

/** Returns: how far the callers have come since storm_board_begin() */
guint storm_board_count_steps (StormBoard *board);

/**
 * storm_board_take_slot:
 *
 * From here on the calls of this process are noted in that slot.
 */
void storm_board_take_slot (StormBoard *board, guint slot);

/** Notes that the process with that slot has been killed. */
void storm_board_note_kill (StormBoard *board, guint slot);

/** Returns: how many have been */
guint storm_board_count_kills (StormBoard *board);

/** Notes the call that this process is about to make. */
void storm_enter (StormCall call);

/**
 * storm_leave:
 * @result: the call's; where that is -1, errno says why
 *
 * Notes how the call ended. Leaves errno alone.
 *
 * Returns: @result
 */
int storm_leave (int result);

/** Makes a call and notes it. */
#define STORM_CALL(call, expression) \
  (storm_enter (call), storm_leave ((int) (expression)))

/** Notes that what this process saw is wrong, such as a frame's contents. */
void storm_complain (const char *what);

/** Returns: (transfer full) (nullable): the first thing that went wrong */
char *storm_board_find_fault (StormBoard *board);

/**
 * storm_board_find_sleeper:
 *
 * Returns: (transfer full) (nullable): who sleeps in a call that began before
 *   the camera was gone, and where in the kernel
 */
char *storm_board_find_sleeper (StormBoard *board);

/** Returns: the longest that a call went on without its camera, in us */
gint64 storm_board_get_longest (StormBoard *board);

/** Prints how often each call ended with each result. */
void storm_board_print (StormBoard *board);

#endif
