/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "virtcam-identity.h"

G_BEGIN_DECLS

/* Watches /dev for a camera that was seen before and went away. One thread uses
 * a watch; nothing of it blocks. */
typedef struct _VirtcamWatch VirtcamWatch;

/* lost: the camera, of which a copy is kept. since: when it was last opened, in
 * nanoseconds of CLOCK_REALTIME_COARSE, the clock of device files. NULL with an
 * error of VIRTCAM_NODE_ERROR when the system can watch nothing more. Every
 * node that there is counts as a new one at first. */
VirtcamWatch *virtcam_watch_new (
    const VirtcamIdentity *lost, gint64 since, GError **error);
void virtcam_watch_free (VirtcamWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VirtcamWatch, virtcam_watch_free)

/* Readable when something appeared. */
gint virtcam_watch_get_fd (const VirtcamWatch *self);

/* Looks at the nodes that are new since the last look, and again at those that
 * did not answer yet. The path of the camera's node, to be freed; else NULL.
 * The camera is the same at the same place (card and bus_info), else one of the
 * same card at a new place, whose node is younger than since: one that was
 * there all the time is another of its kind. */
gchar *virtcam_watch_look (VirtcamWatch *self);

/* path: what was found, but could not be used. */
void virtcam_watch_look_again (VirtcamWatch *self, const gchar *path);

G_END_DECLS
