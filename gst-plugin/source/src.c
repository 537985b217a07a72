/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-virtcamsrc
 * @title: virtcamsrc
 * @short_description: captures video from a V4L2 camera
 *
 * virtcamsrc captures from virtcam's cameras and from every other V4L2 camera
 * that captures by streaming, and hands the driver's own buffers downstream
 * without a copy.
 *
 * Its caps are what the device enumerates: raw video, 8-bit Bayer, and coded
 * video as the driver gives it (JPEG, H.264, HEVC; the caps are those of
 * parsed video, so that decoders link). What the peer leaves open becomes
 * 1920x1080 or the nearest below at 30 frames a second, in a YUV format. The
 * colorimetry and the interlace mode are those that the device reports once
 * the format is set; a colorimetry that the peer names is asked of the driver,
 * which may convert. An interlaced source gives its fields alone
 * (format:Interlaced) where the peer wants that. A driver that neither lists
 * rates nor says what it does is given the peer's: timestamps are right, the
 * rate in the caps may not be.
 *
 * Buffers carry a #GstVideoMeta with the device's strides, which are those that
 * the next element asks for where the driver can make them. When it has to copy,
 * or to make more buffers because downstream holds many, the element says so
 * once a stream with an element message: `virtcamsrc-copying` (`reason`,
 * `explanation`), `virtcamsrc-buffers-grown` (`buffers`). Their PTS is the
 * moment of capture, their offset is the camera's frame number; a buffer after
 * a lost frame has #GST_BUFFER_FLAG_DISCONT, and a QoS message says what was
 * lost. A #GstReferenceTimestampMeta of timestamp/x-system-monotonic has the
 * moment of capture on CLOCK_MONOTONIC. With do-timestamp, PTS is the moment of
 * the push instead.
 *
 * A camera is named by the path of its node (`device`), by its card name or
 * bus_info (`camera`), or by a URI: `virtcam:///dev/video2`,
 * `virtcam://Front%20Door`. One that somebody else has opened is taken by its
 * file descriptor (`device-fd`). virtcamdeviceprovider lists those that there
 * are.
 *
 * ## Launch lines
 * |[
 * gst-launch-1.0 virtcamsrc ! videoconvert ! autovideosink
 * ]| The picture of /dev/video0 in a window.
 * |[
 * gst-launch-1.0 -e virtcamsrc device=/dev/video0 num-buffers=90 ! video/x-raw,width=640,height=480,framerate=30/1 ! videoconvert ! theoraenc ! oggmux ! filesink location=camera.ogg
 * ]| Three seconds in a file.
 * |[
 * gst-launch-1.0 virtcamsrc num-buffers=1 ! videoconvert ! jpegenc ! filesink location=still.jpg
 * ]| A still.
 * |[
 * gst-launch-1.0 -v virtcamsrc io-mode=dmabuf num-buffers=100 ! fakesink silent=false
 * ]| The driver's memory as dma-bufs.
 *
 * ## Unplug and return
 * #virtcamsrc:on-disconnect says what happens when the camera goes away while
 * the element is in PAUSED or PLAYING: an error, the end of the stream, or a
 * wait in which the pipeline plays on. Then GAP events follow one another at
 * the frame rate, and the same camera continues with #GST_BUFFER_FLAG_DISCONT,
 * in the mode that it had if it still has it. It is known by its card name and
 * bus_info, else by its card name on a node that is younger than the absent
 * one's, never by the number of its node. Where `device` is a symbolic link,
 * as those of /dev/v4l/by-id are, it is whatever camera the link leads to. The
 * element messages "virtcamsrc-disconnected" and "virtcamsrc-reconnected" tell
 * the application. A camera that is not there when the element leaves NULL is
 * an error always.
 *
 * The pipeline's latency grows by one frame: a frame is there only when it has
 * been captured whole.
 */

#include "source/src.h"

#include "pixel/caps.h"
#include "session/naming.h"
#include "session/uri-handler.h"
#include "source/capture.h"

