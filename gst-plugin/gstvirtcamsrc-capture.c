/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frame's way from the driver to the pad. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* Why frames are copied; told at the first one of a stream. */
static const gchar copy_for_layout[] =
    "the next element reads no GstVideoMeta and expects other strides";
static const gchar copy_for_driver[] =
    "downstream holds so many buffers that the driver would run dry";

static GstClockTime
monotonic_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return GST_TIMESPEC_TO_TIME (now);
}

/* On the common clock, capture times and pipeline times are the same scale,
 * and nothing needs to be read or estimated. Audio, network and PTP clocks
 * derive from the system clock, and are none. */
void
gst_virtcam_src_note_clock (GstVirtcamSrc *self, GstClock *clock)
{
  GstClockType type = GST_CLOCK_TYPE_OTHER;
  gboolean same = FALSE;

  if (clock && G_OBJECT_TYPE (clock) == GST_TYPE_SYSTEM_CLOCK) {
    g_object_get (clock, "clock-type", &type, NULL);
    same = type == GST_CLOCK_TYPE_MONOTONIC;
  }
  GST_OBJECT_LOCK (self);
  self->clock_is_monotonic = same;
  GST_OBJECT_UNLOCK (self);
}

/* A clock may be calibrated, and slaved to another, at any time. */
static gboolean
is_calibrated (GstClock *clock)
{
  GstClockTime internal, external, num, denom;

  gst_clock_get_calibration (clock, &internal, &external, &num, &denom);
  return internal != external || num != denom;
}

/* GST_CLOCK_TIME_NONE without a clock. */
static GstClockTime
running_time_of (GstVirtcamSrc *self, GstClockTime captured)
{
  GstElement *element = GST_ELEMENT_CAST (self);
  g_autoptr (GstClock) clock = NULL;
  GstVirtcamMoment now;
  GstClockTime base_time, time;
  gboolean same;

  GST_OBJECT_LOCK (self);
  base_time = element->base_time;
  same = self->clock_is_monotonic && element->clock &&
         !is_calibrated (element->clock);
  if (element->clock && !same)
    clock = gst_object_ref (element->clock);
  GST_OBJECT_UNLOCK (self);

  if (same)
    return captured > base_time ? captured - base_time : 0;
  if (clock == NULL)
    return GST_CLOCK_TIME_NONE;
  now.monotonic = monotonic_now ();
  time = gst_clock_get_time (clock);
  now.running = time > base_time ? time - base_time : 0;
  return gst_virtcam_running_time (now, captured);
}

static void
tell_copy (GstVirtcamSrc *self, const gchar *why)
{
  if (!self->copy_told)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("Frames of camera %s are copied.", virtcam_node_get_path (self->node)),
        ("%s", why));
  self->copy_told = TRUE;
  GST_OBJECT_LOCK (self);
  self->stats.copied++;
  GST_OBJECT_UNLOCK (self);
}

/* All but the bytes. */
static void
copy_description (GstBuffer *to, GstBuffer *from)
{
  gst_buffer_copy_into (
      to, from, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
}

/* Into the peer's pool, in the layout that it expects. */
static GstFlowReturn
copy_to_layout (GstVirtcamSrc *self, GstBuffer **buffer)
{
  g_autoptr (GstBufferPool) pool =
      gst_base_src_get_buffer_pool (GST_BASE_SRC (self));
  GstBuffer *from = *buffer, *to = NULL;
  GstMapInfo from_map, to_map;
  GstFlowReturn flow;

  flow = gst_buffer_pool_acquire_buffer (pool, &to, NULL);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!gst_buffer_map (from, &from_map, GST_MAP_READ))
    goto unref_copy;
  if (!gst_buffer_map (to, &to_map, GST_MAP_WRITE))
    goto unmap_original;

  gst_virtcam_layout_copy (
      &self->copy_layout, to_map.data, &self->mode.layout, from_map.data);
  gst_buffer_unmap (to, &to_map);
  gst_buffer_unmap (from, &from_map);
  copy_description (to, from);
  gst_buffer_unref (from);
  *buffer = to;
  return GST_FLOW_OK;

unmap_original:
  gst_buffer_unmap (from, &from_map);
unref_copy:
  gst_buffer_unref (to);
  return GST_FLOW_ERROR;
}

/* Into ordinary memory, as it is: the peer reads the meta. */
static void
copy_to_memory (GstBuffer **buffer)
{
  GstBuffer *copy = gst_buffer_copy_deep (*buffer);

  gst_buffer_unref (*buffer);
  *buffer = copy;
}

/* A driver without an empty buffer loses frames, and a source without a filled
 * one stalls: more buffers, and when there can be no more, copies. */
