/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "v4l2/waiter.h"

/* A thread that waits for what a camera tells: events, and that it is gone; and,
 * when it is, for its return. */
typedef struct _GstVirtcamWatch GstVirtcamWatch;

/* All are called by the thread. */
typedef struct {
  void (*event) (gpointer data, const struct v4l2_event *event);
  /* node: the thread's reference, which is taken. */
  void (*lost) (gpointer data, GstVirtcamNode *node);
  /* A reference to a new node, or NULL: not yet. */
  GstVirtcamNode *(*look) (gpointer data);
  /* ns until it is called again; G_MAXUINT64: not before gst_virtcam_watch_poke() */
  guint64 (*tick) (gpointer data);
} GstVirtcamWatchCalls;

GstVirtcamWatch *gst_virtcam_watch_start (GstVirtcamNode *node,
    const GstVirtcamWatchCalls *calls, gpointer data, GstObject *owner);
void gst_virtcam_watch_stop (GstVirtcamWatch *self);
/* Any thread. */
void gst_virtcam_watch_poke (GstVirtcamWatch *self);
