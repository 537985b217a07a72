/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What drawing a frame costs: instructions per frame of the kernel thread that
 * draws, waking and handing over included, for each format and size, virtcam's
 * and vivid's. The difference of two readings leaves out the start of the
 * stream. The limit is a bare copy of the frame's bytes, eight at a time.
 */
#include <string.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "vivid.h"

#define FRAMES 30

static const guint32 formats[] = {
  V4L2_PIX_FMT_YUYV,
  V4L2_PIX_FMT_UYVY,
  V4L2_PIX_FMT_NV12,
  V4L2_PIX_FMT_YUV420,
  V4L2_PIX_FMT_RGB24,
  V4L2_PIX_FMT_BGR24,
  V4L2_PIX_FMT_XBGR32,
  V4L2_PIX_FMT_GREY,
  V4L2_PIX_FMT_SRGGB8,
};

static const struct {
  guint width, height;
} sizes[] = { { 640, 480 }, { 1920, 1080 }, { 3840, 2160 } };

static void
measure (const char *device, const char *node, guint32 fourcc, guint width,
    guint height)
{
  g_autoptr (Reader) reader = reader_open (node);
  char format[5] = { 0 };

  memcpy (format, &fourcc, sizeof fourcc);
  reader_set_format (reader, fourcc, width, height, 0);
  figure_print (loop_start (reader, device, node, FRAMES).drawing,
      "draw/%ux%u/%s/%s", width, height, g_strstrip (format), device);
  reader_stream_off (reader);
  if (g_str_equal (device, "virtcam"))
    figure_print (reader->format.fmt.pix.sizeimage / 8, "draw/%ux%u/%s/memcpy",
        width, height, format);
}

int
main (void)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autofree char *vivid = NULL;

  drivers_need_both ();
  vivid = vivid_find ();
  camera = test_camera_new ("intervals", "1/10", NULL);
  test_camera_settle ();
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
      measure (
          "virtcam", camera->node, formats[f], sizes[s].width, sizes[s].height);
      measure ("vivid", vivid, formats[f], sizes[s].width, sizes[s].height);
    }
  return 0;
}
