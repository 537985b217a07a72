/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

#include "virtcam-identity.h"

G_BEGIN_DECLS

/* A V4L2 capture node: the file descriptor and its ioctls, and no more. One
 * thread streams (wait, dequeue); queue may be called from any thread, and so
 * may interrupt. */
typedef struct _VirtcamNode VirtcamNode;

typedef struct _VirtcamModes VirtcamModes;

typedef enum {
  VIRTCAM_NODE_ERROR_NOT_FOUND,   /* no such device */
  VIRTCAM_NODE_ERROR_NOT_CAPTURE, /* a file, but no capture device */
  VIRTCAM_NODE_ERROR_ACCESS,      /* permission denied */
  VIRTCAM_NODE_ERROR_BUSY,        /* another program streams */
  VIRTCAM_NODE_ERROR_GONE,        /* unplugged */
  VIRTCAM_NODE_ERROR_UNSUPPORTED, /* the driver cannot do what was asked */
  VIRTCAM_NODE_ERROR_FAILED,      /* anything else */
} VirtcamNodeError;

#define VIRTCAM_NODE_ERROR (virtcam_node_error_quark ())
GQuark virtcam_node_error_quark (void);

/* One filled buffer, as the driver hands it out. */
typedef struct {
  guint index;
  guint32 bytesused;
  guint32 sequence;
  guint32 field;
  guint64 time_ns;    /* the driver's time stamp */
  gboolean monotonic; /* it is of CLOCK_MONOTONIC */
  gboolean damaged;
} VirtcamFrame;

typedef enum {
  VIRTCAM_WAIT_FRAME,
  VIRTCAM_WAIT_EVENT,
  VIRTCAM_WAIT_INTERRUPTED,
  VIRTCAM_WAIT_TIMEOUT,
  VIRTCAM_WAIT_FAILED,
} VirtcamWait;

typedef enum {
  VIRTCAM_SIGNAL_STEADY, /* or nothing that has signals */
  VIRTCAM_SIGNAL_CHANGED,
  VIRTCAM_SIGNAL_LOST,
} VirtcamSignal;

VirtcamNode *virtcam_node_open (
    const gchar *path, gboolean convert, GError **error);
void virtcam_node_close (VirtcamNode *self);
void virtcam_node_hang_up (VirtcamNode *self);
gboolean virtcam_node_is_hung_up (const VirtcamNode *self);
void virtcam_node_take_over (VirtcamNode *self, VirtcamNode *old);

const gchar *virtcam_node_get_path (const VirtcamNode *self);
const gchar *virtcam_node_get_card (const VirtcamNode *self);
const VirtcamIdentity *virtcam_node_get_identity (const VirtcamNode *self);
gboolean virtcam_node_is_converting (const VirtcamNode *self);
gint64 virtcam_node_get_opening_time (const VirtcamNode *self);

/* What the device enumerates, entry by entry, FALSE behind the last one. Asked
 * of it once, then remembered. */
gboolean virtcam_node_get_fourcc (VirtcamNode *self, guint n, guint32 *fourcc);
gboolean virtcam_node_has_fourcc (VirtcamNode *self, guint32 fourcc);
gboolean virtcam_node_is_emulated (VirtcamNode *self, guint32 fourcc);
gboolean virtcam_node_get_size (
    VirtcamNode *self, guint32 fourcc, guint n, struct v4l2_frmsizeenum *size);
gboolean virtcam_node_get_interval (VirtcamNode *self, guint32 fourcc,
    guint width, guint height, guint n, struct v4l2_frmivalenum *interval);
void virtcam_node_get_native (VirtcamNode *self, struct v4l2_cropcap *native);

/* What was learnt so, beyond the node's closing. */
VirtcamModes *virtcam_node_part_modes (VirtcamNode *self);
void virtcam_node_recall_modes (VirtcamNode *self, VirtcamModes *modes);
gboolean virtcam_node_forget_recalled (VirtcamNode *self);
void virtcam_node_forget_modes (VirtcamNode *self);
void virtcam_modes_free (VirtcamModes *modes);

gboolean virtcam_node_get_format (
    VirtcamNode *self, struct v4l2_pix_format *picture, GError **error);
gboolean virtcam_node_set_format (
    VirtcamNode *self, struct v4l2_pix_format *picture, GError **error);
gboolean virtcam_node_set_interval (
    VirtcamNode *self, struct v4l2_fract *interval, GError **error);
gboolean virtcam_node_get_crop (VirtcamNode *self, struct v4l2_rect *crop);
gboolean virtcam_node_get_standard (VirtcamNode *self, v4l2_std_id *standard);
guint virtcam_node_get_min_buffers (VirtcamNode *self);
gboolean virtcam_node_check_present (VirtcamNode *self, GError **error);

gboolean virtcam_node_request_buffers (
    VirtcamNode *self, guint32 memory, guint *count, GError **error);
gboolean virtcam_node_can_create_buffers (VirtcamNode *self);
gboolean virtcam_node_has_orphans (const VirtcamNode *self);
gboolean virtcam_node_create_buffers (
    VirtcamNode *self, guint index, guint *count, GError **error);
gpointer virtcam_node_map_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error);
void virtcam_node_unmap (gpointer data, gsize length);
gint virtcam_node_export_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error);
gboolean virtcam_node_queue (VirtcamNode *self, guint index, GError **error);
gboolean virtcam_node_queue_dmabuf (
    VirtcamNode *self, guint index, gint fd, gsize length, GError **error);
gboolean virtcam_node_dequeue (
    VirtcamNode *self, VirtcamFrame *frame, GError **error);
gboolean virtcam_node_stream_on (VirtcamNode *self, GError **error);
void virtcam_node_stream_off (VirtcamNode *self);

gboolean virtcam_node_subscribe (VirtcamNode *self, guint32 type, guint32 id);
gboolean virtcam_node_dequeue_event (
    VirtcamNode *self, struct v4l2_event *event);

gboolean virtcam_node_watch_source (VirtcamNode *self);
VirtcamSignal virtcam_node_check_signal (VirtcamNode *self, gboolean at_first);
gboolean virtcam_node_follow_signal (VirtcamNode *self, GError **error);

VirtcamWait virtcam_node_wait (VirtcamNode *self, GError **error);
VirtcamWait virtcam_node_wait_without (
    VirtcamNode *self, gint fd, guint64 timeout_ns);
void virtcam_node_interrupt (VirtcamNode *self);
void virtcam_node_resume (VirtcamNode *self);

G_END_DECLS
