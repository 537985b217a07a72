/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/feeder.h"

#include "session/absence.h"
#include "sink/audience.h"
#include "sink/chain.h"
#include "sink/idle.h"
#include "sink/lending.h"
#include "sink/negotiation.h"
#include "sink/watch.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

struct _GstVirtcamFeeder {
  GstVirtcamFeederParts parts;
  GstVirtcamClaim *claim;
  GstVirtcamLending lending;
  GstVirtcamAudience *audience;
  GstVirtcamSinkNegotiation *negotiation;
  GstVirtcamWatch *watch;     /* NULL while closed */
  GstVirtcamAbsence *absence; /* the watch's, while there is one */
  GstVirtcamChain chain;      /* the streaming thread's */

  /* atomic, each on its own */
  gint playing;
  gint idle;   /* upstream was told that no frame is needed */
  gint failed; /* an error was posted that ends the stream */
};

static GstElement *
element_of (GstVirtcamFeeder *self)
{
  return GST_ELEMENT_CAST (self->parts.base);
}

static void
count (GstVirtcamFeeder *self, GstVirtcamCount what)
{
  gst_virtcam_stats_add (
      gst_virtcam_report_get_stats (self->parts.report), what, 1);
}

static GstVirtcamSinkWishes
wishes_of (GstVirtcamFeeder *self)
{
  return gst_virtcam_sink_settings_get_wishes (self->parts.settings);
}

gint
gst_virtcam_feeder_get_viewers (GstVirtcamFeeder *self)
{
  return gst_virtcam_audience_get_viewers (self->audience);
}

/* Idleness */

/* The first frame after a start or a flush is needed, or the change of state would
 * not end. */
static gboolean
has_prerolled (GstVirtcamFeeder *self)
{
  return GST_STATE (self->parts.base) == GST_STATE_PLAYING;
}

/* A camera that is away has no viewers. What upstream sends now has to be tried before
 * any can choose. */
static gboolean
is_needed (GstVirtcamFeeder *self)
{
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);

  return node &&
         (gst_virtcam_audience_is_there (self->audience) ||
             gst_virtcam_sink_negotiation_is_put_off (self->negotiation));
}

/* To be called whenever one of the reasons for it changes; and again and again,
 * as often as the result says, in ns. */
static guint64
review_idleness (gpointer data)
{
  GstVirtcamFeeder *self = data;
  gboolean idle = g_atomic_int_get (&self->playing) && has_prerolled (self) &&
                  !is_needed (self) && wishes_of (self).on_demand;

  return gst_virtcam_idle_review (self->parts.base, &self->idle, idle);
}

/* A wish has changed that counts at once. */
void
gst_virtcam_feeder_review (GstVirtcamFeeder *self)
{
  GST_OBJECT_LOCK (self->parts.base);
  if (self->watch)
    gst_virtcam_watch_poke (self->watch);
  GST_OBJECT_UNLOCK (self->parts.base);
}

static void
handle_event (gpointer data, const struct v4l2_event *event)
{
  GstVirtcamFeeder *self = data;
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);

  if (node)
    gst_virtcam_audience_hear (self->audience, node, event);
}

/* Absence */

static void
report_gone (GstVirtcamFeeder *self, const gchar *why)
{
  g_autoptr (GError) error = g_error_new (
      GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_GONE, "%s", why);

  gst_virtcam_report_error (self->parts.report, "take frames", error);
}

static void
fail (GstVirtcamFeeder *self, const gchar *why)
{
  if (g_atomic_int_compare_and_exchange (&self->failed, FALSE, TRUE))
    report_gone (self, why);
}

/* Who is told of it may expect the node to be closed, and its number to be free. */
static void
handle_lost (gpointer data, GstVirtcamNode *node)
{
  GstVirtcamFeeder *self = data;
  gboolean again = gst_virtcam_absence_lose (self->absence, node);

  gst_virtcam_camera_set_node (self->parts.camera, NULL);
  gst_virtcam_claim_close (self->claim);
  gst_virtcam_node_unref (node);
  if (!again) {
    gst_virtcam_absence_tell (self->absence);
    gst_virtcam_audience_close (self->audience);
  }
  if (wishes_of (self).on_disconnect == GST_VIRTCAM_SINK_ON_DISCONNECT_ERROR)
    fail (self, "the node is gone");
}

/* For as long as the user waits. */
static GstVirtcamNode *
handle_look (gpointer data)
{
  GstVirtcamFeeder *self = data;
  GstVirtcamSinkWishes wishes = wishes_of (self);
  GstVirtcamNode *node;

  if (g_atomic_int_get (&self->failed))
    return NULL;
  if (wishes.on_disconnect == GST_VIRTCAM_SINK_ON_DISCONNECT_ERROR ||
      gst_virtcam_absence_get_age (self->absence) >= wishes.reconnect_timeout) {
    fail (self, "the camera has not come back in time");
    return NULL;
  }
  node = gst_virtcam_absence_look (self->absence);
  if (node == NULL)
    return NULL;
  gst_virtcam_report_set_camera (
      self->parts.report, gst_virtcam_node_get_path (node));
  gst_virtcam_claim_open (self->claim, node);
  gst_virtcam_camera_set_node (self->parts.camera, node);
  gst_virtcam_audience_open (self->audience, node);
  gst_virtcam_audience_follow (self->audience, node);
  gst_virtcam_absence_see (self->absence);
  return node;
}

