/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/session.h"

#include "session/negotiation.h"
#include "session/receiver.h"
#include "v4l2/modes.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

struct _GstVirtcamSession {
  GstPad *pad;
  GstVirtcamReport *report;
  GstVirtcamSupply *supply;
  GstVirtcamNode *node; /* a reference; NULL while closed or away */
  GstVirtcamMode mode;
  gboolean broken;     /* EIO since the last frame */
  gboolean returned;   /* the camera is back, and no frame of it has come */
  gboolean drm_needed; /* the peer takes DMA_DRM alone, in this stream */
  GstVirtcamReceiver receiver;

  gint plain_only; /* atomic, since open: DMA_DRM did not work out */

  GMutex lock; /* guards the rest; held for no call out */
  GstClockTime latency_min, latency_max;
};

GstVirtcamSession *
gst_virtcam_session_new (GstPad *pad, GstVirtcamReport *report)
{
  GstVirtcamSession *self = g_new0 (GstVirtcamSession, 1);

  self->pad = pad;
  self->report = report;
  self->supply = gst_virtcam_supply_new (report);
  self->latency_min = self->latency_max = GST_CLOCK_TIME_NONE;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_session_free (GstVirtcamSession *self)
{
  gst_virtcam_session_close (self);
  gst_virtcam_supply_free (self->supply);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* What libv4l2 converts is not in the driver's buffers, which could be exported
 * all the same, unconverted: it is plain raw video. */
GstVirtcamForm
gst_virtcam_session_get_form (GstVirtcamSession *self,
    const GstVirtcamNode *node, GstVirtcamIOMode io_mode)
{
  if (io_mode == GST_VIRTCAM_IO_MODE_MMAP ||
      g_atomic_int_get (&self->plain_only) ||
      gst_virtcam_node_is_converting (node))
    return GST_VIRTCAM_FORM_PLAIN;
  return io_mode == GST_VIRTCAM_IO_MODE_AUTO ? GST_VIRTCAM_FORM_PLAIN_FIRST
                                             : GST_VIRTCAM_FORM_DRM_FIRST;
}

static GstElement *
element_of (GstVirtcamSession *self)
{
  return gst_virtcam_report_get_element (self->report);
}

static GstFlowReturn
fail (GstVirtcamSession *self, const gchar *doing, const GError *error)
{
  return gst_virtcam_flow_fail (self->report, self->returned, doing, error);
}

/* Latency */

/* The least is one frame, not what is measured: a driver may stamp the first
 * line of a frame, which is there an interval later, and a mixer that is told
 * less leaves out the frames that were captured just after a tick. The most is
 * what a frame waits until the driver runs out of buffers. To be called when
 * the rate or the number of buffers may have changed. */
static void
announce_latency (GstVirtcamSession *self)
{
  GstVirtcamStream *stream = gst_virtcam_supply_get_stream (self->supply);
  GstClockTime min = self->mode.duration, max = GST_CLOCK_TIME_NONE;
  gboolean changed;

  if (GST_CLOCK_TIME_IS_VALID (min))
    max = min * gst_virtcam_stream_get_count (stream);
  else
    min = 0;
  g_mutex_lock (&self->lock);
  changed = self->latency_min != min || self->latency_max != max;
  self->latency_min = min;
  self->latency_max = max;
  g_mutex_unlock (&self->lock);
  if (changed)
    gst_element_post_message (element_of (self),
        gst_message_new_latency (GST_OBJECT_CAST (element_of (self))));
}

/* FALSE: nothing was agreed yet. */
gboolean
gst_virtcam_session_get_latency (
    GstVirtcamSession *self, GstClockTime *min, GstClockTime *max)
{
  g_mutex_lock (&self->lock);
  *min = self->latency_min;
  *max = self->latency_max;
  g_mutex_unlock (&self->lock);
  return GST_CLOCK_TIME_IS_VALID (*min);
}

/* Opening and closing */

/* The camera that was away is back: what the user saw of it goes on. */
void
gst_virtcam_session_resume (GstVirtcamSession *self, GstVirtcamNode *node)
{
  gst_virtcam_session_close (self);
  self->broken = FALSE;
  self->returned = TRUE;
  self->node = gst_virtcam_node_ref (node);
  gst_virtcam_supply_open (self->supply, node);
  self->receiver.node = node;
  self->receiver.met = FALSE;
}

void
gst_virtcam_session_open (GstVirtcamSession *self, GstVirtcamNode *node)
{
  gst_virtcam_session_resume (self, node);
  self->mode = (GstVirtcamMode){ .duration = GST_CLOCK_TIME_NONE };
  self->receiver.lost = FALSE;
  self->returned = FALSE;
  g_atomic_int_set (&self->plain_only, FALSE);
}

/* Lets go of the node, and forgets nothing else. */
void
gst_virtcam_session_close (GstVirtcamSession *self)
{
  gst_virtcam_supply_close (self->supply);
  g_clear_pointer (&self->node, gst_virtcam_node_unref);
}

void
gst_virtcam_session_stop (GstVirtcamSession *self)
{
  gst_virtcam_supply_drop (self->supply);
  self->broken = FALSE;
  g_mutex_lock (&self->lock);
  self->latency_min = self->latency_max = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
}

/* Negotiation */

static GstFlowReturn
check_convert (GstVirtcamSession *self, GstVirtcamIOMode io_mode)
{
  if (!gst_virtcam_node_is_converting (self->node) ||
      io_mode == GST_VIRTCAM_IO_MODE_AUTO ||
      io_mode == GST_VIRTCAM_IO_MODE_MMAP)
    return GST_FLOW_OK;
  GST_ELEMENT_ERROR (element_of (self), RESOURCE, SETTINGS,
      ("Frames of camera %s cannot be converted in dma-bufs. Set io-mode=mmap "
       "or convert=false.",
          gst_virtcam_node_get_path (self->node)),
      ("libv4l2 converts into memory of its own"));
  return GST_FLOW_ERROR;
}

/* caps: what was agreed and is to be set; NULL: what is set stays. */
GstFlowReturn
gst_virtcam_session_negotiate (
    GstVirtcamSession *self, GstVirtcamIOMode io_mode, GstCaps **caps)
{
  const GstVirtcamNegotiation negotiation = {
    .pad = self->pad,
    .report = self->report,
    .node = self->node,
    .mode = &self->mode,
    .supply = self->supply,
    .form = gst_virtcam_session_get_form (self, self->node, io_mode),
    .returned = self->returned,
  };
  GstFlowReturn flow = check_convert (self, io_mode);

  *caps = NULL;
  if (flow == GST_FLOW_OK)
    flow = gst_virtcam_receiver_meet (&self->receiver, self->report);
  if (flow == GST_FLOW_OK)
    flow = gst_virtcam_negotiate (&negotiation, caps);
  if (*caps)
    GST_INFO_OBJECT (element_of (self), "negotiated %" GST_PTR_FORMAT, *caps);
  return flow;
}

/* DMA_DRM was agreed and does not work out: the next negotiation is for plain
 * raw video. FALSE: the peer takes nothing else. */
static gboolean
give_up_drm (GstVirtcamSession *self, GstCaps *drm, const gchar *why)
{
  g_autoptr (GstCaps) raw = gst_virtcam_drm_to_raw (drm);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (self->pad, raw);

  if (gst_caps_is_empty (peer))
    return FALSE;
  GST_INFO_OBJECT (
      element_of (self), "plain raw video instead of DMA_DRM: %s", why);
  g_atomic_int_set (&self->plain_only, TRUE);
  gst_pad_mark_reconfigure (self->pad);
  return TRUE;
}

static GstFlowReturn
report_no_export (GstVirtcamSession *self, GstCaps *caps)
{
  GST_ELEMENT_ERROR (element_of (self), STREAM, FORMAT,
      ("The next element takes dma-bufs only, and the driver of camera %s "
       "cannot export them.",
          gst_virtcam_node_get_path (self->node)),
      ("EXPBUF is refused; agreed on %" GST_PTR_FORMAT, caps));
  return GST_FLOW_ERROR;
}

/* OK without a stream: another negotiation is to follow, for plain raw video. */
GstFlowReturn
gst_virtcam_session_decide (
    GstVirtcamSession *self, GstVirtcamIOMode io_mode, GstQuery *query)
{
  g_autoptr (GError) error = NULL;
  GstVirtcamSupplied supplied;
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, NULL);
  supplied = gst_virtcam_supply_decide (
      self->supply, &self->mode, io_mode, FALSE, query, &error);
  if (supplied == GST_VIRTCAM_SUPPLY_STRIDES) {
    if (give_up_drm (self, caps, "the peer reads no strides"))
      return GST_FLOW_OK;
    supplied = gst_virtcam_supply_decide (
        self->supply, &self->mode, io_mode, TRUE, query, &error);
  }
  if (supplied == GST_VIRTCAM_SUPPLY_NO_EXPORT)
    return give_up_drm (self, caps, "EXPBUF is refused")
               ? GST_FLOW_OK
               : report_no_export (self, caps);
  if (supplied != GST_VIRTCAM_SUPPLY_OK)
    return fail (self, "allocate buffers", error);
  announce_latency (self);
  return GST_FLOW_OK;
}

gboolean
gst_virtcam_session_has_stream (GstVirtcamSession *self)
{
  return gst_virtcam_supply_get_stream (self->supply) != NULL;
}

/* Streaming */

/* Not before the first frame is wanted: what a driver captures while the
 * pipeline is paused is of no use. since: before the device began to stream, in
 * CLOCK_MONOTONIC ns; unchanged where it streams already. */
GstFlowReturn
gst_virtcam_session_start (GstVirtcamSession *self, GstClockTime *since)
{
  GstVirtcamStream *stream = gst_virtcam_supply_get_stream (self->supply);
  g_autoptr (GError) error = NULL;

  if (gst_virtcam_stream_has_started (stream))
    return GST_FLOW_OK;
  *since = gst_util_get_timestamp ();
  if (!gst_virtcam_stream_start (stream, &error)) {
    /* it may have buffers already: the next try begins anew */
    gst_virtcam_supply_drop (self->supply);
    return fail (self, "start", error);
  }
  self->drm_needed = FALSE;
  gst_virtcam_report_stream (self->report);
  return GST_FLOW_OK;
}

/* wait: what there is. */
GstFlowReturn
gst_virtcam_session_wait (
    GstVirtcamSession *self, GstVirtcamWaiter *waiter, GstVirtcamWait *wait)
{
  GstVirtcamStream *stream = gst_virtcam_supply_get_stream (self->supply);
  g_autoptr (GError) error = NULL;

  *wait = gst_virtcam_stream_wait (stream, waiter, &error);
  if (*wait != GST_VIRTCAM_WAIT_FAILED)
    return GST_FLOW_OK;
  return fail (self, "deliver a frame", error);
}

/* A copy is no dma-buf: where DMA_DRM is agreed the peer must take plain raw
 * video first. Until then, and if it does not, the driver has no more buffers
 * than it has. */
static void
wish_for_copies (GstVirtcamSession *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (self->pad);

  if (!self->drm_needed)
    self->drm_needed =
        !give_up_drm (self, caps, "downstream holds all buffers");
}

/* The driver has more buffers now, or fewer. */
static void
note_count (GstVirtcamSession *self, gboolean grown)
{
  guint count = gst_virtcam_stream_get_count (
      gst_virtcam_supply_get_stream (self->supply));

  announce_latency (self);
  gst_virtcam_stats_set (gst_virtcam_report_get_stats (self->report),
      GST_VIRTCAM_COUNT_BUFFERS, count);
  if (grown)
    gst_virtcam_report_grown (self->report, count);
}

static void
report_taken (GstVirtcamSession *self, const GstVirtcamTaken *taken)
{
  GstVirtcamStats *stats = gst_virtcam_report_get_stats (self->report);
  guint32 flags;

  if (taken->grown || taken->shrunk)
    note_count (self, taken->grown);
  if (taken->starving)
    wish_for_copies (self);
  if (taken->copied != GST_VIRTCAM_COPY_NONE)
    gst_virtcam_report_copy (self->report, taken->copied);
  /* a frame in a format that the camera has was not converted */
  if (gst_virtcam_node_is_converting (self->node) &&
      gst_virtcam_modes_get_flags (gst_virtcam_node_get_modes (self->node),
          self->mode.picture.pixelformat, &flags) &&
      (flags & V4L2_FMT_FLAG_EMULATED))
    gst_virtcam_stats_add (stats, GST_VIRTCAM_COUNT_CONVERTED, 1);
}

/* A stream that broke (EIO) is ended, and another one may go on; two in a row are
 * an error. */
static GstFlowReturn
fail_to_take (GstVirtcamSession *self, const GError *error)
{
  if (error->code == GST_VIRTCAM_NODE_ERROR_LENT) {
    gst_virtcam_report_lent_twice (self->report, error);
    return GST_FLOW_OK;
  }
  if (error->code == GST_VIRTCAM_NODE_ERROR_IO && !self->broken) {
    GST_WARNING_OBJECT (element_of (self), "streams anew: %s", error->message);
    self->broken = TRUE;
    gst_virtcam_supply_drop (self->supply);
    return GST_FLOW_OK;
  }
  return fail (self, "deliver a frame", error);
}

/* OK without a buffer: there is none yet. */
GstFlowReturn
gst_virtcam_session_take (
    GstVirtcamSession *self, GstVirtcamTaken *taken, GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;

  *buffer = gst_virtcam_stream_take (
      gst_virtcam_supply_get_stream (self->supply), taken, &error);
  if (error)
    return fail_to_take (self, error);
  if (*buffer == NULL)
    return GST_FLOW_OK;
  self->broken = self->returned = FALSE;
  report_taken (self, taken);
  return GST_FLOW_OK;
}

/* After the driver told of a change. Where the mode is another one there is no
 * stream afterwards. */
GstFlowReturn
gst_virtcam_session_follow_source (GstVirtcamSession *self)
{
  if (!gst_virtcam_receiver_has_changed (
          &self->receiver, self->report, &self->mode))
    return GST_FLOW_OK;
  GST_INFO_OBJECT (element_of (self), "the source has changed");
  gst_virtcam_supply_drop (self->supply);
  return gst_virtcam_receiver_follow (&self->receiver, self->report);
}

/* NONE if unknown, or nothing was agreed. */
GstClockTime
gst_virtcam_session_get_duration (GstVirtcamSession *self)
{
  return self->mode.format ? self->mode.duration : GST_CLOCK_TIME_NONE;
}

/* A V4L2_FIELD_*, with the order of interleaved fields. */
guint32
gst_virtcam_session_get_field (GstVirtcamSession *self)
{
  return self->mode.field;
}
