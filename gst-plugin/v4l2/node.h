/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

#include "v4l2/error.h"
#include "v4l2/identity.h"

G_BEGIN_DECLS

/* A V4L2 capture node that is open: its file descriptor, and what is asked of
 * the device. It is closed with the last reference, so that whoever has one may
 * ask in any thread. */
typedef struct _GstVirtcamNode GstVirtcamNode;

/* What the device enumerates, as far as somebody has asked. */
typedef struct _GstVirtcamModes GstVirtcamModes;

GstVirtcamNode *gst_virtcam_node_open (
    const gchar *path, gboolean convert, GError **error);
GstVirtcamNode *gst_virtcam_node_open_fd (
    gint fd, gboolean convert, GError **error);
GstVirtcamNode *gst_virtcam_node_ref (GstVirtcamNode *self);
void gst_virtcam_node_unref (GstVirtcamNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVirtcamNode, gst_virtcam_node_unref)

const gchar *gst_virtcam_node_get_path (const GstVirtcamNode *self);
GstVirtcamIdentity *gst_virtcam_node_get_identity (const GstVirtcamNode *self);
gboolean gst_virtcam_node_is_converting (const GstVirtcamNode *self);
GstVirtcamModes *gst_virtcam_node_get_modes (GstVirtcamNode *self);
gint gst_virtcam_node_get_fd (const GstVirtcamNode *self);

/* V4L2_BUF_TYPE_VIDEO_CAPTURE, or that of the multi-planar API. */
guint32 gst_virtcam_node_get_type (const GstVirtcamNode *self);

/* What the driver says of its buffers (REQBUFS), V4L2_BUF_CAP_*. */
void gst_virtcam_node_note_buffers (GstVirtcamNode *self, guint32 capabilities);
/* Whether the driver has one wait queue for all buffers, so that an epoll may
 * stay in it. videobuf2, which says what its buffers can do, has one; its
 * forerunner had one for each buffer. */
gboolean gst_virtcam_node_is_steady (const GstVirtcamNode *self);
/* Whether some buffers can be freed alone, from Linux 6.10 on. */
gboolean gst_virtcam_node_can_remove_buffers (const GstVirtcamNode *self);

/* -1 and errno, or what the ioctl returns. The second is for what happens at
 * each frame: it goes past libv4l2 where that would pass on. */
gint gst_virtcam_node_ioctl (
    GstVirtcamNode *self, gulong request, gpointer argument);
gint gst_virtcam_node_ioctl_frame (
    GstVirtcamNode *self, gulong request, gpointer argument);

/* FALSE, with an error for a number of errno. The second takes errno and asks
 * the device whether it is still there: a driver whose device goes away while a
 * call is in it may give any error. */
gboolean gst_virtcam_node_fail (
    const GstVirtcamNode *self, gint number, const gchar *what, GError **error);
gboolean gst_virtcam_node_fail_streaming (
    GstVirtcamNode *self, const gchar *what, GError **error);

gboolean gst_virtcam_node_check_present (GstVirtcamNode *self, GError **error);
gboolean gst_virtcam_node_ask_format (
    GstVirtcamNode *self, struct v4l2_format *format, GError **error);
gboolean gst_virtcam_node_get_format (
    GstVirtcamNode *self, struct v4l2_pix_format *picture, GError **error);
gboolean gst_virtcam_node_set_format (GstVirtcamNode *self,
    struct v4l2_pix_format *picture, struct v4l2_plane_pix_format *planes,
    GError **error);
gboolean gst_virtcam_fract_is_valid (const struct v4l2_fract *fract);
gboolean gst_virtcam_node_set_interval (
    GstVirtcamNode *self, struct v4l2_fract *interval, GError **error);
gboolean gst_virtcam_node_get_crop (
    GstVirtcamNode *self, struct v4l2_rect *crop);
gboolean gst_virtcam_node_get_standard (
    GstVirtcamNode *self, v4l2_std_id *standard);
guint gst_virtcam_node_get_min_buffers (GstVirtcamNode *self);

gboolean gst_virtcam_node_subscribe (
    GstVirtcamNode *self, guint32 type, guint32 id);
gboolean gst_virtcam_node_dequeue_event (
    GstVirtcamNode *self, struct v4l2_event *event);

G_END_DECLS
