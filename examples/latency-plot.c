/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plots the latency of a pipeline: from the end of a frame's drawing, which
 * the stamp in the picture tells, to its arrival at the end of the pipeline.
 *
 *   latency-plot --device=/dev/video0 --out=latency.png
 *   latency-plot --through='videoconvert ! jpegenc ! jpegdec'
 *
 * The picture is drawn anew every second; an image viewer that watches the
 * file shows it live, and a line tells of each drawing. Ctrl-C ends the stream and draws it a last time.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <gst/video/video.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "latency-chart.h"
#include "stamp.h"

/* what is drawn: the latest frames, 5 minutes of them at 30 a second */
#define WINDOW 9000

static char *device = "/dev/video0";
static char *out = "latency.png";
static char *caps = "video/x-raw";
static char *through = "identity";
static int frames = 600;
static double every = 1;

static const GOptionEntry options[] = {
  { "device", 'd', 0, G_OPTION_ARG_FILENAME, &device,
      "The camera (/dev/video0)", "FILE" },
  { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "The picture (latency.png)",
      "FILE" },
  { "caps", 'c', 0, G_OPTION_ARG_STRING, &caps,
      "What to ask of the camera (video/x-raw)", "CAPS" },
  { "through", 't', 0, G_OPTION_ARG_STRING, &through,
      "What the frames go through, without scaling (identity)", "ELEMENTS" },
  { "frames", 'n', 0, G_OPTION_ARG_INT, &frames,
      "How many, -1 for no end (600)", "N" },
  { "every", 'e', 0, G_OPTION_ARG_DOUBLE, &every,
      "Draw so often, 0 at the end only (1)", "SECONDS" },
  { 0 },
};

typedef struct {
  GstElement *pipeline, *source;
  GMainLoop *loop;
  int status;

  GMutex lock; /* guards the rest */
  GArray *points;
  guint64 n_frames, n_lost, n_unreadable;
  guint64 start; /* of the first arrival, CLOCK_MONOTONIC ns */
  guint32 last;
} Plot;

static const struct {
  GstVideoFormat format;
  guint32 fourcc;
} formats[] = {
  { GST_VIDEO_FORMAT_YUY2, V4L2_PIX_FMT_YUYV },
  { GST_VIDEO_FORMAT_UYVY, V4L2_PIX_FMT_UYVY },
  { GST_VIDEO_FORMAT_NV12, V4L2_PIX_FMT_NV12 },
  { GST_VIDEO_FORMAT_I420, V4L2_PIX_FMT_YUV420 },
  { GST_VIDEO_FORMAT_RGB, V4L2_PIX_FMT_RGB24 },
  { GST_VIDEO_FORMAT_BGR, V4L2_PIX_FMT_BGR24 },
  { GST_VIDEO_FORMAT_BGRx, V4L2_PIX_FMT_XBGR32 },
  { GST_VIDEO_FORMAT_GRAY8, V4L2_PIX_FMT_GREY },
};

#define READABLE "video/x-raw,format={YUY2,UYVY,NV12,I420,RGB,BGR,BGRx,GRAY8}"

/* Measuring, in the streaming thread */

static gboolean
decode_stamp (GstVideoFrame *frame, VirtcamStamp *stamp)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    gsize bytes, offset;

    if (formats[i].format != GST_VIDEO_FRAME_FORMAT (frame))
      continue;
    virtcam_stamp_layout (formats[i].fourcc, &bytes, &offset);
    return virtcam_stamp_decode (GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
               GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0), bytes, offset,
               GST_VIDEO_FRAME_WIDTH (frame), GST_VIDEO_FRAME_HEIGHT (frame),
               stamp) == 0;
  }
  return FALSE;
}

static gboolean
read_stamp (GstPad *pad, GstBuffer *buffer, VirtcamStamp *stamp)
{
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (pad);
  GstVideoFrame frame;
  GstVideoInfo info;
  gboolean ok;

  if (current == NULL || !gst_video_info_from_caps (&info, current) ||
      !gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    return FALSE;
  ok = decode_stamp (&frame, stamp);
  gst_video_frame_unmap (&frame);
  return ok;
}

static void
add_point (Plot *plot, const VirtcamStamp *stamp, guint64 now)
{
  LatencyPoint point = { .latency = (now - stamp->time_ns) / 1e6 };

  if (plot->n_frames++ == 0)
    plot->start = now;
  else
    point.lost = stamp->sequence - plot->last - 1;
  point.time = (now - plot->start) / 1e9;
  plot->last = stamp->sequence;
  plot->n_lost += point.lost;
  if (plot->points->len == 2 * WINDOW)
    g_array_remove_range (plot->points, 0, WINDOW);
  g_array_append_val (plot->points, point);
}

static GstPadProbeReturn
measure (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  guint64 now = gst_util_get_timestamp ();
  Plot *plot = data;
  VirtcamStamp stamp;
  gboolean ok = read_stamp (pad, GST_PAD_PROBE_INFO_BUFFER (info), &stamp);

  g_mutex_lock (&plot->lock);
  if (ok)
    add_point (plot, &stamp, now);
  else
    plot->n_unreadable++;
  g_mutex_unlock (&plot->lock);
  return GST_PAD_PROBE_OK;
}

/* Drawing, in the main thread */

static char *
get_card (void)
{
  struct v4l2_capability capability = { 0 };
  int fd = open (device, O_RDWR | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0)
    return g_strdup (device);
  ioctl (fd, VIDIOC_QUERYCAP, &capability);
  close (fd);
  return g_strdup_printf ("%.32s (%s)", (char *) capability.card, device);
}

static char *
get_mode (Plot *plot)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (plot->source, "src");
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (pad);
  GstVideoInfo info;

  if (current == NULL || !gst_video_info_from_caps (&info, current))
    return g_strdup ("no mode yet");
  return g_strdup_printf ("%s %dx%d, %g frames a second",
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (&info)),
      GST_VIDEO_INFO_WIDTH (&info), GST_VIDEO_INFO_HEIGHT (&info),
      (double) GST_VIDEO_INFO_FPS_N (&info) / GST_VIDEO_INFO_FPS_D (&info));
}

