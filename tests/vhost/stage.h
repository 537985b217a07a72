/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "viewer.h"

/* A pipeline that ends in virtcamvmsink, and a machine that is joined to it. */
typedef struct {
  gchar *dir, *path;
  GstElement *pipeline, *sink;
  Guest *guest;
} Stage;

/* Of the test program, first of all. */
void stage_init (int *argc, char ***argv);

/* What is before the sink, and what it is set to. */
Stage *stage_new (const gchar *upstream, const gchar *settings);
/* Without a machine. */
Stage *stage_new_alone (const gchar *upstream, const gchar *settings);
void stage_free (Stage *stage);

guint64 stage_get_stat (Stage *stage, const gchar *name);
GstMessage *stage_wait_message (Stage *stage, GstMessageType type);
/* Until it was told that a guest streams, or does no more. */
void stage_wait_viewers (Stage *stage, gint wanted);

/* A viewer that streams into 4 buffers. */
Viewer *stage_watch (
    Stage *stage, guint32 memory, guint32 fourcc, guint width, guint height);
/* Returns the last of so many frames, to be freed. */
guint8 *stage_read_frames (Viewer *viewer, guint n_frames);
