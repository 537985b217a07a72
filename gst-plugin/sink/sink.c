/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-virtcamsink
 * @title: virtcamsink
 * @short_description: feeds a camera, which other programs watch
 *
 * virtcamsink gives its frames to a camera of virtcam's feeds (or to another V4L2
 * output device that takes frames by streaming): programs that know nothing of
 * GStreamer see them as those of a webcam. A camera is named by its card name or
 * bus_info (`camera`), by the path of its output node (`device`), or by a URI:
 * `virtcam:///dev/video3`, `virtcam://desk`. Below, desk is the card name that a
 * camera was given. Without any it is the first that there is.
 *
 * ## Launch lines
 * |[
 * gst-launch-1.0 videotestsrc ! virtcamsink camera=desk
 * ]| A test picture. Nothing converts: videotestsrc draws what the camera takes.
 * |[
 * gst-launch-1.0 filesrc location=film.mkv ! decodebin ! videoconvert ! videoscale ! virtcamsink camera=desk on-demand=true
 * ]| A film, which is converted only while somebody watches.
 * |[
 * gst-launch-1.0 virtcamsrc ! videoflip method=horizontal-flip ! virtcamsink camera=desk
 * ]| Another camera, mirrored.
 *
 * ## Who chooses the mode
 * A viewer that has buffers fixes the mode: then it is the only one in this
 * element's caps, and upstream is asked to conform. Where upstream cannot, its
 * frames are dropped, and a warning says so once.
 *
 * While nobody watches, viewers may choose if upstream could send all that the
 * camera takes, such as videotestsrc or videoconvert with videoscale; then the
 * element holds no claim on the camera. Where upstream could not the element
 * claims the camera, and viewers are offered what upstream sends, which they take.
 *
 * Any frame rate will do: a frame is shown when it comes.
 *
 * A frame is given to those who watch when it is due, and none in a pause. A still
 * picture wants imagefreeze before the element, for viewers who come later.
 *
 * ## Memory
 * Upstream is handed the camera's own buffers, so that what it draws, decodes or
 * converts is written where the camera takes it from. Frames in other memory are
 * copied once; but for linear dma-bufs, plain or DMA_DRM, which the camera reads
 * where they are. For DMA_DRM caps the camera's buffers are dma-bufs as well. No
 * viewer is ever waited for: what has no place is dropped, and counted in `stats`.
 *
 * Where most frames of coded video can be decoded only after the frame before
 * (#GST_BUFFER_FLAG_DELTA_UNIT) upstream is asked for a key frame
 * (GstForceKeyUnit) when a viewer comes, and after a frame was dropped. Until the key
 * frame comes frames are dropped, unless others watch who can decode them.
 *
 * The time of capture that viewers are told is the running time of the frame (its
 * PTS), on CLOCK_MONOTONIC.
 *
 * ## Viewers
 * #GstVirtcamSink:viewers says how many programs watch, from READY on: by notify,
 * and by the element message "virtcam-viewers" (`viewers`, a gint). While it is 0
 * frames are dropped as they are due. With on-demand=true upstream is told by QoS
 * events of type #GST_QOS_TYPE_THROTTLE, too, that no frame is needed for now: each
 * #GstBaseTransform (videoconvert, videoscale, videoflip) then drops frames before
 * it touches them, and decoders skip what they can. Behind a source that is live
 * none passes; behind one that is not, which this element alone paces, one in
 * 400 ms. What draws frames, such as videotestsrc, goes on; an application may
 * keep such a pipeline in READY until somebody watches.
 *
 * A tee passes such events on, so that converters and decoders before it drop what
 * its other branches need. There on-demand is for pipelines that have none before
 * the tee; those in this sink's own branch drop frames for it alone.
 *
 * Both come from a thread that the way to NULL waits for. A handler, or a synchronous
 * handler of the bus, that is to change the state of the pipeline leaves that to
 * gst_element_call_async(): another thread may be changing it just then.
 *
 * ## Unplug and return
 * #GstVirtcamSink:on-disconnect says what happens when the camera goes away: an
 * error, or a wait in which frames are dropped; caps that come meanwhile are kept for
 * the camera's return, and upstream that asks for dma-bufs waits, unless it is
 * flushed. Upstream is asked to conform to a camera that has other modes when it is
 * back; where it cannot, its frames are dropped, and a warning says so. (Caps that came
 * during the absence are an error then, as at any other time.) The element messages
 * "virtcamsink-disconnected" and "virtcamsink-reconnected" tell the application.
 */

#include "sink/sink.h"

#include "pixel/caps.h"
#include "session/naming.h"
#include "session/uri-handler.h"
#include "sink/feeder.h"

GST_DEBUG_CATEGORY (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

struct _GstVirtcamSink {
  GstBaseSink parent;

  /* each has its own lock, or says which thread may use it */
  GstVirtcamSettings *settings;
  GstVirtcamStats *stats;
  GstVirtcamReport *report;
  GstVirtcamCamera *camera;
  GstVirtcamClock *clock;
  GstVirtcamFeeder *feeder;

  gint error_posted; /* atomic; since NULL or READY was left */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamSink, gst_virtcam_sink, GST_TYPE_BASE_SINK,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, gst_virtcam_uri_handler_init)
        GST_DEBUG_CATEGORY_INIT (
            gst_virtcam_sink_debug, "virtcamsink", 0, "virtcam camera sink"))
GST_ELEMENT_REGISTER_DEFINE (
    virtcamsink, "virtcamsink", GST_RANK_NONE, GST_TYPE_VIRTCAM_SINK)

#define PARENT_SINK (GST_BASE_SINK_CLASS (gst_virtcam_sink_parent_class))
#define PARENT_ELEMENT (GST_ELEMENT_CLASS (gst_virtcam_sink_parent_class))

/* States */

static gboolean
open_camera (GstVirtcamSink *self)
{
  g_autofree gchar *device = NULL;
  g_autoptr (GstVirtcamNode) node = NULL;
  g_autoptr (GError) error = NULL;

  gst_virtcam_stats_reset (self->stats);
  device = gst_virtcam_naming_find (self->report);
  if (device == NULL)
    return FALSE;
  gst_virtcam_report_set_camera (self->report, device);
  node = gst_virtcam_node_open_output (device, &error);
  if (node == NULL) {
    gst_virtcam_report_error (self->report, "open", error);
    return FALSE;
  }
  GST_INFO_OBJECT (
      self, "%s is \"%s\"", device, gst_virtcam_node_get_identity (node)->card);
  gst_virtcam_camera_open (self->camera, node);
  gst_virtcam_feeder_open (self->feeder, node);
  return TRUE;
}

static void
close_camera (GstVirtcamSink *self)
{
  gst_virtcam_feeder_close (self->feeder);
  gst_virtcam_camera_close (self->camera);
  gst_virtcam_report_set_camera (self->report, NULL);
}

static GstStateChangeReturn
gst_virtcam_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY ||
      transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    g_atomic_int_set (&self->error_posted, FALSE);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_camera (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      !gst_virtcam_feeder_start (self->feeder))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    gst_virtcam_feeder_play (self->feeder, FALSE);

  result = PARENT_ELEMENT->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING &&
      result != GST_STATE_CHANGE_FAILURE)
    gst_virtcam_feeder_play (self->feeder, TRUE);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_virtcam_feeder_stop (self->feeder);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          result == GST_STATE_CHANGE_FAILURE))
    close_camera (self);
  return result;
}

