/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/feeder.h"

#include "session/absence.h"
#include "sink/claim.h"
#include "sink/idle.h"
#include "sink/offering.h"
#include "sink/pool.h"
#include "sink/watch.h"
#include "v4l2/controls.h"
#include "v4l2/modes.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

/* How many programs watch: a control of virtcam's own. */
#define CID_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
#define UNKNOWN (-1)

struct _GstVirtcamFeeder {
  GstVirtcamFeederParts parts;
  GstVirtcamClaim *claim;
  GstVirtcamWatch *watch;     /* NULL while closed */
  GstVirtcamAbsence *absence; /* the watch's, while there is one */

  /* atomic, each on its own */
  gint viewers; /* UNKNOWN: the camera does not say, or is not open */
  gint fits;    /* upstream's mode is one that viewers can have now */
  gint rigid;   /* upstream cannot send all that viewers could choose */
  gint playing;
  gint idle;   /* upstream was told that no frame is needed */
  gint failed; /* an error was posted that ends the stream */
  gint told;   /* what was told since the last change: see tell_once() */
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
  return g_atomic_int_get (&self->viewers);
}

/* A camera that does not say is watched. */
static gboolean
is_watched (GstVirtcamFeeder *self)
{
  return gst_virtcam_feeder_get_viewers (self) != 0;
}

/* What the user is told once, until it is over */

#define TOLD_UNFIT (1 << 0)
#define TOLD_BUSY (1 << 1)

static gboolean
is_news (GstVirtcamFeeder *self, gint what)
{
  return !(g_atomic_int_or (&self->told, what) & what);
}

static void
forget_told (GstVirtcamFeeder *self)
{
  g_atomic_int_set (&self->told, 0);
}

static void
tell_unfit (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->parts.report);
  g_autoptr (GstCaps) wanted = NULL;
  g_autofree gchar *text = NULL;

  if (!is_news (self, TOLD_UNFIT))
    return;
  wanted = gst_virtcam_offering_get_caps (node, NULL);
  text = gst_caps_to_string (wanted);
  GST_ELEMENT_WARNING (element_of (self), STREAM, FORMAT,
      ("Viewers of camera %s have chosen another mode than upstream can make: "
       "its frames are dropped until they leave. videoconvert and videoscale "
       "before virtcamsink would make it.",
          camera),
      ("viewers want %s", text));
}

static void
tell_busy (GstVirtcamFeeder *self, const GError *error)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->parts.report);

  if (is_news (self, TOLD_BUSY))
    GST_ELEMENT_WARNING (element_of (self), RESOURCE, BUSY,
        ("Camera %s is busy: another program feeds it. Frames are dropped "
         "until that one stops.",
            camera),
        ("%s", error->message));
}

/* Idleness */

/* To be called whenever one of the reasons for it changes; and again and again,
 * as often as the result says, in ns. */
static guint64
review_idleness (GstVirtcamFeeder *self)
{
  gboolean idle = g_atomic_int_get (&self->playing) && !is_watched (self) &&
                  wishes_of (self).on_demand;
  gboolean was = g_atomic_int_get (&self->idle);

  g_atomic_int_set (&self->idle, idle);
  if (idle)
    return gst_virtcam_idle_tell (self->parts.base);
  if (was)
    gst_virtcam_idle_end (self->parts.base);
  return G_MAXUINT64;
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

static guint64
handle_tick (gpointer data)
{
  return review_idleness (data);
}

/* While idle the base class's own observations of the few frames that come would
 * call for more of them. */
static GstPadProbeReturn
hold_back_qos (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstVirtcamFeeder *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  return GST_EVENT_TYPE (event) == GST_EVENT_QOS &&
                 g_atomic_int_get (&self->idle) &&
                 gst_virtcam_idle_is_other (event)
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

/* Who watches, and in which mode */

/* While nobody watches viewers may choose their mode, if upstream can send what
 * they choose. Where it cannot, they have what it sends. */
static void
review_claim (GstVirtcamFeeder *self)
{
  g_autoptr (GError) error = NULL;

  if (is_watched (self))
    return;
  if (!g_atomic_int_get (&self->rigid) || !g_atomic_int_get (&self->fits))
    gst_virtcam_claim_release (self->claim);
  else if (!gst_virtcam_claim_make (self->claim, &error))
    GST_INFO_OBJECT (element_of (self), "not claimed: %s", error->message);
}

static void
set_viewers (GstVirtcamFeeder *self, gint viewers)
{
  GstElement *element = element_of (self);

  if (g_atomic_int_get (&self->viewers) == viewers)
    return;
  g_atomic_int_set (&self->viewers, viewers);
  GST_INFO_OBJECT (element, "%d viewers", viewers);
  review_claim (self);
  review_idleness (self);
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT_CAST (element),
                   gst_structure_new ("virtcam-viewers", "viewers", G_TYPE_INT,
                       viewers, NULL)));
  gst_virtcam_sink_settings_notify_viewers (G_OBJECT (element));
}

