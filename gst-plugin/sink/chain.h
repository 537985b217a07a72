/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Most frames of coded video say only what has changed since the frame before
 * (GST_BUFFER_FLAG_DELTA_UNIT). Without that frame they cannot be decoded until a
 * key frame comes. Of the streaming thread. */
typedef struct {
  gboolean has_keys; /* upstream marks key frames, as not all drivers do */
  gboolean whole;    /* the frame before was given */
  gint64
      asked; /* when upstream was asked for a key frame; 0: it has sent one */
} GstVirtcamChain;

/* To be told of each frame, given or not. */
void gst_virtcam_chain_see (GstVirtcamChain *self, GstBuffer *buffer);

/* A frame was dropped. */
void gst_virtcam_chain_break (GstVirtcamChain *self);

/* newcomer: somebody has come since the last frame, and has seen none yet; alone: nobody
 * else watches. FALSE: none of those who watch can decode the frame. Asks upstream for a
 * key frame that somebody needs. */
gboolean gst_virtcam_chain_continues (GstVirtcamChain *self, GstPad *pad,
    gboolean newcomer, gboolean alone, GstBuffer *buffer);
