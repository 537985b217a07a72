/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What drawing a frame costs: instructions per frame, for each format and size.
 * Run it where time counts instructions:
 *
 *   tests/guest/boot --icount --load 'virtcam devices=0' -- \
 *     sh -c '$VIRTCAM_BUILD/tests/bench/draw'
 *
 * There a nanosecond of a thread's processor time is half an instruction. The
 * difference of two readings leaves the start of the stream out. The limit is
 * a bare copy of the frame's bytes, eight at a time.
 */
#include "camera.h"
#include "reader.h"

#include <stdlib.h>

#define BUFFERS 4
#define FIRST 10
#define FRAMES 50

static const guint32 formats[] = {
  V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY, V4L2_PIX_FMT_NV12,
  V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24,
  V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_GREY, V4L2_PIX_FMT_SRGGB8,
};

static const struct
{
  guint width, height;
} sizes[] = { { 640, 480 }, { 1920, 1080 }, { 3840, 2160 } };

/* The folder in /proc of the thread that draws for @node. */
static char *
find_thread (const char *node)
{
  g_autofree char *name = g_strdup_printf ("virtcam-%s\n", node + 5);
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;

  while ((entry = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename ("/proc", entry, "comm", NULL);
    g_autofree char *comm = NULL;

    if (g_file_get_contents (path, &comm, NULL, NULL) &&
        g_str_equal (comm, name))
      return g_build_filename ("/proc", entry, "schedstat", NULL);
  }
  g_error ("no thread draws for %s", node);
}

static guint64
processor_time (const char *schedstat)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (schedstat, &text, NULL, NULL))
    g_error ("%s cannot be read", schedstat);
  return g_ascii_strtoull (text, NULL, 10);
}

static void
pass_frames (Reader *reader, guint count)
{
  struct v4l2_buffer buffer;

  while (count--) {
    reader_dequeue (reader, &buffer);
    reader_queue (reader, buffer.index);
  }
}

static void
measure (const char *node, guint32 fourcc, guint width, guint height)
{
  g_autoptr (Reader) reader = reader_open (node);
  g_autofree char *thread = NULL;
  guint64 spent, limit;

  reader_set_format (reader, fourcc, width, height, 0);
  reader_set_interval (reader, 1, 10);
  reader_start (reader, BUFFERS);
  pass_frames (reader, FIRST);
  thread = find_thread (node);
  spent = processor_time (thread);
  pass_frames (reader, FRAMES);
  spent = (processor_time (thread) - spent) / 2 / FRAMES;
  reader_stream_off (reader);

  limit = reader->format.fmt.pix.sizeimage / 8;
  g_print ("%-6.4s %4ux%-4u %10u %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT
      " %6.2f\n", (const char *) &fourcc, width, height,
      reader->format.fmt.pix.sizeimage, spent, limit, (double) spent / limit);
}

int
main (void)
{
  g_autoptr (TestCamera) camera = NULL;

  if (!test_camera_available ()) {
    g_printerr ("virtcam is not loaded\n");
    return 77;
  }
  camera = test_camera_new (NULL, NULL);
  test_camera_settle ();
  g_print ("%-6s %-9s %10s %12s %12s %6s\n", "format", "size", "bytes",
      "instructions", "limit", "ratio");
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
      measure (camera->node, formats[f], sizes[s].width, sizes[s].height);
  return 0;
}
