/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>
#include <linux/videodev2.h>

/* What may become of a call to a device. */
typedef enum {
  GST_VIRTCAM_NODE_ERROR_NOT_FOUND,   /* no such device */
  GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE, /* a file, but no such video device */
  GST_VIRTCAM_NODE_ERROR_ACCESS,      /* permission denied */
  GST_VIRTCAM_NODE_ERROR_BUSY,        /* another program streams */
  GST_VIRTCAM_NODE_ERROR_GONE,        /* unplugged */
  GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, /* the driver cannot do what was asked */
  GST_VIRTCAM_NODE_ERROR_IO,          /* the stream broke; a new one may work */
  GST_VIRTCAM_NODE_ERROR_LENT,        /* DQBUF gave a buffer that is lent */
  GST_VIRTCAM_NODE_ERROR_OTHER_MODE,  /* it does not do what it enumerates */
  GST_VIRTCAM_NODE_ERROR_LOST_MODE,   /* asked for its mode again, it left it */
  GST_VIRTCAM_NODE_ERROR_BAD_SIZE,    /* its frames do not fit their buffers */
  GST_VIRTCAM_NODE_ERROR_MISFIT,      /* the peer's buffers take no frame */
  GST_VIRTCAM_NODE_ERROR_FLUSHING,    /* the peer's pool gives no buffer now */
  GST_VIRTCAM_NODE_ERROR_FAILED,      /* anything else */
} GstVirtcamNodeError;

#define GST_VIRTCAM_NODE_ERROR (gst_virtcam_node_error_quark ())
GQuark gst_virtcam_node_error_quark (void);

/* What a program does with a node: it takes frames from it, or gives it some. */
typedef enum {
  GST_VIRTCAM_CAPTURE,
  GST_VIRTCAM_OUTPUT,
} GstVirtcamDirection;

/* Which device a node is, by QUERYCAP alone. The texts are valid UTF-8 whatever
 * the driver wrote. */
typedef struct {
  gchar *path;
  gboolean is_link; /* path was a symbolic link, as those of by-id are */
  gint64 asked_ns;  /* when, by CLOCK_REALTIME_COARSE, that of device files */
  gchar *card;
  gchar *bus_info;
  gchar *driver;
  guint32 version; /* of the driver, as KERNEL_VERSION() packs it */
  guint32 capabilities;
  guint32 device_caps; /* of this node; 0 from drivers before Linux 3.4 */
} GstVirtcamIdentity;

GstVirtcamIdentity *gst_virtcam_identity_ref (GstVirtcamIdentity *self);
void gst_virtcam_identity_unref (GstVirtcamIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVirtcamIdentity, gst_virtcam_identity_unref)

/* Whether it captures video by streaming: not a codec, a radio, a touch pad or a
 * node of metadata. A loopback device is one, though it is an output as well. */
gboolean gst_virtcam_identity_is_camera (const GstVirtcamIdentity *self);
/* That, or whether it takes video by streaming: a loopback device is both. */
gboolean gst_virtcam_identity_is (
    const GstVirtcamIdentity *self, GstVirtcamDirection direction);

/* A V4L2 capture or output node that is open: its file descriptor, and what is asked of
 * the device. It is closed with the last reference, so that whoever has one may
 * ask in any thread. */
typedef struct _GstVirtcamNode GstVirtcamNode;

/* What the device enumerates, as far as somebody has asked. */
typedef struct _GstVirtcamModes GstVirtcamModes;

GstVirtcamNode *gst_virtcam_node_open (
    const gchar *path, gboolean convert, GError **error);
GstVirtcamNode *gst_virtcam_node_open_output (
    const gchar *path, GError **error);
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

/* V4L2_BUF_TYPE_VIDEO_CAPTURE or _OUTPUT, or that of the multi-planar API. */
guint32 gst_virtcam_node_get_type (const GstVirtcamNode *self);
GstVirtcamDirection gst_virtcam_node_get_direction (const GstVirtcamNode *self);

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

/* FALSE, with an error for errno. A driver whose device goes away while a call
 * is in it may give any number: so the device is asked whether it is still
 * there, where the caller wants an error. */
gboolean gst_virtcam_node_fail (
    GstVirtcamNode *self, const gchar *what, GError **error);

gboolean gst_virtcam_node_check_present (GstVirtcamNode *self, GError **error);
gboolean gst_virtcam_node_subscribe (
    GstVirtcamNode *self, guint32 type, guint32 id);
gboolean gst_virtcam_node_dequeue_event (
    GstVirtcamNode *self, struct v4l2_event *event);

/* v4l2/format.c */
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

/* One filled buffer: the driver's values, unchecked. */
typedef struct {
  guint index;
  /* of each piece of memory: bytes before the picture, and with these all */
  guint32 data_offset[GST_VIDEO_MAX_PLANES], bytesused[GST_VIDEO_MAX_PLANES];
  guint32 sequence;
  guint32 field;
  guint64 time_ns;    /* the driver's time stamp */
  gboolean monotonic; /* it is of CLOCK_MONOTONIC */
  gboolean damaged;
  gboolean delta; /* of coded video: it needs others */
} GstVirtcamFrame;

/* One full buffer for an output node. */
typedef struct {
  guint index;
  gint fd;      /* of a dma-buf; -1: the driver's own memory */
  gsize length; /* of the dma-buf */
  gsize bytesused;
  guint64 time_ns; /* of CLOCK_MONOTONIC; 0: the driver's to say */
} GstVirtcamGift;

/* v4l2/queue.c: one thread streams (dequeue); any may queue. */
gboolean gst_virtcam_node_request_buffers (
    GstVirtcamNode *self, guint32 memory, guint *count, GError **error);
gboolean gst_virtcam_node_create_buffers (
    GstVirtcamNode *self, guint index, guint *count, GError **error);
gboolean gst_virtcam_node_remove_buffers (
    GstVirtcamNode *self, guint index, guint count);
gpointer gst_virtcam_node_map_buffer (GstVirtcamNode *self, guint index,
    guint plane, gsize *length, GError **error);
void gst_virtcam_node_unmap (gpointer data, gsize length);
gint gst_virtcam_node_export_buffer (GstVirtcamNode *self, guint index,
    guint plane, gsize *length, GError **error);
gboolean gst_virtcam_node_queue (
    GstVirtcamNode *self, guint index, GError **error);
gboolean gst_virtcam_node_queue_dmabuf (
    GstVirtcamNode *self, guint index, gint fd, gsize length, GError **error);
gboolean gst_virtcam_node_queue_gift (
    GstVirtcamNode *self, const GstVirtcamGift *gift, GError **error);
gboolean gst_virtcam_node_dequeue (GstVirtcamNode *self, guint32 memory,
    GstVirtcamFrame *frame, GError **error);
gboolean gst_virtcam_node_stream_on (GstVirtcamNode *self, GError **error);
void gst_virtcam_node_stream_off (GstVirtcamNode *self);

/* v4l2/signal.c: what a receiver is given */
typedef enum {
  GST_VIRTCAM_SIGNAL_STEADY, /* or nothing that has signals */
  GST_VIRTCAM_SIGNAL_CHANGED,
  GST_VIRTCAM_SIGNAL_LOST,
} GstVirtcamSignal;

GstVirtcamSignal gst_virtcam_signal_check (
    GstVirtcamNode *node, gboolean at_first);
gboolean gst_virtcam_signal_follow (GstVirtcamNode *node, GError **error);
