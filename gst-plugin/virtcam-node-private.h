/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "virtcam-node.h"

G_BEGIN_DECLS

struct _VirtcamNode {
  gchar *path;
  VirtcamIdentity *identity;
  gint64 opening_time;
  gint fd;
  gint wake_fd; /* eventfd; readable: nobody shall wait */
  guint32 memory; /* of the present buffers, V4L2_MEMORY_*; the streaming
                   * thread's, and constant while there are buffers */

  /* what the device enumerated, guarded by modes_lock: caps queries come from
   * any thread */
  GMutex modes_lock;
  GArray *fourccs;       /* of guint32, or NULL: not asked yet */
  GHashTable *sizes;     /* fourcc -> GArray of v4l2_frmsizeenum */
  GHashTable *intervals; /* mode key -> GArray of v4l2_frmivalenum */
};

gint virtcam_node_ioctl (VirtcamNode *self, gulong request, gpointer argument);
gboolean virtcam_node_fail (
    const VirtcamNode *self, gint number, const gchar *what, GError **error);
gboolean virtcam_node_fail_streaming (
    VirtcamNode *self, const gchar *what, GError **error);

void virtcam_modes_init (VirtcamNode *self);
void virtcam_modes_finish (VirtcamNode *self);

G_END_DECLS
