/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* What one thread waits by, and any other interrupts. It needs no device, and
 * no lock: an interruption goes through whatever ioctls hang. */
typedef struct _GstVirtcamWaiter GstVirtcamWaiter;

typedef enum {
  GST_VIRTCAM_WAIT_FRAME, /* of the device; DQBUF says whether it is an error */
  GST_VIRTCAM_WAIT_EVENT, /* of the device */
  GST_VIRTCAM_WAIT_OTHER, /* the other file is readable */
  GST_VIRTCAM_WAIT_TIMEOUT,
  GST_VIRTCAM_WAIT_INTERRUPTED,
  GST_VIRTCAM_WAIT_FAILED,
} GstVirtcamWait;

GstVirtcamWaiter *gst_virtcam_waiter_new (void);
void gst_virtcam_waiter_free (GstVirtcamWaiter *self);
void gst_virtcam_waiter_forget (GstVirtcamWaiter *self);

GstVirtcamWait gst_virtcam_waiter_wait (GstVirtcamWaiter *self,
    GstVirtcamNode *node, gint other_fd, guint64 timeout_ns, GError **error);
void gst_virtcam_waiter_interrupt (GstVirtcamWaiter *self);
void gst_virtcam_waiter_resume (GstVirtcamWaiter *self);