static gboolean
draw (gpointer data)
{
  Plot *plot = data;
  g_autofree char *title = get_card (), *mode = get_mode (plot);
  g_autofree char *subtitle = NULL, *footer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree LatencyPoint *points = NULL;
  guint first, n;

  g_mutex_lock (&plot->lock);
  n = MIN (plot->points->len, WINDOW);
  first = plot->points->len - n;
  points = g_memdup2 (
      (LatencyPoint *) plot->points->data + first, n * sizeof *points);
  subtitle = g_strdup_printf ("%s: %" G_GUINT64_FORMAT
                              " frames received, %" G_GUINT64_FORMAT " lost",
      mode, plot->n_frames, plot->n_lost);
  g_mutex_unlock (&plot->lock);

  footer = g_strdup_printf ("from the end of drawing, as the stamp in the "
                            "picture tells, to the end of: virtcamsrc ! %s",
      through);
  if (!latency_chart_write (
          &(LatencyChart){ title, subtitle, footer, points, n }, out, &error)) {
    g_printerr ("%s\n", error->message);
    plot->status = 1;
    g_main_loop_quit (plot->loop);
    return G_SOURCE_CONTINUE;
  }
  g_print ("%s\n", subtitle);
  return G_SOURCE_CONTINUE;
}

/* The pipeline */

static gboolean
handle_message (G_GNUC_UNUSED GstBus *bus, GstMessage *message, gpointer data)
{
  Plot *plot = data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error->message);
    plot->status = 1;
  }
  if (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_ERROR | GST_MESSAGE_EOS))
    g_main_loop_quit (plot->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
end_stream (gpointer data)
{
  gst_element_send_event (((Plot *) data)->pipeline, gst_event_new_eos ());
  return G_SOURCE_CONTINUE;
}

static gboolean
set_caps (Plot *plot, const char *filter, const char *text, GError **error)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (plot->pipeline), filter);
  g_autoptr (GstCaps) value = gst_caps_from_string (text);

  if (value == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--caps: \"%s\" are no caps", text);
    return FALSE;
  }
  g_object_set (element, "caps", value, NULL);
  return TRUE;
}

static void
watch (Plot *plot)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (plot->pipeline);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (plot->pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, measure, plot, NULL);
  gst_bus_add_watch (bus, handle_message, plot);
}

static gboolean
make_pipeline (Plot *plot, GError **error)
{
  g_autofree char *line = g_strdup_printf (
      "virtcamsrc name=source num-buffers=%d ! capsfilter name=asked ! %s ! "
      "capsfilter name=readable ! fakesink name=sink sync=false",
      frames, through);

  plot->pipeline =
      gst_parse_launch_full (line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (plot->pipeline == NULL)
    return FALSE;
  plot->source = gst_bin_get_by_name (GST_BIN (plot->pipeline), "source");
  g_object_set (plot->source, "device", device, NULL);
  if (!set_caps (plot, "asked", caps, error) ||
      !set_caps (plot, "readable", READABLE, error))
    return FALSE;
  watch (plot);
  return TRUE;
}

static void
run (Plot *plot)
{
  guint interrupt = g_unix_signal_add (SIGINT, end_stream, plot);
  guint timer = 0;

  /* after messages, however long a drawing takes */
  if (every > 0)
    timer = g_timeout_add_full (G_PRIORITY_LOW, every * 1000, draw, plot, NULL);

  gst_element_set_state (plot->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (plot->loop);
  if (timer)
    g_source_remove (timer);
  g_source_remove (interrupt);
  if (plot->status == 0)
    draw (plot);
  gst_element_set_state (plot->pipeline, GST_STATE_NULL);
}

static void
report_unreadable (Plot *plot)
{
  if (plot->n_unreadable == 0)
    return;
  g_printerr ("%" G_GUINT64_FORMAT
              " frames had no stamp that can be read: only "
              "virtcam's cameras draw one, and scaling destroys it\n",
      plot->n_unreadable);
  plot->status = 1;
}

static void
finish (Plot *plot)
{
  g_autoptr (GstBus) bus = NULL;

  if (plot->pipeline) {
    bus = gst_element_get_bus (plot->pipeline);
    gst_bus_remove_watch (bus);
  }
  gst_clear_object (&plot->source);
  gst_clear_object (&plot->pipeline);
  g_main_loop_unref (plot->loop);
  g_array_unref (plot->points);
  g_mutex_clear (&plot->lock);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Plot plot = { .loop = g_main_loop_new (NULL, FALSE),
    .points = g_array_new (FALSE, FALSE, sizeof (LatencyPoint)) };

  g_mutex_init (&plot.lock);
  g_option_context_set_summary (
      context, "Plots the latency of a pipeline from a virtcam camera.");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) ||
      !make_pipeline (&plot, &error)) {
    g_printerr ("%s\n", error->message);
    plot.status = 2;
  } else {
    run (&plot);
    if (plot.status == 0)
      report_unreadable (&plot);
  }
  finish (&plot);
  return plot.status;
}
