/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From capture to push, in guest time: a frame's time stamp by the driver, which
 * is when it was due, to the moment at which virtcamsrc, or v4l2src, pushes it;
 * and to the moment at which a bare loop has it. The other clock, "done", begins
 * when the frame is drawn, which the stamp in the picture tells.
 */
#include <gst/gst.h>
#include <stdlib.h>
#include <time.h>

#include "camera.h"
#include "figure.h"
#include "loop.h"
#include "stamp.h"

#define WIDTH 640
#define HEIGHT 360
#define BUFFERS 5
#define FIRST 20
#define FRAMES 500

typedef struct {
  guint count;
  gint64 captured[FIRST + FRAMES]; /* ns from there to the push */
  gint64 drawn[FIRST + FRAMES];
} Ages;

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gint64
drawn_ns (const guint8 *picture)
{
  VirtcamStamp stamp;

  if (virtcam_stamp_decode (picture, WIDTH * 2, 2, 0, WIDTH, HEIGHT, &stamp) !=
      0)
    g_error ("the stamp of a frame: %m");
  return stamp.time_ns;
}

/* FALSE: that were enough. */
static gboolean
note_age (Ages *ages, gint64 now, gint64 captured, const guint8 *picture)
{
  ages->captured[ages->count] = now - captured;
  ages->drawn[ages->count] = now - drawn_ns (picture);
  return ++ages->count < G_N_ELEMENTS (ages->captured);
}

static GstPadProbeReturn
note_push (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gint64 now = now_ns ();
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
  gint64 captured =
      GST_BUFFER_PTS (buffer) + gst_element_get_base_time (element);
  GstMapInfo map;
  gboolean more;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    g_error ("a frame cannot be mapped");
  more = note_age (data, now, captured, map.data);
  gst_buffer_unmap (buffer, &map);
  if (!more)
    gst_pad_push_event (pad, gst_event_new_eos ());
  return more ? GST_PAD_PROBE_OK : GST_PAD_PROBE_REMOVE;
}

static void
play (const gchar *element, const gchar *node, Ages *ages)
{
  g_autofree gchar *line = g_strdup_printf (
      "%s name=source device=%s ! fakesink sync=false", element, node);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_push, ages, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    g_error ("%s fails", line);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
take (const gchar *node, Ages *ages)
{
  g_autoptr (Reader) reader = reader_open (node);
  struct v4l2_buffer buffer;
  gint64 now;

  reader_start (reader, BUFFERS);
  do {
    reader_dequeue (reader, &buffer);
    now = now_ns ();
    reader_queue (reader, buffer.index);
  } while (note_age (
      ages, now, reader_timestamp (&buffer), reader->data[buffer.index]));
  reader_stream_off (reader);
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static void
print (const gchar *who, const gchar *since, gint64 *ages)
{
  gint64 *counted = ages + FIRST;

  qsort (counted, FRAMES, sizeof *counted, compare);
  figure_print (counted[FRAMES / 2], "latency/%s/%s/p50", since, who);
  figure_print (counted[FRAMES * 99 / 100], "latency/%s/%s/p99", since, who);
}

static void
report (const gchar *who, Ages *ages)
{
  print (who, "captured", ages->captured);
  print (who, "done", ages->drawn);
}

int
main (int argc, char **argv)
{
  static Ages ours, theirs, bare;
  g_autoptr (TestCamera) camera = NULL;

  gst_init (&argc, &argv);
  if (!test_camera_available ()) {
    g_printerr ("virtcam must be loaded\n");
    return 77;
  }
  camera = test_camera_new (
      "formats", "YUYV", "sizes", "640x360", "intervals", "1/25", NULL);
  test_camera_settle ();
  play ("virtcamsrc", camera->node, &ours);
  report ("virtcamsrc", &ours);
  play ("v4l2src", camera->node, &theirs);
  report ("v4l2src", &theirs);
  take (camera->node, &bare);
  report ("bare", &bare);
  return 0;
}
