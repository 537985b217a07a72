/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens, or does not, while time passes: another camera tells how much. */
#pragma once

#include <glib.h>

/* Until it has given so many frames, 30 a second, by bare ioctls. */
void meanwhile_watch_frames (guint n_frames);
