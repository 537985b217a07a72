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
 * Its caps are what the device enumerates: raw video, 8-bit Bayer and
 * image/jpeg. What the peer leaves open becomes 1920x1080 or the nearest below
 * at 30 frames a second, in a YUV format. The colorimetry and the interlace
 * mode are those that the device reports once the format is set. A driver that
 * neither lists rates nor says what it does is given the peer's: timestamps are
 * right, the rate in the caps may not be.
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
 * `virtcam://Front%20Door`. virtcamdeviceprovider lists those that there are.
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
 * one's, never by the number of its node. Element messages
 * "virtcamsrc-disconnected" and "virtcamsrc-reconnected" tell the application.
 * A camera that is not there when the element leaves NULL is an error always.
 *
 * The pipeline's latency grows by one frame: a frame is there only when it has
 * been captured whole.
 */

#include "gstvirtcamsrc.h"
#include "gstvirtcamtrace.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_virtcam_src_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug

#define LAUNCH_LINE(line) "\n                           gst-launch-1.0 " line

G_DEFINE_TYPE_WITH_CODE (GstVirtcamSrc, gst_virtcam_src, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_URI_HANDLER, gst_virtcam_src_uri_handler_init)
        G_IMPLEMENT_INTERFACE (
            GST_TYPE_CHILD_PROXY, gst_virtcam_src_child_proxy_init)
            G_IMPLEMENT_INTERFACE (
                GST_TYPE_COLOR_BALANCE, gst_virtcam_src_color_balance_init)
                G_IMPLEMENT_INTERFACE (GST_TYPE_VIDEO_ORIENTATION,
                    gst_virtcam_src_video_orientation_init)
                    G_IMPLEMENT_INTERFACE (GST_TYPE_VIDEO_DIRECTION,
                        gst_virtcam_src_video_direction_init)
                        GST_DEBUG_CATEGORY_INIT (gst_virtcam_src_debug,
                            "virtcamsrc", 0, "virtcam camera source"))
GST_ELEMENT_REGISTER_DEFINE (
    virtcamsrc, "virtcamsrc", GST_RANK_NONE, GST_TYPE_VIRTCAM_SRC)

/* States */

/* What was learnt of a device is kept for when it is opened again. */
static void
set_node (GstVirtcamSrc *self, VirtcamNode *node)
{
  VirtcamNode *old;

  if (node)
    virtcam_node_recall_modes (node, g_steal_pointer (&self->modes));
  g_rw_lock_writer_lock (&self->node_lock);
  old = self->node;
  self->node = node;
  g_rw_lock_writer_unlock (&self->node_lock);
  if (old == NULL)
    return;
  virtcam_modes_free (self->modes);
  self->modes = virtcam_node_part_modes (old);
  virtcam_node_close (old);
}

/* In the streaming thread, which may be interrupted any time. Takes node. */
void
gst_virtcam_src_replace_node (GstVirtcamSrc *self, VirtcamNode *node)
{
  VirtcamNode *old;

  g_rw_lock_writer_lock (&self->node_lock);
  old = self->node;
  virtcam_node_take_over (node, old);
  self->node = node;
  g_rw_lock_writer_unlock (&self->node_lock);
  virtcam_node_close (old);
}

/* No buffer of the node may be in use. */
void
gst_virtcam_src_hang_up (GstVirtcamSrc *self)
{
  g_rw_lock_writer_lock (&self->node_lock);
  virtcam_node_hang_up (self->node);
  g_rw_lock_writer_unlock (&self->node_lock);
}

static gboolean
open_node (GstVirtcamSrc *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *device = NULL;
  gboolean convert;

  device = gst_virtcam_src_find_device (self);
  if (device == NULL)
    return FALSE;
  GST_OBJECT_LOCK (self);
  self->plain_only = FALSE;
  convert = self->settings.convert;
  self->stats = (GstVirtcamStats){ .latency = GST_CLOCK_TIME_NONE };
  GST_OBJECT_UNLOCK (self);

  self->export_refused = self->import_refused = self->makes_no_more = FALSE;
  set_node (self, virtcam_node_open (device, convert, &error));
  if (self->node == NULL) {
    gst_virtcam_src_post_error (self, "open", error);
    return FALSE;
  }
  GST_INFO_OBJECT (
      self, "%s is \"%s\"", device, virtcam_node_get_card (self->node));
  if (!gst_virtcam_src_open_controls (self)) {
    set_node (self, NULL);
    return FALSE;
  }
  return TRUE;
}

