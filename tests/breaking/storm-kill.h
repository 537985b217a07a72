/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that are killed while they use a camera. */
#ifndef STORM_KILL_H
#define STORM_KILL_H

#include "storm-session.h"

typedef void (*StormAct) (StormSession *session);

/**
 * storm_kill:
 *
 * A child does this to the camera, over and over, with a file of its own, and is
 * killed a moment after it has reached what @act is named for, if it can.
 */
void storm_kill (StormSession *session, StormAct act);

#endif
