/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Embeds virtcamsrc in a program: pulls frames from an appsink, reads the
 * stamp that virtcam's cameras draw into each, and tells what arrived.
 *
 *   capture [DEVICE [FRAMES [FOLDER [PORT]]]]
 *
 * With a FOLDER, twelve of the frames are left there as PNG files. With a PORT, the
 * stamps are by the clock of a virtual machine's host, who is asked for it there.
 */
#include <stdlib.h>

#include <gst/app/app.h>
#include <gst/video/video.h>
#include <linux/videodev2.h>

#include "host-clock.h"
#include "stamp.h"

#define STILLS 12
#define CAPS "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1"

typedef struct {
  guint64 frames, stamped, holes;
  guint32 last;
  GArray *latencies; /* from drawn to received */
  GArray *ages;      /* from drawn to the time that the camera says */
  GstSample *stills[STILLS];
} Tally;

/* The stamp is read where the driver put it: nothing is copied here. */
static gboolean
read_stamp (GstSample *sample, VirtcamStamp *stamp)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstVideoFrame frame;
  GstVideoInfo info;
  gsize bytes, offset;
  int failed;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    return FALSE;
  virtcam_stamp_layout (V4L2_PIX_FMT_NV12, &bytes, &offset);
  failed = virtcam_stamp_decode (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), bytes, offset,
      GST_VIDEO_FRAME_WIDTH (&frame), GST_VIDEO_FRAME_HEIGHT (&frame), stamp);
  gst_video_frame_unmap (&frame);
  return !failed;
}

/* Kept frames are copied: the camera gets its buffer back at once. */
static GstSample *
keep (GstSample *sample)
{
  g_autoptr (GstBuffer) copy =
      gst_buffer_copy_deep (gst_sample_get_buffer (sample));

  return gst_sample_new (copy, gst_sample_get_caps (sample), NULL, NULL);
}

static void
count_frame (
    Tally *tally, GstSample *sample, guint64 expected, GstClockTime base)
{
  GstClockTime captured =
      base + GST_BUFFER_PTS (gst_sample_get_buffer (sample));
  guint64 now = g_get_monotonic_time () * 1000;
  guint64 nth = tally->frames++;
  VirtcamStamp stamp;
  gint64 latency, age;

  if (nth * STILLS % expected < STILLS && nth * STILLS / expected < STILLS)
    tally->stills[nth * STILLS / expected] = keep (sample);
  if (!read_stamp (sample, &stamp))
    return;
  if (tally->stamped++ && stamp.sequence != tally->last + 1)
    tally->holes++;
  tally->last = stamp.sequence;
  latency = (gint64) (now - stamp.time_ns);
  g_array_append_val (tally->latencies, latency);
  age = (gint64) (captured - stamp.time_ns);
  g_array_append_val (tally->ages, age);
}

static int
by_value (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* ahead: by how much the clock of the stamps is ahead of ours */
static void
print_times (GArray *times, gint64 ahead, const gchar *name, const gchar *what)
{
  if (times->len == 0)
    return;
  g_array_sort (times, by_value);
  g_print ("%s: median %.3f ms, longest %.3f ms, from drawn to %s\n", name,
      (g_array_index (times, gint64, times->len / 2) + ahead) / 1e6,
      (g_array_index (times, gint64, times->len - 1) + ahead) / 1e6, what);
}

/* The clocks do not run equally fast: before and after the stream they differ. */
static void
print_host_times (
    const Tally *tally, const HostClock *before, const HostClock *after)
{
  gint64 ahead = (before->ahead + after->ahead) / 2;
  gint64 error = MAX (before->error, after->error) +
                 ABS (after->ahead - before->ahead) / 2;

  print_times (tally->latencies, ahead, "latency", "here");
  print_times (tally->ages, ahead, "time stamps", "what they say");
  g_print (
      "both are right to %.3f ms: the host's clock was asked for before and "
      "after\n",
      error / 1e6);
}

static void
print_report (const Tally *tally, GstElement *source)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 dropped = 0, copied = 0, corrupted = 0;

  g_object_get (source, "stats", &stats, NULL);
  gst_structure_get (stats, "dropped", G_TYPE_UINT64, &dropped, "copied",
      G_TYPE_UINT64, &copied, "corrupted", G_TYPE_UINT64, &corrupted, NULL);
  g_print ("frames: %" G_GUINT64_FORMAT " (" CAPS ")\n", tally->frames);
  g_print ("stamped: %" G_GUINT64_FORMAT ", checksum right\n", tally->stamped);
  g_print ("holes in the sequence: %" G_GUINT64_FORMAT "\n", tally->holes);
  g_print ("dropped: %" G_GUINT64_FORMAT "\n", dropped);
  g_print ("copied: %" G_GUINT64_FORMAT "\n", copied);
  g_print ("corrupted: %" G_GUINT64_FORMAT "\n", corrupted);
}

static void
write_still (GstSample *sample, const gchar *folder, guint number)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("image/png");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = g_strdup_printf ("%s/%02u.png", folder, number);
  g_autoptr (GstSample) png =
      gst_video_convert_sample (sample, caps, 60 * GST_SECOND, &error);
  GstMapInfo map;

  if (png && gst_buffer_map (gst_sample_get_buffer (png), &map, GST_MAP_READ)) {
    g_file_set_contents (name, (const gchar *) map.data, map.size, &error);
    gst_buffer_unmap (gst_sample_get_buffer (png), &map);
  }
  if (error)
    g_printerr ("%s: %s\n", name, error->message);
}

/* Why no more frames came, if it was not the end. */
static gboolean
print_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (message == NULL)
    return FALSE;
  gst_message_parse_error (message, &error, NULL);
  g_printerr ("%s\n", error->message);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autofree gchar *line = NULL;
  g_autoptr (GstElement) pipeline = NULL, source = NULL, sink = NULL;
  g_autoptr (GError) error = NULL;
  Tally tally = { .latencies = g_array_new (FALSE, FALSE, sizeof (gint64)),
    .ages = g_array_new (FALSE, FALSE, sizeof (gint64)) };
  const gchar *port = argc > 4 ? argv[4] : NULL;
  HostClock before, after;
  guint64 expected;
  GstSample *sample;
  gboolean failed;

  gst_init (&argc, &argv);
  expected = argc > 2 ? MAX (strtoull (argv[2], NULL, 10), 1) : 120;
  line = g_strdup_printf (
      "virtcamsrc name=source device=%s num-buffers=%" G_GUINT64_FORMAT
      " ! " CAPS " ! appsink name=sink sync=false",
      argc > 1 ? argv[1] : "/dev/video0", expected);
  pipeline = gst_parse_launch (line, &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");

  if (port && !host_clock_read (port, &before))
    return 1;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink)))) {
    count_frame (
        &tally, sample, expected, gst_element_get_base_time (pipeline));
    gst_sample_unref (sample);
  }
  failed = print_error (pipeline);
  print_report (&tally, source);
  if (port == NULL)
    print_times (tally.latencies, 0, "latency", "here");
  else if (host_clock_read (port, &after))
    print_host_times (&tally, &before, &after);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  for (guint i = 0; i < STILLS; i++) {
    if (argc > 3 && tally.stills[i])
      write_still (tally.stills[i], argv[3], i);
    g_clear_pointer (&tally.stills[i], gst_sample_unref);
  }
  g_array_unref (tally.latencies);
  g_array_unref (tally.ages);
  return failed || tally.frames != expected;
}
