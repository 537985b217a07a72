/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A feed that a test makes for itself, a pipeline that ends in virtcamsink, and a
 * viewer, which is a program with mapped buffers. */
#pragma once

#include <gst/check/gstcheck.h>
#include <linux/videodev2.h>

/* What fails ends the test, as in camera.h. */
typedef struct {
  gchar *directory;
  gchar *node;   /* for viewers */
  gchar *output; /* for the producer */
} Feed;

/* attribute: the first name of NAME, VALUE pairs, ended by NULL. */
Feed *feed_new (const gchar *attribute, ...) G_GNUC_NULL_TERMINATED;
/* An attribute; some can be set only while the feed is not enabled. */
void feed_set (Feed *feed, const gchar *name, const gchar *value);
void feed_set_enabled (Feed *feed, gboolean enabled);
void feed_free (Feed *feed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Feed, feed_free)

/* Another program, which feeds the camera in the mode that it has: the file that it
 * has open. */
gint feed_rival_new (const gchar *output);

/* A pipeline of upstream and a virtcamsink called "sink". */
typedef struct {
  GstElement *pipeline, *sink;
  GstBus *bus;
} Producer;

Producer *producer_new (const gchar *output, const gchar *upstream);
void producer_free (Producer *producer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Producer, producer_free)

/* Until it plays; until NULL. */
void producer_play (Producer *producer);
void producer_stop (Producer *producer);
void producer_wait_for_viewers (Producer *producer, gint viewers);
GstStructure *producer_wait_for_message (Producer *producer, const gchar *name);
GError *producer_wait_for_failure (Producer *producer, GstMessageType type);
/* Until a frame of these caps reaches the sink. */
void producer_wait_for_caps (Producer *producer, GstCaps *caps);
guint64 producer_get_count (Producer *producer, const gchar *statistic);
/* What the sink offers upstream, configured as upstream does that reads no
 * GstVideoMeta. extra: bytes more than needed. To be deactivated. */
GstBufferPool *producer_get_pool (Producer *producer, guint extra);
/* Upstream gets no answer to its ALLOCATION query. */
void producer_hide_allocation (Producer *producer);

typedef struct {
  gint fd;
  struct v4l2_pix_format format; /* what it has */
  guint count;
  guint8 *data[VIDEO_MAX_FRAME];
} Viewer;

/* One that has buffers and streams. fourcc 0: it takes what there is. */
Viewer *viewer_new (
    const gchar *node, guint32 fourcc, guint width, guint height);
void viewer_free (Viewer *viewer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Viewer, viewer_free)

/* The next frame, until viewer_return(). */
const guint8 *viewer_next (Viewer *viewer, struct v4l2_buffer *buffer);
void viewer_return (Viewer *viewer, struct v4l2_buffer *buffer);
/* Until a frame comes with these bytes. */
void viewer_wait_for (Viewer *viewer, GstBuffer *expected);

/* What upstream (without caps: a source) makes of caps. */
GstBuffer *feed_make_frame (const gchar *upstream, const gchar *caps);