static gboolean
gst_virtcam_sink_set_clock (GstElement *element, GstClock *clock)
{
  gst_virtcam_clock_set (GST_VIRTCAM_SINK (element)->clock, clock);
  return PARENT_ELEMENT->set_clock (element, clock);
}

/* Negotiation and frames */

static GstCaps *
gst_virtcam_sink_get_caps (GstBaseSink *base, GstCaps *filter)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (base);
  GstCaps *caps = gst_virtcam_feeder_get_caps (self->feeder, filter);
  g_autoptr (GstCaps) all = NULL;

  if (caps)
    return caps;
  all = gst_pad_get_pad_template_caps (GST_BASE_SINK_PAD (base));
  if (filter)
    return gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
  return g_steal_pointer (&all);
}

static gboolean
gst_virtcam_sink_set_caps (GstBaseSink *base, GstCaps *caps)
{
  return gst_virtcam_feeder_set_caps (GST_VIRTCAM_SINK (base)->feeder, caps);
}

static gboolean
gst_virtcam_sink_propose_allocation (GstBaseSink *base, GstQuery *query)
{
  return gst_virtcam_feeder_propose (GST_VIRTCAM_SINK (base)->feeder, query);
}

static GstFlowReturn
gst_virtcam_sink_render (GstBaseSink *base, GstBuffer *buffer)
{
  return gst_virtcam_feeder_render (GST_VIRTCAM_SINK (base)->feeder, buffer);
}

