/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "report/report.h"
#include "v4l2/node.h"
#include "v4l2/waiter.h"

/* Frames on their way from a driver to a peer, and the memory that they are in:
 * lent by the driver (and copied, if need be), or filled into the peer's dma-bufs.
 * One thread uses a stream; what it handed out lives on without it. */
typedef struct _GstVirtcamStream GstVirtcamStream;

/* What has become of the frame that was taken. */
typedef struct {
  GstVirtcamFrame frame;
  GstVirtcamCopyReason copied;
  gboolean grown;    /* the driver has got more buffers */
  gboolean shrunk;   /* it has given some back */
  gboolean starving; /* the driver runs dry, and nothing of it may be copied */
} GstVirtcamTaken;

/* What a peer makes memory for copies with; allocator may be NULL. */
typedef struct {
  GstAllocator *allocator;
  GstAllocationParams params;
} GstVirtcamCopier;

/* stream/lent.c. dmabuf is a wish, see gst_virtcam_stream_is_dmabuf(). min: how
 * many buffers the driver needs to go on. */
GstVirtcamStream *gst_virtcam_stream_new_lent (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, gboolean dmabuf, guint count, guint min,
    GError **error);

/* Of a lent one: how frames are copied when the driver runs dry; NULL, as at
 * first: they must not be. */
void gst_virtcam_stream_set_copier (
    GstVirtcamStream *self, const GstVirtcamCopier *copier);

/* Of a lent one: every frame is copied into pool, whose planes lie as in layout,
 * for that reason; NULL, as at first: none is. */
void gst_virtcam_stream_copy_all (GstVirtcamStream *self, GstBufferPool *pool,
    const GstVirtcamLayout *layout, GstVirtcamCopyReason reason);

/* stream/filled.c. pool is active. */
GstVirtcamStream *gst_virtcam_stream_new_filled (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, GstBufferPool *pool, guint count, guint min,
    GError **error);

/* Ends streaming. Takes NULL. */
void gst_virtcam_stream_free (GstVirtcamStream *self);

gboolean gst_virtcam_stream_start (GstVirtcamStream *self, GError **error);
gboolean gst_virtcam_stream_has_started (const GstVirtcamStream *self);

/* What there is of a frame, or of the node's events. */
GstVirtcamWait gst_virtcam_stream_wait (
    GstVirtcamStream *self, GstVirtcamWaiter *waiter, GError **error);

/* The next frame, or NULL: without an error there is none yet. */
GstBuffer *gst_virtcam_stream_take (
    GstVirtcamStream *self, GstVirtcamTaken *taken, GError **error);

/* 0 and NULL of NULL. */
guint gst_virtcam_stream_get_count (GstVirtcamStream *self);
gboolean gst_virtcam_stream_is_dmabuf (GstVirtcamStream *self);

/* The pool that is filled, or NULL. */
GstBufferPool *gst_virtcam_stream_get_pool (GstVirtcamStream *self);
