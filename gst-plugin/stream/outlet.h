/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "v4l2/node.h"

/* The buffers of an output node: empty ones are lent out to be written, full ones
 * are given to the driver. It lives until everybody has let go of them. */
typedef struct _GstVirtcamOutlet GstVirtcamOutlet;

/* Where a frame's memory is. */
typedef enum {
  GST_VIRTCAM_OUTLET_MAPPED,   /* the driver's */
  GST_VIRTCAM_OUTLET_EXPORTED, /* the driver's, as dma-bufs */
  GST_VIRTCAM_OUTLET_IMPORTED, /* others' dma-bufs */
} GstVirtcamOutletKind;

GstVirtcamOutlet *gst_virtcam_outlet_new (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, GstVirtcamOutletKind kind, guint count,
    GError **error);
GstVirtcamOutlet *gst_virtcam_outlet_ref (GstVirtcamOutlet *self);
void gst_virtcam_outlet_unref (GstVirtcamOutlet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVirtcamOutlet, gst_virtcam_outlet_unref)
void gst_virtcam_outlet_close (GstVirtcamOutlet *self);

GstVirtcamOutletKind gst_virtcam_outlet_get_kind (const GstVirtcamOutlet *self);

/* Any thread. */
GstBuffer *gst_virtcam_outlet_take (
    GstVirtcamOutlet *self, guint spare, GError **error);
gboolean gst_virtcam_outlet_has (GstVirtcamOutlet *self, GstBuffer *buffer);
gboolean gst_virtcam_outlet_has_made (GstBuffer *buffer);

/* Until somebody lets go of a buffer, a while has passed, or it is closed. */
void gst_virtcam_outlet_wait (GstVirtcamOutlet *self);

/* One thread at a time. */
gboolean gst_virtcam_outlet_give (GstVirtcamOutlet *self, GstBuffer *buffer,
    GstClockTime time, GError **error);
