/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frame's way from the driver to the pad. */

#include "gstvirtcamsrc.h"
#include "gstvirtcamtrace.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static gboolean
start_streaming (GstVirtcamSrc *self, GError **error)
{
  return self->import ? gst_virtcam_import_start (self->import, error)
                      : gst_virtcam_allocator_start (self->allocator, error);
}

/* Not before the first frame is wanted: what a driver captures while the
 * pipeline is paused is of no use. */
static GstFlowReturn
ensure_streaming (GstVirtcamSrc *self)
{
  g_autoptr (GError) error = NULL;

  if (self->streaming)
    return GST_FLOW_OK;
  gst_virtcam_src_note_stream_on (self);
  if (!start_streaming (self, &error)) {
    gst_virtcam_src_post_error (self, "start", error);
    return GST_FLOW_ERROR;
  }
  self->streaming = TRUE;
  self->told = 0;
  self->copies_refused = FALSE;
  return GST_FLOW_OK;
}

/* A negotiation may end with the wish for another one. */
static GstFlowReturn
ensure_buffers (GstVirtcamSrc *self)
{
  gboolean ok = gst_virtcam_src_count_buffers (self) > 0 ||
                (gst_base_src_negotiate (GST_BASE_SRC (self)) &&
                    gst_virtcam_src_count_buffers (self) > 0);

  if (ok)
    return GST_FLOW_OK;
  if (self->lost)
    return GST_FLOW_ERROR;
  return GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (self))
             ? GST_FLOW_FLUSHING
             : GST_FLOW_NOT_NEGOTIATED;
}

static GstFlowReturn
get_ready (GstVirtcamSrc *self)
{
  GstFlowReturn flow = ensure_buffers (self);

  return flow == GST_FLOW_OK ? ensure_streaming (self) : flow;
}

static GstFlowReturn
handle_events (GstVirtcamSrc *self)
{
  struct v4l2_event event;
  GstFlowReturn flow;

  while (virtcam_node_dequeue_event (self->node, &event)) {
    GST_LOG_OBJECT (self, "event %u of %u", event.type, event.id);
    if (event.type == V4L2_EVENT_CTRL)
      gst_virtcam_src_handle_control_event (self, &event);
    if (event.type == V4L2_EVENT_SOURCE_CHANGE)
      self->source_changed = TRUE;
  }
  flow = gst_virtcam_src_follow_source (self);
  return flow == GST_FLOW_OK ? get_ready (self) : flow;
}

/* NULL without an error: there is none yet. */
static GstBuffer *
take_frame (GstVirtcamSrc *self, VirtcamFrame *frame, GError **error)
{
  GstMemory *memory;
  GstBuffer *buffer = NULL, *around;

  if (self->import) {
    buffer = gst_virtcam_import_dequeue (self->import, frame, error);
    if (buffer)
      gst_virtcam_src_describe (self, buffer, &self->mode.layout);
    return buffer;
  }
  memory =
      gst_virtcam_allocator_dequeue (self->allocator, frame, &around, error);
  if (memory)
    buffer = gst_virtcam_wrapper_wrap (self->wrapper, memory, around);
  return buffer;
}

static gboolean
is_playing (GstVirtcamSrc *self)
{
  gboolean playing;

  GST_OBJECT_LOCK (self);
  playing = self->playing;
  GST_OBJECT_UNLOCK (self);
  return playing;
}

/* To be called when a wait was interrupted. OK: by a pause, which is over.
 *
 * From some version on the base class interrupts for a pause, too. A FLUSHING
 * ends its task then if the pause is over already, and starting the task came
 * too early: nobody would do that again. FLUSHING after anything else is waited
 * for. (gst_base_src_wait_playing() would in some versions wait for the next
 * change even if the pause is over.) */
