/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gstvirtcamcaps.h"
#include "virtcam-node.h"

G_BEGIN_DECLS

/* Frames that the driver writes into the dma-bufs of somebody else's pool. All
 * of it is the streaming thread's. */
typedef struct _GstVirtcamImport GstVirtcamImport;

GstVirtcamImport *gst_virtcam_import_new (VirtcamNode *node,
    GstBufferPool *pool, guint count, gsize frame_size, GError **error);
void gst_virtcam_import_free (GstVirtcamImport *self);

gboolean gst_virtcam_import_start (GstVirtcamImport *self, GError **error);
gboolean gst_virtcam_import_refill (GstVirtcamImport *self, GError **error);
GstBuffer *gst_virtcam_import_dequeue (
    GstVirtcamImport *self, VirtcamFrame *frame, GError **error);

GstBufferPool *gst_virtcam_import_get_pool (GstVirtcamImport *self);
guint gst_virtcam_import_get_count (GstVirtcamImport *self);
guint gst_virtcam_import_get_queued (GstVirtcamImport *self);

G_END_DECLS
