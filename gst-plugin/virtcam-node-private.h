/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "virtcam-node.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* Which device this is; compared byte by byte. */
typedef struct {
  dev_t device;
  guint64 sysfs_inode;
  gboolean convert; /* more is enumerated then */
  struct v4l2_capability capability;
} VirtcamOrigin;

/* What it looks like at first sight; the same. */
typedef struct {
  gint input;
  v4l2_std_id standard;
  struct v4l2_dv_timings timings;
  struct v4l2_frmsizeenum size;
} VirtcamLook;

/* What was learnt of a device. */
struct _VirtcamModes {
  /* guards all below; caps queries come from any thread */
  GMutex lock;
  GHashTable *lists;
  gboolean recalled; /* from an earlier opening, not confirmed since */
  gboolean has_native;
  struct v4l2_cropcap native;

  /* of kept ones */
  VirtcamOrigin origin;
  VirtcamLook look;
};

struct _VirtcamNode {
  gchar *path;
  VirtcamIdentity *identity;
  gint64 opening_time;
  gboolean convert; /* libv4l2 adds formats; their buffers are its own */
  gboolean direct;  /* the device's own buffers: libv4l2 has nothing to add */
  gint fd;
  gint wake_fd;   /* eventfd; readable: nobody shall wait */
  guint32 memory; /* of the present buffers, V4L2_MEMORY_*; the streaming
                   * thread's, and constant while there are buffers */
  gboolean steady_queues; /* see virtcam_node_wait */
  gint epoll_fd;          /* of fd and wake_fd; -1: none (yet) */
  gboolean epoll_wakes;   /* has been seen to be woken by the device */
  gboolean has_waited;    /* since it was opened */
  gboolean has_orphans;   /* frees buffers that are mapped or exported */

  VirtcamModes *modes;
  gboolean watches_source;
  gboolean has_input; /* when that began; then */
  gint first_input;
};

gint virtcam_node_ioctl (VirtcamNode *self, gulong request, gpointer argument);
gint virtcam_node_ioctl_frame (
    VirtcamNode *self, gulong request, gpointer argument);
gboolean virtcam_node_fail (
    const VirtcamNode *self, gint number, const gchar *what, GError **error);
gboolean virtcam_node_fail_streaming (
    VirtcamNode *self, const gchar *what, GError **error);

void virtcam_node_forget_waiting (VirtcamNode *self);

VirtcamModes *virtcam_modes_new (void);

G_END_DECLS
