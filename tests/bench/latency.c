/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From capture to push, in guest time: a frame's time stamp by the driver, which
 * is when it was due, to the moment at which virtcamsrc, or v4l2src, pushes it;
 * and to the moment at which a bare loop has it. The other clock, "done", begins
 * when the frame is drawn, which the stamp in the picture tells.
 */
#include <gst/gst.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "pipeline.h"
#include "reader.h"
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
  gint64 now = reader_now ();
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
  g_autoptr (GstElement) pipeline = pipeline_new (
      "%s name=source device=%s ! fakesink sync=false", element, node);
  g_autoptr (GstPad) pad = pipeline_get_pad (pipeline, "source", "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_push, ages, NULL);
  pipeline_play_to_the_end (pipeline);
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
    now = reader_now ();
    reader_queue (reader, buffer.index);
  } while (note_age (
      ages, now, reader_timestamp (&buffer), reader->data[buffer.index]));
  reader_stream_off (reader);
}

static void
print (const gchar *who, const gchar *since, gint64 *ages)
{
  gint64 *counted = ages + FIRST;

  figures_sort (counted, FRAMES);
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
  drivers_need_virtcam ();
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
