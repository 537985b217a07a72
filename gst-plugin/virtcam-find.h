/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "virtcam-identity.h"

G_BEGIN_DECLS

/* Finding cameras among the machine's V4L2 devices, by QUERYCAP alone. A device
 * that cannot be opened or does not answer is passed over. */

/* All cameras, of VirtcamIdentity and by the number of their nodes; free with
 * g_ptr_array_unref(). */
GPtrArray *virtcam_find_all (void);

/* camera is a bus_info or else a card name, as QUERYCAP gives it. The path of
 * the first node that has it, to be freed; n_alike, which may be NULL, becomes
 * the number of such cameras. NULL with VIRTCAM_NODE_ERROR_NOT_FOUND, whose
 * message lists the cameras that there are. */
gchar *virtcam_find_camera (
    const gchar *camera, guint *n_alike, GError **error);

/* The pure part: which of cameras (of VirtcamIdentity) is meant; NULL is none. */
const VirtcamIdentity *virtcam_find_among (
    GPtrArray *cameras, const gchar *camera, guint *n_alike);

G_END_DECLS