static GstFlowReturn
copy_if_needed (GstVirtcamSrc *self, GstBuffer **buffer)
{
  if (self->copy_always) {
    tell_copy (self, copy_for_layout);
    return copy_to_layout (self, buffer);
  }
  if (gst_virtcam_allocator_get_queued (self->allocator) > self->min_buffers ||
      gst_virtcam_allocator_grow (self->allocator))
    return GST_FLOW_OK;
  tell_copy (self, copy_for_driver);
  copy_to_memory (buffer);
  return GST_FLOW_OK;
}

static void
stamp_buffer (GstVirtcamSrc *self, GstBuffer *buffer, const VirtcamFrame *frame,
    GstClockTime captured)
{
  GstVirtcamSequence *sequence = &self->sequence;
  guint64 missed;
  gboolean gap =
      gst_virtcam_sequence_advance (sequence, frame->sequence, &missed);

  GST_BUFFER_PTS (buffer) = running_time_of (self, captured);
  GST_BUFFER_DURATION (buffer) = self->mode.duration;
  GST_BUFFER_OFFSET (buffer) = sequence->offset;
  GST_BUFFER_OFFSET_END (buffer) = sequence->offset + 1;
  if (gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (frame->damaged)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  if (frame->field == V4L2_FIELD_INTERLACED_TB)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TFF);

  GST_OBJECT_LOCK (self);
  self->stats.captured++;
  self->stats.dropped += missed;
  self->stats.corrupted += frame->damaged;
  GST_OBJECT_UNLOCK (self);
}

/* Frames of a pause have no running time: two of them, or one and a later one,
 * could have the same. Their gap is no loss. */
static gboolean
is_stale (GstVirtcamSrc *self, GstClockTime captured)
{
  gboolean stale, resync;

  GST_OBJECT_LOCK (self);
  stale = !self->playing || captured < self->playing_since;
  resync = self->resync;
  self->resync = stale && resync;
  GST_OBJECT_UNLOCK (self);

  if (resync && !stale)
    gst_virtcam_sequence_reset (&self->sequence);
  return stale;
}

/* A memory with a frame in it, however long that takes. */
static GstFlowReturn
wait_for_frame (GstVirtcamSrc *self, GstMemory **memory, VirtcamFrame *frame)
{
  g_autoptr (GError) error = NULL;

  for (;;) {
    VirtcamWait wait = virtcam_node_wait (self->node, &error);

    if (wait == VIRTCAM_WAIT_INTERRUPTED)
      return GST_FLOW_FLUSHING;
    if (wait == VIRTCAM_WAIT_FRAME)
      *memory = gst_virtcam_allocator_dequeue (self->allocator, frame, &error);
    if (error) {
      gst_virtcam_src_post_error (self, "deliver a frame", error);
      return GST_FLOW_ERROR;
    }
    if (*memory)
      return GST_FLOW_OK;
  }
}

static GstFlowReturn
wait_for_fresh_frame (GstVirtcamSrc *self, GstMemory **memory,
    VirtcamFrame *frame, GstClockTime *captured)
{
  for (;;) {
    GstFlowReturn flow = wait_for_frame (self, memory, frame);

    if (flow != GST_FLOW_OK)
      return flow;
    *captured = frame->time_ns ? frame->time_ns : monotonic_now ();
    if (!is_stale (self, *captured))
      return GST_FLOW_OK;
    g_clear_pointer (memory, gst_memory_unref);
  }
}

/* Not before the first frame is wanted: what a driver captures while the
 * pipeline is paused is of no use. */
static GstFlowReturn
ensure_streaming (GstVirtcamSrc *self)
{
  g_autoptr (GError) error = NULL;

  if (self->streaming)
    return GST_FLOW_OK;
  if (!gst_virtcam_allocator_start (self->allocator, &error)) {
    gst_virtcam_src_post_error (self, "start", error);
    return GST_FLOW_ERROR;
  }
  self->streaming = TRUE;
  self->copy_told = FALSE;
  return GST_FLOW_OK;
}

static void
note_latency (GstVirtcamSrc *self, GstClockTime captured)
{
  GstClockTime now = monotonic_now ();

  GST_OBJECT_LOCK (self);
  self->stats.latency = now > captured ? now - captured : 0;
  GST_OBJECT_UNLOCK (self);
}

GstFlowReturn
gst_virtcam_src_create (GstPushSrc *push, GstBuffer **buffer)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (push);
  GstMemory *memory = NULL;
  VirtcamFrame frame;
  GstClockTime captured;
  GstFlowReturn flow = ensure_streaming (self);

  if (flow == GST_FLOW_OK)
    flow = wait_for_fresh_frame (self, &memory, &frame, &captured);
  if (flow == GST_FLOW_OK)
    flow = gst_virtcam_pool_wrap (self->pool, memory, buffer);
  if (flow != GST_FLOW_OK)
    return flow;

  stamp_buffer (self, *buffer, &frame, captured);
  flow = copy_if_needed (self, buffer);
  if (flow == GST_FLOW_OK)
    note_latency (self, captured);
  else
    gst_clear_buffer (buffer);
  return flow;
}
