/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four processes of a storm: each does what it is told to, when told. */
#ifndef STORM_CALLERS_H
#define STORM_CALLERS_H

#include "storm-actions.h"

typedef struct _StormCallers StormCallers;

/** Forks them. @stage: the board and the imports that all share */
StormCallers *storm_callers_new (const StormStage * stage);

/** Ends them. Each must have no more files open than it had at first. */
void storm_callers_free (StormCallers * callers);

/** Lets one use the camera that the board names. */
void storm_callers_start (StormCallers * callers, guint caller, guint action,
    guint32 seed);

/**
 * storm_callers_await_reached:
 *
 * Waits until the caller has reached what its action is named for, and sleeps
 * in it if it is one that blocks.
 */
void storm_callers_await_reached (StormCallers * callers, guint caller);

/** Tells all that the camera has been taken away. */
void storm_callers_tell_gone (StormCallers * callers);

/**
 * storm_callers_await_end:
 * @limit_us: from when the board says that the camera was gone. Whoever sleeps
 *   in a call after that has hung.
 *
 * Returns: (transfer full) (nullable): who does not end
 */
char *storm_callers_await_end (StormCallers * callers, gint64 limit_us);

#endif