/* In any state, from any thread. */
gboolean
gst_virtcam_src_is_open (GstVirtcamSrc *self)
{
  gboolean open;

  g_rw_lock_reader_lock (&self->node_lock);
  open = self->node != NULL;
  g_rw_lock_reader_unlock (&self->node_lock);
  return open;
}

/* What is captured while the pipeline is paused has no running time. */
static void
note_playing (GstVirtcamSrc *self, gboolean playing)
{
  GST_OBJECT_LOCK (self);
  self->playing = playing;
  self->playing_since = gst_util_get_timestamp ();
  self->resync = TRUE;
  GST_OBJECT_UNLOCK (self);
}

/* What the base class asks for meanwhile, in this thread, is due to a pause. */
static GstStateChangeReturn
pause_or_play (GstVirtcamSrc *self, GstStateChange transition, gboolean playing)
{
  GstStateChangeReturn result;

  note_playing (self, playing);
  g_atomic_pointer_set (&self->pausing, g_thread_self ());
  result = GST_ELEMENT_CLASS (gst_virtcam_src_parent_class)
               ->change_state (GST_ELEMENT_CAST (self), transition);
  g_atomic_pointer_set (&self->pausing, NULL);
  return result;
}

static gboolean
is_pausing (GstVirtcamSrc *self)
{
  return g_atomic_pointer_get (&self->pausing) == g_thread_self ();
}

static GstStateChangeReturn
gst_virtcam_src_change_state (GstElement *element, GstStateChange transition)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_node (self))
    return GST_STATE_CHANGE_FAILURE;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    return pause_or_play (self, transition, TRUE);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    return pause_or_play (self, transition, FALSE);

  result = GST_ELEMENT_CLASS (gst_virtcam_src_parent_class)
               ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          result == GST_STATE_CHANGE_FAILURE)) {
    gst_virtcam_src_forget_absence (self);
    set_node (self, NULL);
  }
  return result;
}

/* The base class follows every failure of the streaming thread with a bare
 * "Internal data stream error", which says less than what was posted already;
 * an application that shows the last error would show that one. */
static gboolean
gst_virtcam_src_post_message (GstElement *element, GstMessage *message)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (element);
  g_autoptr (GError) error = NULL;
  gboolean said;

  if (gst_virtcam_src_note_unknown_control (self, message))
    return TRUE;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    GST_OBJECT_LOCK (self);
    said = self->error_posted;
    self->error_posted = TRUE;
    GST_OBJECT_UNLOCK (self);
    if (said &&
        g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)) {
      gst_message_unref (message);
      return TRUE;
    }
  }
  return GST_ELEMENT_CLASS (gst_virtcam_src_parent_class)
      ->post_message (element, message);
}

static gboolean
gst_virtcam_src_start (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  self->sequence = (GstVirtcamSequence){ 0 };
  GST_OBJECT_LOCK (self);
  self->error_posted = FALSE;
  GST_OBJECT_UNLOCK (self);
  gst_virtcam_src_reset_time (self);
  return TRUE;
}

static gboolean
gst_virtcam_src_set_clock (GstElement *element, GstClock *clock)
{
  gst_virtcam_src_note_clock (GST_VIRTCAM_SRC (element), clock);
  return GST_ELEMENT_CLASS (gst_virtcam_src_parent_class)
      ->set_clock (element, clock);
}