static gboolean
gst_virtcam_sink_query (GstBaseSink *base, GstQuery *query)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (base);
  g_autoptr (GstCaps) all = NULL;
  GstCaps *caps;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ACCEPT_CAPS)
    return PARENT_SINK->query (base, query);
  gst_query_parse_accept_caps (query, &caps);
  all = gst_pad_get_pad_template_caps (GST_BASE_SINK_PAD (base));
  gst_query_set_accept_caps_result (
      query, gst_caps_can_intersect (caps, all) &&
                 gst_virtcam_feeder_accepts (self->feeder, caps));
  return TRUE;
}

/* An element upstream follows our failure with a bare "Internal data stream error",
 * but under its own name; ours comes first. What comes twice is left out. */
static gboolean
gst_virtcam_sink_post_message (GstElement *element, GstMessage *message)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (element);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR &&
      !g_atomic_int_compare_and_exchange (&self->error_posted, FALSE, TRUE)) {
    gst_message_unref (message);
    return TRUE;
  }
  return PARENT_ELEMENT->post_message (element, message);
}

/* Properties */

static void
gst_virtcam_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (object);

  if (!gst_virtcam_settings_set (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  else if (id == GST_VIRTCAM_SINK_PROP_ON_DEMAND)
    gst_virtcam_feeder_review (self->feeder);
}

static GstStructure *
make_stats (GstVirtcamSink *self)
{
  GstStructure *stats = gst_virtcam_stats_to_structure (self->stats);

  gst_virtcam_stats_add_base (stats, &self->parent);
  return stats;
}

static void
gst_virtcam_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (object);

  if (id == GST_VIRTCAM_SINK_PROP_STATS)
    g_value_take_boxed (value, make_stats (self));
  else if (id == GST_VIRTCAM_SINK_PROP_VIEWERS)
    g_value_set_int (value, gst_virtcam_feeder_get_viewers (self->feeder));
  else if (!gst_virtcam_settings_get (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Class */

static void
gst_virtcam_sink_finalize (GObject *object)
{
  GstVirtcamSink *self = GST_VIRTCAM_SINK (object);

  gst_virtcam_feeder_free (self->feeder);
  gst_virtcam_clock_free (self->clock);
  gst_virtcam_camera_free (self->camera);
  gst_virtcam_report_free (self->report);
  gst_virtcam_stats_free (self->stats);
  gst_virtcam_settings_free (self->settings);
  G_OBJECT_CLASS (gst_virtcam_sink_parent_class)->finalize (object);
}

static void
gst_virtcam_sink_class_init (GstVirtcamSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);
  g_autoptr (GstCaps) caps = gst_virtcam_caps_template (FALSE);

  object_class->set_property = gst_virtcam_sink_set_property;
  object_class->get_property = gst_virtcam_sink_get_property;
  object_class->finalize = gst_virtcam_sink_finalize;
  gst_virtcam_sink_settings_install (object_class);

  element_class->change_state = gst_virtcam_sink_change_state;
  element_class->set_clock = gst_virtcam_sink_set_clock;
  element_class->post_message = gst_virtcam_sink_post_message;
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class, "virtcam camera sink",
      "Sink/Video", "Feeds a virtual camera that other programs watch",
      "The virtcam developers");

  base_class->get_caps = gst_virtcam_sink_get_caps;
  base_class->set_caps = gst_virtcam_sink_set_caps;
  base_class->propose_allocation = gst_virtcam_sink_propose_allocation;
  base_class->render = gst_virtcam_sink_render;
  base_class->query = gst_virtcam_sink_query;
}

/* A frame that is late is better than none; a last sample would keep a buffer of the
 * camera's; and no frame takes long, so that a live pipeline need not be delayed. */
static void
gst_virtcam_sink_init (GstVirtcamSink *self)
{
  GstBaseSink *base = GST_BASE_SINK (self);
  GstVirtcamFeederParts parts = { .base = base };

  self->stats = gst_virtcam_stats_new (GST_VIRTCAM_OUTPUT);
  parts.report = self->report = gst_virtcam_report_new (
      GST_ELEMENT_CAST (self), GST_VIRTCAM_OUTPUT, self->stats);
  parts.settings = self->settings = gst_virtcam_sink_settings_new ();
  parts.camera = self->camera = gst_virtcam_camera_new ();
  parts.clock = self->clock = gst_virtcam_clock_new ();
  self->feeder = gst_virtcam_feeder_new (&parts);
  gst_base_sink_set_qos_enabled (base, TRUE);
  gst_base_sink_set_last_sample_enabled (base, FALSE);
  gst_base_sink_set_processing_deadline (base, 0);
}