/* Upstream's present mode against what the camera takes now. */
static gboolean
is_offered (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  g_autoptr (GstCaps) caps =
      gst_pad_get_current_caps (GST_BASE_SINK_PAD (self->parts.base));
  GstVirtcamTarget target;

  return caps && gst_virtcam_target_from_caps (&target, node, caps) &&
         gst_virtcam_target_is_offered (&target, node);
}

static void
review_rigidity (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  GstPad *pad = GST_BASE_SINK_PAD (self->parts.base);
  gboolean rigid = !gst_virtcam_offering_is_all_of (node, pad);

  g_atomic_int_set (&self->rigid, rigid);
  GST_DEBUG_OBJECT (element_of (self), "upstream can send %s",
      rigid ? "less than the camera takes" : "all that the camera takes");
}

/* A viewer has fixed the mode, or let go of it. */
static void
follow_viewers (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  GstPad *pad = GST_BASE_SINK_PAD (self->parts.base);
  gboolean fits;

  gst_virtcam_modes_forget (gst_virtcam_node_get_modes (node));
  if (!gst_pad_has_current_caps (pad))
    return;
  fits = is_offered (self, node);
  g_atomic_int_set (&self->fits, fits);
  GST_INFO_OBJECT (
      element_of (self), "the mode %s", fits ? "fits" : "is other");
  if (fits) {
    forget_told (self);
    review_rigidity (self, node);
    review_claim (self);
  } else if (gst_virtcam_offering_is_any_of (node, pad)) {
    gst_pad_push_event (pad, gst_event_new_reconfigure ());
  } else {
    tell_unfit (self, node);
  }
}

static void
handle_event (gpointer data, const struct v4l2_event *event)
{
  GstVirtcamFeeder *self = data;
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);

  if (node && event->type == V4L2_EVENT_SOURCE_CHANGE)
    follow_viewers (self, node);
  if (node && event->type == V4L2_EVENT_CTRL && event->id == CID_VIEWERS)
    set_viewers (self, event->u.ctrl.value);
}

/* Others may have something else by that number. */
static gboolean
has_viewers (GstVirtcamNode *node)
{
  struct v4l2_query_ext_ctrl query;

  return gst_virtcam_node_query_control (node, CID_VIEWERS, &query) == 0 &&
         g_str_equal (query.name, "Viewers");
}

/* First the events, then the value: so no change goes by. */
static void
begin_to_listen (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  struct v4l2_ext_control control = { .id = CID_VIEWERS };

  gst_virtcam_node_subscribe (node, V4L2_EVENT_SOURCE_CHANGE, 0);
  if (!has_viewers (node))
    return;
  gst_virtcam_node_subscribe (node, V4L2_EVENT_CTRL, CID_VIEWERS);
  if (gst_virtcam_node_get_control (node, &control) == 0)
    set_viewers (self, control.value);
}

/* Absence */

static void
fail (GstVirtcamFeeder *self, const gchar *why)
{
  g_autoptr (GError) error = g_error_new (
      GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_GONE, "%s", why);

  if (g_atomic_int_compare_and_exchange (&self->failed, FALSE, TRUE))
    gst_virtcam_report_error (self->parts.report, "take frames", error);
}

