/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rig.h"

#include <linux/videodev2.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

const RigFormat rig_formats[RIG_N_FORMATS] = {
  { V4L2_PIX_FMT_YUYV, "video/x-raw,format=YUY2" },
  { V4L2_PIX_FMT_UYVY, "video/x-raw,format=UYVY" },
  { V4L2_PIX_FMT_NV12, "video/x-raw,format=NV12" },
  { V4L2_PIX_FMT_YUV420, "video/x-raw,format=I420" },
  { V4L2_PIX_FMT_RGB24, "video/x-raw,format=RGB" },
  { V4L2_PIX_FMT_BGR24, "video/x-raw,format=BGR" },
  { V4L2_PIX_FMT_XBGR32, "video/x-raw,format=BGRx" },
  { V4L2_PIX_FMT_GREY, "video/x-raw,format=GRAY8" },
  { V4L2_PIX_FMT_SRGGB8, "video/x-bayer,format=rggb" },
};

static void
handle_frame (
    GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  Rig *rig = user_data;

  if (rig->on_frame)
    rig->on_frame (rig, buffer, rig->n_frames, rig->data);
  g_mutex_lock (&rig->lock);
  rig->n_frames++;
  g_cond_broadcast (&rig->arrived);
  g_mutex_unlock (&rig->lock);
}

Rig *
rig_new (const gchar *device)
{
  Rig *rig = g_new0 (Rig, 1);

  rig->pipeline =
      gst_parse_launch ("virtcamsrc name=source ! capsfilter name=filter ! "
                        "fakesink name=sink sync=false signal-handoffs=true",
          NULL);
  fail_unless (rig->pipeline != NULL);
  rig->source = gst_bin_get_by_name (GST_BIN (rig->pipeline), "source");
  rig->filter = gst_bin_get_by_name (GST_BIN (rig->pipeline), "filter");
  rig->sink = gst_bin_get_by_name (GST_BIN (rig->pipeline), "sink");
  rig->bus = gst_element_get_bus (rig->pipeline);
  g_object_set (rig->source, "device", device, NULL);
  g_signal_connect (rig->sink, "handoff", G_CALLBACK (handle_frame), rig);
  g_mutex_init (&rig->lock);
  g_cond_init (&rig->arrived);
  return rig;
}

typedef struct {
  GMutex lock;
  GCond changed;
  gboolean gone;
} End;

static void
note_end (gpointer data, GObject *object)
{
  End *end = data;

  g_mutex_lock (&end->lock);
  end->gone = TRUE;
  g_cond_signal (&end->changed);
  g_mutex_unlock (&end->lock);
}

void
rig_unref_last (gpointer object)
{
  End end = { 0 };

  g_object_weak_ref (object, note_end, &end);
  g_object_unref (object);
  g_mutex_lock (&end.lock);
  while (!end.gone)
    g_cond_wait (&end.changed, &end.lock);
  g_mutex_unlock (&end.lock);
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* A number of whatever length is one sign. */
static void
hide_numbers (gchar *text)
{
  gchar *end = text;

  for (; *text; text++)
    if (!g_ascii_isdigit (*text))
      *end++ = *text;
    else if (!g_ascii_isdigit (text[1]))
      *end++ = '#';
  *end = '\0';
}

gchar *
rig_list_fds (guint *count)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename ("/proc/self/fd", name, NULL);
    gchar *target = g_file_read_link (path, NULL);

    if (target == NULL)
      continue;
    hide_numbers (target);
    g_ptr_array_add (list, target);
  }
  *count = list->len;
  g_ptr_array_sort (list, compare_text);
  g_ptr_array_add (list, NULL);
  return g_strjoinv (" ", (gchar **) list->pdata);
}

void
rig_free (Rig *rig)
{
  if (rig == NULL)
    return;
  rig_stop (rig);
  gst_object_unref (rig->bus);
  gst_object_unref (rig->source);
  gst_object_unref (rig->filter);
  gst_object_unref (rig->sink);
  rig_unref_last (rig->pipeline);
  g_mutex_clear (&rig->lock);
  g_cond_clear (&rig->arrived);
  g_free (rig);
}

void
rig_set_caps (Rig *rig, const gchar *caps)
{
  gst_util_set_object_arg (G_OBJECT (rig->filter), "caps", caps);
}

void
rig_on_frame (Rig *rig, RigFrame on_frame, gpointer data)
{
  rig->on_frame = on_frame;
  rig->data = data;
}

/* answer is called with every query that reaches the sink. */
void
rig_answer_allocation (Rig *rig, GstPadProbeCallback answer, gpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->sink, "sink");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer, data, NULL);
}

