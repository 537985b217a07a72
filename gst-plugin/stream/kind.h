/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lent.c and filled.c implement. For files of stream/ alone. */
#pragma once

#include "stream/stream.h"

typedef struct {
  void (*free) (GstVirtcamStream *self);
  /* NULL: the driver has its buffers from the beginning */
  gboolean (*queue) (GstVirtcamStream *self, GError **error);
  /* NULL: for the node alone */
  GstVirtcamWait (*wait) (
      GstVirtcamStream *self, GstVirtcamWaiter *waiter, GError **error);
  GstBuffer *(*take) (
      GstVirtcamStream *self, GstVirtcamTaken *taken, GError **error);
} GstVirtcamStreamKind;

/* What each kind begins with. */
struct _GstVirtcamStream {
  const GstVirtcamStreamKind *kind;
  GstVirtcamNode *node; /* a reference */
  GstVirtcamFrames frames;
  GstBufferPool *pool; /* that is filled, or NULL; a reference */
  guint count;         /* of the driver's buffers, with it or lent */
  gboolean dmabuf, started;
};

gpointer gst_virtcam_stream_init (gsize size, const GstVirtcamStreamKind *kind,
    GstVirtcamNode *node, const GstVirtcamFrames *frames, GstBufferPool *pool);