GST_DEBUG_CATEGORY (gst_virtcam_src_debug);
GST_DEBUG_CATEGORY (gst_virtcam_trace_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug

struct _GstVirtcamSrc {
  GstPushSrc parent;

  /* each has its own lock, or says which thread may use it */
  GstVirtcamSettings *settings;
  GstVirtcamStats *stats;
  GstVirtcamReport *report;
  GstVirtcamCamera *camera;
  GstVirtcamClock *clock;
  GstVirtcamPanel *panel;
  GstVirtcamCapture *capture;

  gboolean constructed;
  gint error_posted; /* atomic; since PAUSED */
};

G_DEFINE_TYPE_WITH_CODE (
    GstVirtcamSrc, gst_virtcam_src, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, gst_virtcam_uri_handler_init)
        G_IMPLEMENT_INTERFACE (
            GST_TYPE_CHILD_PROXY, gst_virtcam_src_child_proxy_init)
            G_IMPLEMENT_INTERFACE (
                GST_TYPE_COLOR_BALANCE, gst_virtcam_src_color_balance_init)
                G_IMPLEMENT_INTERFACE (GST_TYPE_VIDEO_ORIENTATION,
                    gst_virtcam_src_video_orientation_init)
    /* of which the property is all that counts */
    G_IMPLEMENT_INTERFACE (GST_TYPE_VIDEO_DIRECTION, NULL)
        GST_DEBUG_CATEGORY_INIT (
            gst_virtcam_src_debug, "virtcamsrc", 0, "virtcam camera source");
    GST_DEBUG_CATEGORY_INIT (gst_virtcam_trace_debug, "virtcamtrace", 0,
        "what became of each frame of virtcamsrc"))
GST_ELEMENT_REGISTER_DEFINE (
    virtcamsrc, "virtcamsrc", GST_RANK_NONE, GST_TYPE_VIRTCAM_SRC)

#define PARENT_SRC (GST_BASE_SRC_CLASS (gst_virtcam_src_parent_class))
#define PARENT_ELEMENT (GST_ELEMENT_CLASS (gst_virtcam_src_parent_class))

GstVirtcamPanel *
gst_virtcam_src_get_panel (GstVirtcamSrc *self)
{
  return self->panel;
}

/* States */

/* NULL after posting why. */
static GstVirtcamNode *
open_node (GstVirtcamSrc *self)
{
  GstVirtcamWishes wishes =
      gst_virtcam_src_settings_get_wishes (self->settings);
  gint fd = wishes.device_fd;
  g_autofree gchar *device =
      fd < 0 ? gst_virtcam_naming_find (self->report) : NULL;
  g_autoptr (GError) error = NULL;
  GstVirtcamNode *node;

  if (fd < 0 && device == NULL)
    return NULL;
  gst_virtcam_report_set_camera (self->report, device ? device : "device-fd");
  node = fd < 0 ? gst_virtcam_node_open (device, wishes.convert, &error)
                : gst_virtcam_node_open_fd (fd, wishes.convert, &error);
  if (node == NULL)
    gst_virtcam_report_error (self->report, "open", error);
  return node;
}

static gboolean
open_camera (GstVirtcamSrc *self)
{
  g_autoptr (GstVirtcamNode) node = NULL;

  gst_virtcam_stats_reset (self->stats);
  node = open_node (self);
  if (node == NULL)
    return FALSE;
  gst_virtcam_report_set_camera (
      self->report, gst_virtcam_node_get_path (node));
  GST_INFO_OBJECT (self, "%s is \"%s\"", gst_virtcam_node_get_path (node),
      gst_virtcam_node_get_identity (node)->card);
  gst_virtcam_camera_open (self->camera, node);
  gst_virtcam_capture_open (self->capture, node);
  gst_virtcam_panel_open (self->panel);
  gst_virtcam_direction_open (self->panel);
  return TRUE;
}

static void
close_camera (GstVirtcamSrc *self)
{
  gst_virtcam_capture_close (self->capture);
  gst_virtcam_camera_close (self->camera);
  gst_virtcam_report_set_camera (self->report, NULL);
}

static GstStateChangeReturn
gst_virtcam_src_change_state (GstElement *element, GstStateChange transition)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_camera (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    gst_virtcam_clock_play (self->clock, TRUE);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    gst_virtcam_clock_play (self->clock, FALSE);
    gst_virtcam_capture_interrupt (self->capture);
  }

  result = PARENT_ELEMENT->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          result == GST_STATE_CHANGE_FAILURE))
    close_camera (self);
  return result;
}

static gboolean
gst_virtcam_src_set_clock (GstElement *element, GstClock *clock)
{
  gst_virtcam_clock_set (GST_VIRTCAM_SRC (element)->clock, clock);
  return PARENT_ELEMENT->set_clock (element, clock);
}

static gboolean
gst_virtcam_src_start (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  g_atomic_int_set (&self->error_posted, FALSE);
  gst_virtcam_capture_start (self->capture);
  return TRUE;
}