GstFlowReturn
gst_virtcam_src_sit_out_pause (GstVirtcamSrc *self)
{
  GstBaseSrc *base = GST_BASE_SRC (self);
  gboolean unlocked;

  g_mutex_lock (&base->live_lock);
  /* first: what comes after this look interrupts the next wait */
  virtcam_node_resume (self->node);
  while (!(unlocked = g_atomic_int_get (&self->unlocked)) &&
         !(is_playing (self) && base->live_running))
    g_cond_wait (&base->live_cond, &base->live_lock);
  g_mutex_unlock (&base->live_lock);
  if (!unlocked)
    return GST_FLOW_OK;
  virtcam_node_interrupt (self->node);
  return GST_FLOW_FLUSHING;
}

/* A buffer with a frame in it, however long that takes. */
static GstFlowReturn
wait_for_frame (GstVirtcamSrc *self, GstBuffer **buffer, VirtcamFrame *frame)
{
  g_autoptr (GError) error = NULL;

  for (;;) {
    GstFlowReturn flow = GST_FLOW_OK;
    VirtcamWait wait = gst_virtcam_src_wait (self, &error);

    if (wait == VIRTCAM_WAIT_INTERRUPTED)
      flow = gst_virtcam_src_sit_out_pause (self);
    if (wait == VIRTCAM_WAIT_EVENT)
      flow = handle_events (self);
    if (flow != GST_FLOW_OK)
      return flow;
    if (wait == VIRTCAM_WAIT_FRAME)
      *buffer = take_frame (self, frame, &error);
    if (error) {
      gst_virtcam_src_post_error (self, "deliver a frame", error);
      return GST_FLOW_ERROR;
    }
    if (*buffer)
      return GST_FLOW_OK;
  }
}

static GstFlowReturn
wait_for_fresh_frame (GstVirtcamSrc *self, GstBuffer **buffer,
    VirtcamFrame *frame, GstClockTime *captured)
{
  for (;;) {
    GstFlowReturn flow = wait_for_frame (self, buffer, frame);

    if (flow != GST_FLOW_OK)
      return flow;
    *captured = gst_virtcam_src_capture_time (self, frame);
    if (!gst_virtcam_src_is_stale (self, *captured))
      return GST_FLOW_OK;
    gst_clear_buffer (buffer);
  }
}

static GstFlowReturn
capture (GstVirtcamSrc *self, GstBuffer **buffer)
{
  VirtcamFrame frame;
  GstClockTime captured;
  GstFlowReturn flow = get_ready (self);

  if (flow == GST_FLOW_OK)
    flow = wait_for_fresh_frame (self, buffer, &frame, &captured);
  if (flow != GST_FLOW_OK)
    return flow;

  gst_virtcam_src_stamp_buffer (self, *buffer, &frame, captured);
  gst_virtcam_src_sync_controls (self, *buffer);
  flow = gst_virtcam_src_copy_if_needed (self, buffer);
  if (flow != GST_FLOW_OK) {
    gst_clear_buffer (buffer);
    return flow;
  }
  gst_virtcam_src_stamp_capture_time (self, *buffer, captured);
  gst_virtcam_src_note_latency (self, captured);
  if (gst_virtcam_trace_wanted ())
    gst_virtcam_trace_frame (self, GST_VIRTCAM_STATION_PUSH, &frame);
  return GST_FLOW_OK;
}

/* In place of GstPushSrc's, which only passes on. */
GstFlowReturn
gst_virtcam_src_create (
    GstBaseSrc *base, guint64 offset, guint length, GstBuffer **buffer)
{
  GstVirtcamSrc *self = (GstVirtcamSrc *) base;
  GstFlowReturn flow;

  gst_virtcam_src_complete_buffers (self);
  flow = self->lost ? GST_FLOW_ERROR : capture (self, buffer);
  while (flow == GST_FLOW_ERROR && self->lost) {
    flow = gst_virtcam_src_recover (self);
    if (flow != GST_FLOW_OK)
      return flow;
    flow = self->lost ? GST_FLOW_ERROR : capture (self, buffer);
  }
  if (flow == GST_FLOW_OK && self->absent)
    gst_virtcam_src_note_return (self);
  if (flow == GST_FLOW_OK)
    gst_virtcam_src_plan_completion (self);
  return flow;
}