static GstPadProbeReturn
accept_video_meta (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

void
rig_accept_video_meta (Rig *rig)
{
  rig_answer_allocation (rig, accept_video_meta, NULL);
}

/* With a sink whose state is lost by a flush, GstBin's own two threads, that
 * which flushes and that which ends the state change, can lock each other. */
void
rig_keep_state (Rig *rig)
{
  g_object_set (rig->sink, "async", FALSE, NULL);
}

/* As an application does it. */
void
rig_flush (Rig *rig, gboolean reset_time)
{
  rig_keep_state (rig);
  fail_unless (
      gst_element_send_event (rig->source, gst_event_new_flush_start ()));
  fail_unless (gst_element_send_event (
      rig->source, gst_event_new_flush_stop (reset_time)));
}

void
rig_play (Rig *rig)
{
  fail_if (gst_element_set_state (rig->pipeline, GST_STATE_PLAYING) ==
           GST_STATE_CHANGE_FAILURE);
}

void
rig_stop (Rig *rig)
{
  fail_unless_equals_int (gst_element_set_state (rig->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}

/* Until the rig has seen so many in its life; an error fails the test by its
 * time limit, and is printed. */
void
rig_wait_for_frames (Rig *rig, guint count)
{
  g_mutex_lock (&rig->lock);
  while (rig->n_frames < count)
    g_cond_wait (&rig->arrived, &rig->lock);
  g_mutex_unlock (&rig->lock);
}

static GstMessage *
wait_for_end (Rig *rig)
{
  return gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
}

/* From NULL to EOS after so many frames, and back to NULL. */
void
rig_run (Rig *rig, gint n_frames)
{
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (rig->source, "num-buffers", n_frames, NULL);
  rig_play (rig);
  message = wait_for_end (rig);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_if (error != NULL, "%s", error ? error->message : "");
  rig_stop (rig);
}

/* The first error that is posted; debug may be NULL. */
GError *
rig_wait_for_error (Rig *rig, gchar **debug)
{
  g_autoptr (GstMessage) message = wait_for_end (rig);
  GError *error;

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, debug);
  return error;
}

/* The next element message of that name, whatever others come before; an error
 * or the end fails the test. */
GstStructure *
rig_wait_for_message (Rig *rig, const gchar *name)
{
  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (rig->bus, GST_CLOCK_TIME_NONE,
            GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    const GstStructure *structure = gst_message_get_structure (message);
    g_autofree gchar *text =
        structure ? gst_structure_to_string (structure) : NULL;

    fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT,
        "%s instead of %s: %s", GST_MESSAGE_TYPE_NAME (message), name, text);
    if (gst_structure_has_name (structure, name))
      return gst_structure_copy (structure);
  }
}

GError *
rig_run_into_error (Rig *rig, gchar **debug)
{
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  return rig_wait_for_error (rig, debug);
}

guint64
rig_get_count (Rig *rig, const gchar *statistic)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 count = 0;

  g_object_get (rig->source, "stats", &stats, NULL);
  fail_unless (gst_structure_has_name (stats, "virtcamsrc-stats"));
  fail_unless (gst_structure_get_uint64 (stats, statistic, &count), statistic);
  return count;
}

/* What the source has negotiated. */
GstCaps *
rig_get_caps (Rig *rig)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  return gst_pad_get_current_caps (pad);
}

gboolean
rig_has_caps (Rig *rig, const gchar *expected)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);

  return caps && gst_caps_is_subset (caps, wanted);
}

/* Until a frame has arrived with them. */
void
rig_wait_for_caps (Rig *rig, const gchar *expected)
{
  while (!rig_has_caps (rig, expected))
    rig_wait_for_frames (rig, rig->n_frames + 1);
  rig_wait_for_frames (rig, rig->n_frames + 2);
}

static guint32
fourcc_of (const GstStructure *structure)
{
  const gchar *format = gst_structure_get_string (structure, "format");

  for (guint i = 0; i < RIG_N_FORMATS; i++) {
    if (g_str_equal (strrchr (rig_formats[i].caps, '=') + 1, format))
      return rig_formats[i].fourcc;
  }
  g_error ("%s is no format of virtcam", format);
}

/* The buffer must have a stamp, and a sound one. */
VirtcamStamp
rig_read_stamp (Rig *rig, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  gsize pixel_bytes, luma_offset;
  gint width, height, stride;
  VirtcamStamp stamp;
  GstMapInfo map;

  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  stride = meta ? meta->stride[0] : GST_ROUND_UP_4 (width);
  fail_unless (virtcam_stamp_layout (
                   fourcc_of (structure), &pixel_bytes, &luma_offset) == 0);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless (virtcam_stamp_decode (map.data, stride, pixel_bytes, luma_offset,
                   width, height, &stamp) == 0,
      "%s: %s", gst_structure_get_string (structure, "format"),
      g_strerror (errno));
  gst_buffer_unmap (buffer, &map);
  return stamp;
}

/* to: NULL for none. At each change GStreamer leaks a list, by design: other
 * threads may be reading it. */
void
rig_change_log (GstLogFunction from, GstLogFunction to, gpointer data)
{
  __lsan_disable ();
  gst_debug_remove_log_function (from);
  if (to)
    gst_debug_add_log_function (to, data, NULL);
  __lsan_enable ();
}

/* From GStreamer 1.24 on there are the same pictures as DMA_DRM as well. */
void
rig_leave_out_drm (GstCaps **caps)
{
  GstCaps *rest = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (*caps); i++) {
    GstCapsFeatures *features = gst_caps_get_features (*caps, i);

    if (!gst_caps_features_contains (features, "memory:DMABuf"))
      gst_caps_append_structure_full (rest,
          gst_structure_copy (gst_caps_get_structure (*caps, i)),
          gst_caps_features_copy (features));
  }
  gst_caps_unref (*caps);
  *caps = rest;
}