static gboolean
gst_virtcam_src_stop (GstBaseSrc *base)
{
  gst_virtcam_capture_stop (GST_VIRTCAM_SRC (base)->capture);
  return TRUE;
}

/* The streaming thread is to stop waiting, for a pause or for more. */
static gboolean
gst_virtcam_src_unlock (GstBaseSrc *base)
{
  gst_virtcam_capture_interrupt (GST_VIRTCAM_SRC (base)->capture);
  return TRUE;
}

static gboolean
gst_virtcam_src_unlock_stop (GstBaseSrc *base)
{
  gst_virtcam_capture_resume (GST_VIRTCAM_SRC (base)->capture);
  return TRUE;
}

/* Frames */

static GstCaps *
gst_virtcam_src_get_caps (GstBaseSrc *base, GstCaps *filter)
{
  return gst_virtcam_capture_get_caps (GST_VIRTCAM_SRC (base)->capture, filter);
}

static gboolean
gst_virtcam_src_negotiate (GstBaseSrc *base)
{
  return gst_virtcam_capture_negotiate (GST_VIRTCAM_SRC (base)->capture);
}

static gboolean
gst_virtcam_src_decide_allocation (GstBaseSrc *base, GstQuery *query)
{
  return gst_virtcam_capture_decide (GST_VIRTCAM_SRC (base)->capture, query);
}

static GstFlowReturn
gst_virtcam_src_create (
    GstBaseSrc *base, guint64 offset, guint length, GstBuffer **buffer)
{
  *buffer = NULL;
  return gst_virtcam_capture_create (((GstVirtcamSrc *) base)->capture, buffer);
}

/* Messages, queries and events */

/* The base class follows every failure of the streaming thread with a bare
 * "Internal data stream error", which says less than what was posted already;
 * an application that shows the last error would show that one. */
static gboolean
gst_virtcam_src_post_message (GstElement *element, GstMessage *message)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (element);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    if (g_atomic_int_get (&self->error_posted) &&
        g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)) {
      gst_message_unref (message);
      return TRUE;
    }
    g_atomic_int_set (&self->error_posted, TRUE);
  }
  return PARENT_ELEMENT->post_message (element, message);
}

/* Unanswered it counts as a yes to anything. */
static gboolean
answer_accept_caps (GstBaseSrc *base, GstQuery *query)
{
  g_autoptr (GstCaps) possible = NULL;
  GstCaps *caps;

  gst_query_parse_accept_caps (query, &caps);
  possible = gst_virtcam_src_get_caps (base, caps);
  gst_query_set_accept_caps_result (query, !gst_caps_is_empty (possible));
  return TRUE;
}

static gboolean
gst_virtcam_src_query (GstBaseSrc *base, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_LATENCY:
    return gst_virtcam_capture_answer_latency (
        GST_VIRTCAM_SRC (base)->capture, query);
  case GST_QUERY_ACCEPT_CAPS:
    return answer_accept_caps (base, query);
  /* the base class names those of files */
  case GST_QUERY_FORMATS:
    gst_query_set_formats (query, 1, GST_FORMAT_TIME);
    return TRUE;
  default:
    return PARENT_SRC->query (base, query);
  }
}

/* From the peer. A flush from there would leave the base class's task stopped
 * for good: it expects that of sources that are read from. */
static gboolean
gst_virtcam_src_event (GstBaseSrc *base, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_FLUSH_START:
  case GST_EVENT_FLUSH_STOP:
    return PARENT_ELEMENT->send_event (
        GST_ELEMENT_CAST (base), gst_event_ref (event));
  default:
    return PARENT_SRC->event (base, event);
  }
}

/* From the application. Those that travel upstream are answered as if the peer
 * had sent them; the base class drops most, and performs every seek. */
static gboolean
gst_virtcam_src_send_event (GstElement *element, GstEvent *event)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (element);
  gboolean ends = GST_EVENT_TYPE (event) == GST_EVENT_EOS, sent;

  if (GST_EVENT_IS_UPSTREAM (event) && !GST_EVENT_IS_DOWNSTREAM (event))
    return gst_pad_send_event (GST_BASE_SRC_PAD (element), event);
  if (ends)
    gst_virtcam_capture_make_way (self->capture, TRUE);
  sent = PARENT_ELEMENT->send_event (element, event);
  if (ends)
    gst_virtcam_capture_make_way (self->capture, FALSE);
  return sent;
}

/* Properties */

