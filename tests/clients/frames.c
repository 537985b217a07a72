/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Raw frames that say which they are, for programs that feed a camera, and what
 * programs that watch one have got of them.
 *
 *   frames make FORMAT WIDTHxHEIGHT [COUNT]
 *   frames read FORMAT WIDTHxHEIGHT
 *   frames same FORMAT WIDTHxHEIGHT
 *
 * FORMAT is V4L2's four letters. make writes the frames of a pattern camera to its
 * output: COUNT of them, or 30 a second without an end. read prints the number in
 * the stamp of each frame of its input; it fails where there is none. same does as
 * well, and fails where a frame is not, byte for byte, one that make has made.
 */
#include <errno.h>
#include <error.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/picture.h"
#include "stamp.h"

#define INTERVAL_NS G_GUINT64_CONSTANT (33333333)

static const struct pattern_settings settings = {
  .pattern = PATTERN_BARS,
  .adjust = { 128, 128, 128, 0 },
};

static void
read_mode (struct virtcam_mode *mode, const char *format, const char *size)
{
  guint32 fourcc = 0;

  if (strlen (format) != 4 ||
      sscanf (size, "%ux%u", &mode->width, &mode->height) != 2)
    error (2, 0, "not a mode: %s %s", format, size);
  memcpy (&fourcc, format, 4);
  mode->format = virtcam_format_find (fourcc);
  if (!mode->format || mode->format->compressed)
    error (2, 0, "not a raw format: %s", format);
  virtcam_mode_set_layout (mode, 0);
}

static void
picture_new (struct pattern_picture *picture, const struct virtcam_mode *mode)
{
  pattern_picture_init (
      picture, mode, g_malloc (pattern_picture_memory (mode)));
  pattern_picture_compose (picture, &settings);
}

static void
draw (struct pattern_picture *picture, guint8 *frame, const VirtcamStamp *stamp)
{
  pattern_picture_draw (
      picture, frame, stamp->sequence, stamp->sequence * INTERVAL_NS);
  pattern_overlay_draw_stamp (
      &picture->overlay, frame, stamp->sequence, stamp->time_ns);
}

static void
make (const struct virtcam_mode *mode, gboolean endless, guint count)
{
  g_autofree guint8 *frame = g_malloc (mode->sizeimage);
  struct pattern_picture picture;

  picture_new (&picture, mode);
  for (guint i = 0; endless || i < count; i++) {
    VirtcamStamp stamp = { i, g_get_monotonic_time () * 1000 };

    draw (&picture, frame, &stamp);
    if (fwrite (frame, mode->sizeimage, 1, stdout) != 1 || fflush (stdout))
      error (1, errno, "cannot write");
    if (endless)
      g_usleep (INTERVAL_NS / 1000);
  }
}

static void
check (struct pattern_picture *picture, const guint8 *frame,
    const VirtcamStamp *stamp)
{
  g_autofree guint8 *wanted = g_malloc (picture->mode.sizeimage);

  draw (picture, wanted, stamp);
  for (guint i = 0; i < picture->mode.sizeimage; i++)
    if (frame[i] != wanted[i])
      error (1, 0, "byte %u of frame %u is %u, not %u", i, stamp->sequence,
          frame[i], wanted[i]);
}

/* Returns: whether there was a whole frame, or the input's end */
static gboolean
next_frame (const struct virtcam_mode *mode, guint8 *frame)
{
  gsize bytes = fread (frame, 1, mode->sizeimage, stdin);

  if (bytes && bytes < mode->sizeimage)
    error (1, 0, "a frame has %zu bytes, not %u", bytes, mode->sizeimage);
  return bytes;
}

static void
read_all (const struct virtcam_mode *mode, gboolean same)
{
  g_autofree guint8 *frame = g_malloc (mode->sizeimage);
  struct pattern_picture picture;
  gsize pixel_bytes, luma_offset;

  if (virtcam_stamp_layout (mode->format->fourcc, &pixel_bytes, &luma_offset))
    error (2, errno, "no stamp in this format");
  picture_new (&picture, mode);
  for (guint i = 0; next_frame (mode, frame); i++) {
    VirtcamStamp stamp;

    if (virtcam_stamp_decode (frame, mode->bytesperline, pixel_bytes,
            luma_offset, mode->width, mode->height, &stamp))
      error (1, errno, "frame %u", i);
    if (same)
      check (&picture, frame, &stamp);
    printf ("%u\n", stamp.sequence);
  }
}

int
main (int argc, char **argv)
{
  struct virtcam_mode mode = { 0 };

  if (argc < 4)
    error (2, 0, "usage: frames make|read|same FORMAT WIDTHxHEIGHT [COUNT]");
  read_mode (&mode, argv[2], argv[3]);
  if (!strcmp (argv[1], "make"))
    make (&mode, argc == 4, argc > 4 ? strtoul (argv[4], NULL, 10) : 0);
  else
    read_all (&mode, !strcmp (argv[1], "same"));
  return 0;
}