/* Life */

GstVirtcamFeeder *
gst_virtcam_feeder_new (const GstVirtcamFeederParts *parts)
{
  GstVirtcamFeeder *self = g_new0 (GstVirtcamFeeder, 1);

  self->parts = *parts;
  self->claim = gst_virtcam_claim_new ();
  self->lending =
      (GstVirtcamLending){ parts->base, parts->report, self->claim };
  self->audience = gst_virtcam_audience_new (
      GST_BASE_SINK_PAD (parts->base), self->claim, parts->report);
  self->negotiation = gst_virtcam_sink_negotiation_new (
      parts->base, parts->camera, parts->settings, self->audience);
  self->absence = gst_virtcam_absence_new (parts->report);
  gst_virtcam_idle_install (parts->base, &self->idle);
  return self;
}

void
gst_virtcam_feeder_free (GstVirtcamFeeder *self)
{
  gst_virtcam_feeder_close (self);
  gst_virtcam_absence_free (self->absence);
  gst_virtcam_audience_free (self->audience);
  gst_virtcam_claim_free (self->claim);
  gst_virtcam_sink_negotiation_free (self->negotiation);
  g_free (self);
}

static const GstVirtcamWatchCalls watch_calls = {
  .event = handle_event,
  .lost = handle_lost,
  .look = handle_look,
  .tick = review_idleness,
};

static void
set_watch (GstVirtcamFeeder *self, GstVirtcamWatch *watch)
{
  GstVirtcamWatch *before;

  GST_OBJECT_LOCK (self->parts.base);
  before = self->watch;
  self->watch = watch;
  GST_OBJECT_UNLOCK (self->parts.base);
  gst_virtcam_watch_stop (before);
}

void
gst_virtcam_feeder_open (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  g_atomic_int_set (&self->failed, FALSE);
  gst_virtcam_claim_open (self->claim, node);
  gst_virtcam_audience_open (self->audience, node);
  set_watch (self, gst_virtcam_watch_start (node, &watch_calls, self,
                       GST_OBJECT_CAST (self->parts.base)));
}

/* A stream begins. FALSE: the camera has gone for good, which has been posted. */
gboolean
gst_virtcam_feeder_start (GstVirtcamFeeder *self)
{
  if (!g_atomic_int_get (&self->failed))
    return TRUE;
  report_gone (self, "the node went, and is not looked for any more");
  return FALSE;
}

/* The stream ends: viewers may choose. */
void
gst_virtcam_feeder_stop (GstVirtcamFeeder *self)
{
  gst_virtcam_sink_negotiation_stop (self->negotiation);
  self->chain = (GstVirtcamChain){ 0 };
  gst_virtcam_audience_stop (self->audience);
}

void
gst_virtcam_feeder_close (GstVirtcamFeeder *self)
{
  set_watch (self, NULL);
  gst_virtcam_feeder_stop (self);
  gst_virtcam_claim_close (self->claim);
  gst_virtcam_absence_forget (self->absence);
  gst_virtcam_audience_close (self->audience);
}

void
gst_virtcam_feeder_play (GstVirtcamFeeder *self, gboolean playing)
{
  g_atomic_int_set (&self->playing, playing);
  gst_virtcam_feeder_review (self);
}

/* Negotiation */

GstCaps *
gst_virtcam_feeder_get_caps (GstVirtcamFeeder *self, GstCaps *filter)
{
  return gst_virtcam_sink_negotiation_get_caps (self->negotiation, filter);
}

gboolean
gst_virtcam_feeder_accepts (GstVirtcamFeeder *self, GstCaps *caps)
{
  return gst_virtcam_sink_negotiation_accepts (self->negotiation, caps);
}

gboolean
gst_virtcam_feeder_set_caps (GstVirtcamFeeder *self, GstCaps *caps)
{
  return gst_virtcam_sink_negotiation_set_caps (self->negotiation, caps);
}

/* Frames that upstream writes into our buffers need no copy. */
gboolean
gst_virtcam_feeder_propose (GstVirtcamFeeder *self, GstQuery *query)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstVirtcamFrames frames;
  gboolean need_pool;
  GstCaps *caps;
  gsize size;

  gst_query_parse_allocation (query, &caps, &need_pool);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  if (caps == NULL || !gst_virtcam_audience_fits (self->audience) ||
      !gst_virtcam_claim_get_frames (self->claim, &frames) ||
      !frames.has_layout)
    return TRUE;
  size = gst_virtcam_frames_get_size (&frames);
  if (need_pool)
    pool = gst_virtcam_lending_new_pool (&self->lending);
  gst_query_add_allocation_pool (
      query, pool, size, 2, gst_virtcam_claim_get_max (self->claim));
  return TRUE;
}

