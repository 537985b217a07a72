/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/demand.h"
#include "report/report.h"
#include "session/mode.h"
#include "stream/stream.h"

/* Which memory frames reach the peer in, as it, the user and the driver can
 * agree on it; it owns the stream. The streaming thread's. */
typedef struct _GstVirtcamSupply GstVirtcamSupply;

/* What the user wants. */
typedef enum {
  GST_VIRTCAM_IO_MODE_AUTO,
  GST_VIRTCAM_IO_MODE_MMAP,
  GST_VIRTCAM_IO_MODE_DMABUF,
  GST_VIRTCAM_IO_MODE_DMABUF_IMPORT,
} GstVirtcamIOMode;

typedef enum {
  GST_VIRTCAM_SUPPLY_OK,
  GST_VIRTCAM_SUPPLY_FAILED, /* with an error */
  GST_VIRTCAM_SUPPLY_STRIDES, /* DMA_DRM is agreed, and the peer reads no strides */
  GST_VIRTCAM_SUPPLY_NO_EXPORT, /* DMA_DRM is agreed, and EXPBUF is refused */
} GstVirtcamSupplied;

GstVirtcamSupply *gst_virtcam_supply_new (GstVirtcamReport *report);
void gst_virtcam_supply_free (GstVirtcamSupply *self);

void gst_virtcam_supply_open (GstVirtcamSupply *self, GstVirtcamNode *node);
void gst_virtcam_supply_close (GstVirtcamSupply *self);

GstVirtcamSupplied gst_virtcam_supply_decide (GstVirtcamSupply *self,
    GstVirtcamMode *mode, GstVirtcamIOMode io_mode, gboolean insist,
    GstQuery *query, GError **error);
void gst_virtcam_supply_drop (GstVirtcamSupply *self);

GstVirtcamStream *gst_virtcam_supply_get_stream (GstVirtcamSupply *self);

/* session/pools.c: what an allocation query has of pools and allocators */
guint gst_virtcam_pools_count_held (GstQuery *query);
gboolean gst_virtcam_pools_wants_fds (GstQuery *query);
void gst_virtcam_pools_get_copier (GstQuery *query, GstVirtcamCopier *copier);
GstBufferPool *gst_virtcam_pools_for_copies (
    GstQuery *query, GstCaps *caps, const GstVirtcamDemand *demand, guint size);
GstBufferPool *gst_virtcam_pools_for_filling (
    GstQuery *query, GstCaps *caps, guint size, guint *count);
void gst_virtcam_pools_remove (GstQuery *query);