/* video-direction has a default that each new element is set to; that one shall
 * not turn cameras back. */
static void
set_direction (GstVirtcamSrc *self, GstVideoOrientationMethod method)
{
  if (self->constructed || method != GST_VIDEO_ORIENTATION_IDENTITY)
    gst_virtcam_direction_set (self->panel, method);
}

static void
gst_virtcam_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);

  if (id == GST_VIRTCAM_PROP_DEVICE && g_value_get_string (value) == NULL)
    value = g_param_spec_get_default_value (pspec);
  if (id == GST_VIRTCAM_PROP_VIDEO_DIRECTION)
    set_direction (self, g_value_get_enum (value));
  else if (!gst_virtcam_settings_set (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_virtcam_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);

  if (id == GST_VIRTCAM_PROP_STATS)
    g_value_take_boxed (value, gst_virtcam_stats_to_structure (self->stats));
  else if (id == GST_VIRTCAM_PROP_VIDEO_DIRECTION)
    g_value_set_enum (value, gst_virtcam_direction_get (self->panel));
  else if (!gst_virtcam_settings_get (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Class */

static void
gst_virtcam_src_constructed (GObject *object)
{
  GST_VIRTCAM_SRC (object)->constructed = TRUE;
  G_OBJECT_CLASS (gst_virtcam_src_parent_class)->constructed (object);
}

static void
gst_virtcam_src_dispose (GObject *object)
{
  gst_virtcam_panel_dispose (GST_VIRTCAM_SRC (object)->panel);
  G_OBJECT_CLASS (gst_virtcam_src_parent_class)->dispose (object);
}

static void
gst_virtcam_src_finalize (GObject *object)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);

  gst_virtcam_capture_free (self->capture);
  gst_virtcam_panel_free (self->panel);
  gst_virtcam_clock_free (self->clock);
  gst_virtcam_camera_free (self->camera);
  gst_virtcam_report_free (self->report);
  gst_virtcam_stats_free (self->stats);
  gst_virtcam_settings_free (self->settings);
  G_OBJECT_CLASS (gst_virtcam_src_parent_class)->finalize (object);
}

static void
gst_virtcam_src_class_init (GstVirtcamSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);
  g_autoptr (GstCaps) caps = gst_virtcam_caps_template (TRUE);

  object_class->set_property = gst_virtcam_src_set_property;
  object_class->get_property = gst_virtcam_src_get_property;
  object_class->constructed = gst_virtcam_src_constructed;
  object_class->dispose = gst_virtcam_src_dispose;
  object_class->finalize = gst_virtcam_src_finalize;
  gst_virtcam_src_settings_install (object_class);

  element_class->change_state = gst_virtcam_src_change_state;
  element_class->set_clock = gst_virtcam_src_set_clock;
  element_class->post_message = gst_virtcam_src_post_message;
  element_class->send_event = gst_virtcam_src_send_event;
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class, "virtcam camera source",
      "Source/Video",
      "Captures from virtcam and other V4L2 cameras without a copy",
      "The virtcam developers");

  base_class->get_caps = gst_virtcam_src_get_caps;
  base_class->negotiate = gst_virtcam_src_negotiate;
  base_class->decide_allocation = gst_virtcam_src_decide_allocation;
  base_class->start = gst_virtcam_src_start;
  base_class->stop = gst_virtcam_src_stop;
  base_class->unlock = gst_virtcam_src_unlock;
  base_class->unlock_stop = gst_virtcam_src_unlock_stop;
  base_class->create = gst_virtcam_src_create;
  base_class->query = gst_virtcam_src_query;
  base_class->event = gst_virtcam_src_event;
}

static void
gst_virtcam_src_init (GstVirtcamSrc *self)
{
  GstVirtcamCaptureParts parts = { .base = GST_BASE_SRC (self) };

  self->stats = gst_virtcam_stats_new (GST_VIRTCAM_CAPTURE);
  self->report = gst_virtcam_report_new (
      GST_ELEMENT_CAST (self), GST_VIRTCAM_CAPTURE, self->stats);
  parts.report = self->report;
  parts.settings = self->settings = gst_virtcam_src_settings_new ();
  parts.camera = self->camera = gst_virtcam_camera_new ();
  parts.clock = self->clock = gst_virtcam_clock_new ();
  parts.panel = self->panel = gst_virtcam_panel_new (
      GST_ELEMENT_CAST (self), self->camera, self->report);
  self->capture = gst_virtcam_capture_new (&parts);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}
