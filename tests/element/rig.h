/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pipeline of virtcamsrc, a caps filter and a fakesink, whose frames a test
 * looks at in the streaming thread. */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/video/video.h>

#include "camera.h"
#include "stamp.h"

typedef struct _Rig Rig;

/* number counts the frames of the rig's life from 0 */
typedef void (*RigFrame) (
    Rig *rig, GstBuffer *buffer, guint number, gpointer data);

struct _Rig {
  GstElement *pipeline, *source, *filter, *sink;
  GstBus *bus;
  RigFrame on_frame;
  gpointer data;
  guint n_frames;

  /* the first frame arrives at wait_for_frame */
  GMutex lock;
  GCond arrived;
};

Rig *rig_new (const gchar *device);
void rig_free (Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* Unrefs object, and returns when it is no more. The caller's reference is the
 * last but for those of GStreamer's own threads: one that continues a change of
 * state has the pipeline, and with it the bus and what that has open. */
void rig_unref_last (gpointer object);

/* What the program has open, sorted; a number of its own is not told. */
gchar *rig_list_fds (guint *count);

void rig_set_caps (Rig *rig, const gchar *caps);
void rig_on_frame (Rig *rig, RigFrame on_frame, gpointer data);
void rig_answer_allocation (
    Rig *rig, GstPadProbeCallback answer, gpointer data);
void rig_accept_video_meta (Rig *rig);

void rig_play (Rig *rig);
void rig_stop (Rig *rig);
void rig_keep_state (Rig *rig);
void rig_flush (Rig *rig, gboolean reset_time);
void rig_wait_for_frames (Rig *rig, guint count);
void rig_run (Rig *rig, gint n_frames);
GstStructure *rig_wait_for_message (Rig *rig, const gchar *name);
GError *rig_run_into_error (Rig *rig, gchar **debug);
GError *rig_wait_for_error (Rig *rig, gchar **debug);

guint64 rig_get_count (Rig *rig, const gchar *statistic);
GstCaps *rig_get_caps (Rig *rig);
void rig_leave_out_drm (GstCaps **caps);
gboolean rig_has_caps (Rig *rig, const gchar *expected);
void rig_wait_for_caps (Rig *rig, const gchar *expected);
VirtcamStamp rig_read_stamp (Rig *rig, GstBuffer *buffer);

void rig_change_log (GstLogFunction from, GstLogFunction to, gpointer data);

/* V4L2's and GStreamer's name for each of virtcam's formats */
typedef struct {
  guint32 fourcc;
  const gchar *caps; /* media type and format */
} RigFormat;

#define RIG_N_FORMATS 9
extern const RigFormat rig_formats[RIG_N_FORMATS];