static gboolean
gst_virtcam_src_stop (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  gst_virtcam_src_drop_buffers (self);
  GST_OBJECT_LOCK (self);
  self->latency_min = self->latency_max = GST_CLOCK_TIME_NONE;
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

/* The streaming thread is to stop waiting, for a pause or for more. */
static gboolean
gst_virtcam_src_unlock (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  if (!is_pausing (self))
    g_atomic_int_set (&self->unlocked, TRUE);
  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    virtcam_node_interrupt (self->node);
  g_rw_lock_reader_unlock (&self->node_lock);
  return TRUE;
}

static gboolean
gst_virtcam_src_unlock_stop (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  if (!is_pausing (self))
    g_atomic_int_set (&self->unlocked, FALSE);
  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    virtcam_node_resume (self->node);
  /* the end of a pause ends no flush beside it */
  if (self->node && g_atomic_int_get (&self->unlocked))
    virtcam_node_interrupt (self->node);
  g_rw_lock_reader_unlock (&self->node_lock);
  return TRUE;
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
  gst_virtcam_src_dispose_controls (GST_VIRTCAM_SRC (object));
  G_OBJECT_CLASS (gst_virtcam_src_parent_class)->dispose (object);
}

static void
gst_virtcam_src_finalize (GObject *object)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);

  g_clear_pointer (&self->channels, g_hash_table_unref);
  g_free (self->launch.unknown);
  gst_virtcam_settings_finish (&self->settings);
  gst_clear_caps (&self->capture_clock);
  virtcam_modes_free (self->modes);
  g_rw_lock_clear (&self->node_lock);
  G_OBJECT_CLASS (gst_virtcam_src_parent_class)->finalize (object);
}

static void
gst_virtcam_src_class_init (GstVirtcamSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);
  g_autoptr (GstCaps) caps = gst_virtcam_caps_template ();

  object_class->set_property = gst_virtcam_src_set_property;
  object_class->get_property = gst_virtcam_src_get_property;
  object_class->constructed = gst_virtcam_src_constructed;
  object_class->dispose = gst_virtcam_src_dispose;
  object_class->finalize = gst_virtcam_src_finalize;
  gst_virtcam_src_install_properties (object_class);
  gst_virtcam_trace_init ();

  element_class->change_state = gst_virtcam_src_change_state;
  element_class->set_clock = gst_virtcam_src_set_clock;
  element_class->post_message = gst_virtcam_src_post_message;
  element_class->send_event = gst_virtcam_src_send_event;
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class, "virtcam camera source",
      "Source/Video",
      "Captures from virtcam and other V4L2 cameras without a copy"
      /* gst-inspect-1.0 prints what follows below each other. */
      LAUNCH_LINE ("virtcamsrc ! videoconvert ! autovideosink") LAUNCH_LINE (
          "virtcamsrc num-buffers=1 ! jpegenc ! filesink "
          "location=still.jpg")
          LAUNCH_LINE ("virtcamsrc io-mode=dmabuf num-buffers=90 ! fakesink")
              LAUNCH_LINE ("-e virtcamsrc num-buffers=90 ! "
                           "video/x-raw,width=640,height=480 ! videoconvert ! "
                           "theoraenc ! oggmux ! filesink location=camera.ogg"),
      "The virtcam developers");

  base_class->get_caps = gst_virtcam_src_get_caps;
  base_class->negotiate = gst_virtcam_src_negotiate_if_present;
  base_class->decide_allocation = gst_virtcam_src_decide_if_present;
  base_class->start = gst_virtcam_src_start;
  base_class->stop = gst_virtcam_src_stop;
  base_class->unlock = gst_virtcam_src_unlock;
  base_class->unlock_stop = gst_virtcam_src_unlock_stop;
  base_class->create = gst_virtcam_src_create;
  base_class->query = gst_virtcam_src_query;
  base_class->event = gst_virtcam_src_event;
  base_class->is_seekable = gst_virtcam_src_is_seekable;
}

static void
gst_virtcam_src_init (GstVirtcamSrc *self)
{
  g_rw_lock_init (&self->node_lock);
  gst_virtcam_settings_init (&self->settings);
  self->capture_clock =
      gst_caps_new_empty_simple ("timestamp/x-system-monotonic");
  self->direction = GST_VIDEO_ORIENTATION_IDENTITY;
  self->stats.latency = GST_CLOCK_TIME_NONE;
  self->latency_min = self->latency_max = GST_CLOCK_TIME_NONE;
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}