static void
handle_lost (gpointer data, GstVirtcamNode *node)
{
  GstVirtcamFeeder *self = data;

  gst_virtcam_camera_set_node (self->parts.camera, NULL);
  gst_virtcam_claim_close (self->claim);
  if (!gst_virtcam_absence_lose (self->absence, node)) {
    gst_virtcam_absence_tell (self->absence);
    set_viewers (self, UNKNOWN);
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
  begin_to_listen (self, node);
  follow_viewers (self, node);
  gst_virtcam_absence_see (self->absence);
  return node;
}

/* Life */

GstVirtcamFeeder *
gst_virtcam_feeder_new (const GstVirtcamFeederParts *parts)
{
  GstVirtcamFeeder *self = g_new0 (GstVirtcamFeeder, 1);

  self->parts = *parts;
  self->viewers = UNKNOWN;
  self->claim = gst_virtcam_claim_new ();
  self->absence = gst_virtcam_absence_new (parts->report);
  gst_pad_add_probe (GST_BASE_SINK_PAD (parts->base),
      GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hold_back_qos, self, NULL);
  return self;
}

void
gst_virtcam_feeder_free (GstVirtcamFeeder *self)
{
  gst_virtcam_feeder_close (self);
  gst_virtcam_absence_free (self->absence);
  gst_virtcam_claim_free (self->claim);
  g_free (self);
}

static const GstVirtcamWatchCalls watch_calls = {
  .event = handle_event,
  .lost = handle_lost,
  .look = handle_look,
  .tick = handle_tick,
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
  self->failed = self->fits = self->rigid = FALSE;
  forget_told (self);
  gst_virtcam_claim_open (self->claim, node);
  begin_to_listen (self, node);
  set_watch (self, gst_virtcam_watch_start (node, &watch_calls, self,
                       GST_OBJECT_CAST (self->parts.base)));
}

void
gst_virtcam_feeder_close (GstVirtcamFeeder *self)
{
  set_watch (self, NULL);
  gst_virtcam_claim_forget_target (self->claim);
  gst_virtcam_claim_close (self->claim);
  gst_virtcam_absence_forget (self->absence);
  set_viewers (self, UNKNOWN);
}

/* The stream ends: viewers may choose. */
void
gst_virtcam_feeder_stop (GstVirtcamFeeder *self)
{
  g_atomic_int_set (&self->fits, FALSE);
  gst_virtcam_claim_forget_target (self->claim);
}

void
gst_virtcam_feeder_play (GstVirtcamFeeder *self, gboolean playing)
{
  g_atomic_int_set (&self->playing, playing);
  gst_virtcam_feeder_review (self);
}

/* Negotiation */

/* Whether viewers have chosen what upstream cannot send. Its frames are dropped
 * until the viewers leave, which is better than a failure. */
static gboolean
must_take_anything (GstVirtcamFeeder *self, GstVirtcamNode *node)
{
  return gst_virtcam_feeder_get_viewers (self) > 0 &&
         gst_virtcam_offering_is_fixed (node) &&
         !gst_virtcam_offering_is_any_of (
             node, GST_BASE_SINK_PAD (self->parts.base));
}

/* NULL: all that there could be, since the element is closed, or the camera away,
 * or because it does not matter. */
GstCaps *
gst_virtcam_feeder_get_caps (GstVirtcamFeeder *self, GstCaps *filter)
{
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);

  return node && !must_take_anything (self, node)
             ? gst_virtcam_offering_get_caps (node, filter)
             : NULL;
}

/* What viewers do not want now is taken, and dropped: see set_caps(). */
gboolean
gst_virtcam_feeder_accepts (GstVirtcamFeeder *self, GstCaps *caps)
{
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);
  g_autoptr (GstCaps) offered =
      node ? gst_virtcam_offering_get_caps (node, NULL) : NULL;

  return node == NULL || gst_virtcam_offering_is_fixed (node) ||
         gst_caps_can_intersect (caps, offered);
}