/* A frame's way */

static GstFlowReturn
drop (GstVirtcamFeeder *self, GstVirtcamCount why)
{
  count (self, why);
  gst_virtcam_chain_break (&self->chain);
  return GST_FLOW_OK;
}

/* Not all drivers tell of it. */
static GstFlowReturn
follow_lost_mode (GstVirtcamFeeder *self)
{
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);

  if (node)
    gst_virtcam_audience_follow (self->audience, node);
  return GST_FLOW_OK;
}

static GstFlowReturn
handle_refusal (GstVirtcamFeeder *self, const GError *error)
{
  drop (self, error && (error->code == GST_VIRTCAM_NODE_ERROR_OTHER_MODE ||
                           error->code == GST_VIRTCAM_NODE_ERROR_LOST_MODE)
                  ? GST_VIRTCAM_COUNT_UNFIT
                  : GST_VIRTCAM_COUNT_NO_BUFFER);
  if (error == NULL)
    return GST_FLOW_OK;
  GST_DEBUG_OBJECT (element_of (self), "dropped: %s", error->message);
  switch (error->code) {
  /* the watch is about to hear of the first two; the stream is over */
  case GST_VIRTCAM_NODE_ERROR_GONE:
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
  case GST_VIRTCAM_NODE_ERROR_FLUSHING:
    return GST_FLOW_OK;
  case GST_VIRTCAM_NODE_ERROR_LOST_MODE:
    return follow_lost_mode (self);
  case GST_VIRTCAM_NODE_ERROR_BUSY:
    gst_virtcam_audience_tell_busy (self->audience, error);
    return GST_FLOW_OK;
  case GST_VIRTCAM_NODE_ERROR_MISFIT:
    gst_virtcam_audience_tell_misfit (self->audience, error);
    return GST_FLOW_OK;
  default:
    gst_virtcam_report_error (self->parts.report, "take a frame", error);
    return GST_FLOW_ERROR;
  }
}

static GstFlowReturn
give (GstVirtcamFeeder *self, GstBuffer *buffer)
{
  g_autoptr (GError) error = NULL;
  const GstClockTime captured = gst_virtcam_clock_monotonic_time (
      self->parts.clock, gst_element_get_base_time (element_of (self)),
      &self->parts.base->segment, GST_BUFFER_PTS (buffer));
  GstVirtcamGiven given =
      gst_virtcam_claim_give (self->claim, buffer, captured, &error);

  if (given == GST_VIRTCAM_NOT_GIVEN)
    return handle_refusal (self, error);
  gst_virtcam_audience_forget_busy (self->audience);
  count (self, GST_VIRTCAM_COUNT_GIVEN);
  if (given == GST_VIRTCAM_GIVEN_COPIED)
    count (self, GST_VIRTCAM_COUNT_COPIED_IN);
  if (given == GST_VIRTCAM_GIVEN_IMPORTED)
    count (self, GST_VIRTCAM_COUNT_IMPORTED);
  return GST_FLOW_OK;
}

/* Waits for nobody: what has no place is dropped. */
GstFlowReturn
gst_virtcam_feeder_render (GstVirtcamFeeder *self, GstBuffer *buffer)
{
  gboolean newcomer;
  GstFlowReturn flow;

  if (g_atomic_int_get (&self->failed)) {
    /* whichever thread comes first: upstream's own error is to follow it */
    report_gone (self, "the node is gone");
    return GST_FLOW_ERROR;
  }
  if (gst_virtcam_sink_negotiation_is_put_off (self->negotiation) &&
      !gst_virtcam_sink_negotiation_take_up_caps (self->negotiation))
    return GST_FLOW_NOT_NEGOTIATED;
  gst_virtcam_chain_see (&self->chain, buffer);
  if (gst_virtcam_sink_negotiation_is_put_off (self->negotiation))
    return drop (self, GST_VIRTCAM_COUNT_NO_BUFFER);
  if (gst_buffer_get_size (buffer) == 0 &&
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    return GST_FLOW_OK;
  if (!gst_virtcam_audience_fits (self->audience))
    return drop (self, GST_VIRTCAM_COUNT_UNFIT);
  if (!gst_virtcam_audience_is_there (self->audience)) {
    if (!g_atomic_int_get (&self->idle) && wishes_of (self).on_demand)
      gst_virtcam_feeder_review (self);
    return drop (self, GST_VIRTCAM_COUNT_UNWATCHED);
  }
  newcomer = gst_virtcam_audience_has_newcomer (self->audience);
  if (!gst_virtcam_chain_continues (&self->chain,
          GST_BASE_SINK_PAD (self->parts.base), newcomer,
          gst_virtcam_audience_get_viewers (self->audience) == 1, buffer))
    return drop (self, GST_VIRTCAM_COUNT_NO_BUFFER);
  flow = give (self, buffer);
  /* the last viewer may have left before the frame claimed the camera */
  gst_virtcam_audience_review_claim (self->audience);
  return flow;
}