static gboolean
note_target (GstVirtcamFeeder *self, GstVirtcamNode *node,
    const GstVirtcamTarget *target)
{
  g_autoptr (GError) error = NULL;
  gboolean fits = gst_virtcam_claim_set_target (self->claim, target, &error);

  g_atomic_int_set (&self->fits, fits);
  if (fits) {
    forget_told (self);
    review_rigidity (self, node);
    review_claim (self);
    return TRUE;
  }
  if (error->code == GST_VIRTCAM_NODE_ERROR_GONE)
    return TRUE;
  if (error->code != GST_VIRTCAM_NODE_ERROR_OTHER_MODE) {
    gst_virtcam_report_error (self->parts.report, "take this video", error);
    return FALSE;
  }
  tell_unfit (self, node);
  return TRUE;
}

/* While the camera is away it is put off until it is back. */
gboolean
gst_virtcam_feeder_set_caps (GstVirtcamFeeder *self, GstCaps *caps)
{
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);
  g_autofree gchar *text = NULL;
  GstVirtcamTarget target;

  if (node == NULL)
    return TRUE;
  if (gst_virtcam_target_from_caps (&target, node, caps))
    return note_target (self, node, &target);
  text = gst_caps_to_string (caps);
  GST_ELEMENT_ERROR (element_of (self), STREAM, FORMAT,
      ("No camera takes such video."), ("caps: %s", text));
  return FALSE;
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
  if (caps == NULL || !g_atomic_int_get (&self->fits) ||
      !gst_virtcam_claim_get_frames (self->claim, &frames) ||
      !frames.has_layout)
    return TRUE;
  size = gst_virtcam_frames_get_size (&frames);
  if (need_pool)
    pool = gst_virtcam_sink_pool_new (
        GST_OBJECT_CAST (self->parts.base), self->claim);
  gst_query_add_allocation_pool (query, pool, size, 2, 0);
  return TRUE;
}

/* A frame's way */

/* CLOCK_MONOTONIC; NONE if nobody knows. */
static GstClockTime
get_capture_time (GstVirtcamFeeder *self, GstBuffer *buffer)
{
  GstBaseSink *base = self->parts.base;
  GstClockTime running = GST_CLOCK_TIME_NONE;

  if (GST_BUFFER_PTS_IS_VALID (buffer) &&
      base->segment.format == GST_FORMAT_TIME)
    running = gst_segment_to_running_time (
        &base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return GST_CLOCK_TIME_NONE;
  return gst_virtcam_clock_monotonic_time (self->parts.clock,
      gst_element_get_base_time (element_of (self)), running);
}

static GstFlowReturn
handle_refusal (GstVirtcamFeeder *self, const GError *error)
{
  count (self, error && error->code == GST_VIRTCAM_NODE_ERROR_OTHER_MODE
                   ? GST_VIRTCAM_COUNT_UNFIT
                   : GST_VIRTCAM_COUNT_NO_BUFFER);
  if (error == NULL)
    return GST_FLOW_OK;
  GST_DEBUG_OBJECT (element_of (self), "dropped: %s", error->message);
  switch (error->code) {
  /* the watch is about to hear of these two */
  case GST_VIRTCAM_NODE_ERROR_GONE:
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
    return GST_FLOW_OK;
  case GST_VIRTCAM_NODE_ERROR_BUSY:
    tell_busy (self, error);
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
  GstVirtcamGiven given = gst_virtcam_claim_give (
      self->claim, buffer, get_capture_time (self, buffer), &error);

  if (given == GST_VIRTCAM_NOT_GIVEN)
    return handle_refusal (self, error);
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
  if (g_atomic_int_get (&self->failed))
    return GST_FLOW_ERROR;
  if (!g_atomic_int_get (&self->fits)) {
    count (self, GST_VIRTCAM_COUNT_UNFIT);
    return GST_FLOW_OK;
  }
  if (!is_watched (self)) {
    count (self, GST_VIRTCAM_COUNT_UNWATCHED);
    return GST_FLOW_OK;
  }
  return give (self, buffer);
}
