/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames copied between strides: each row arrives, and nothing else is touched. */
#include <glib.h>
#include <string.h>

#include <virtcam/layout.h>

#define UNTOUCHED 0xee
#define GUARD 64

static const u32 sizes[][2] = { { 16, 16 }, { 18, 20 }, { 66, 16 } };
static const u32 paddings[] = { 0, 4, 64, 132 };

static void
make_mode (struct virtcam_mode *mode, const struct virtcam_format *format,
    u32 width, u32 height, u32 padding)
{
  *mode = (struct virtcam_mode){
    .format = format,
    .width = width,
    .height = height,
  };
  virtcam_mode_set_layout (
      mode, virtcam_format_min_bytesperline (format, width) + padding);
}

/* Bytes of a row that belong to pixels: all of them where there is no padding */
static u32
row_bytes (const struct virtcam_mode *mode, guint plane)
{
  struct virtcam_mode tight = *mode;

  tight.bytesperline =
      virtcam_format_min_bytesperline (mode->format, mode->width);
  return virtcam_mode_plane_stride (&tight, plane);
}

static u32
plane_rows (const struct virtcam_mode *mode, guint plane)
{
  return (virtcam_mode_plane_offset (mode, plane + 1) -
             virtcam_mode_plane_offset (mode, plane)) /
         virtcam_mode_plane_stride (mode, plane);
}

static guint8 *
make_frame (const struct virtcam_mode *mode)
{
  guint8 *frame = g_malloc (mode->sizeimage);

  /* Every byte but UNTOUCHED */
  for (u32 i = 0; i < mode->sizeimage; i++)
    frame[i] = (guint8) (i % 227);
  return frame;
}

static guint8 *
make_target (const struct virtcam_mode *mode)
{
  guint8 *frame = g_malloc (mode->sizeimage + GUARD);

  memset (frame, UNTOUCHED, mode->sizeimage + GUARD);
  return frame;
}

static void
assert_copied (const struct virtcam_mode *from, const guint8 *data,
    const struct virtcam_mode *to, const guint8 *frame)
{
  const gboolean same = from->bytesperline == to->bytesperline;

  for (guint plane = 0; plane < from->format->num_planes; plane++) {
    const u32 from_stride = virtcam_mode_plane_stride (from, plane);
    const u32 to_stride = virtcam_mode_plane_stride (to, plane);
    const u32 used = row_bytes (from, plane);

    g_assert_cmpuint (plane_rows (from, plane), ==, plane_rows (to, plane));
    for (u32 row = 0; row < plane_rows (from, plane); row++) {
      const guint8 *source =
          data + virtcam_mode_plane_offset (from, plane) + row * from_stride;
      const guint8 *target =
          frame + virtcam_mode_plane_offset (to, plane) + row * to_stride;

      g_assert_cmpmem (target, used, source, used);
      for (u32 i = used; i < to_stride && !same; i++)
        g_assert_cmphex (target[i], ==, UNTOUCHED);
    }
  }
  for (u32 i = 0; i < GUARD; i++)
    g_assert_cmphex (frame[to->sizeimage + i], ==, UNTOUCHED);
}

/* As write() does: cut anywhere, each part goes on where the last one ended. */
static void
copy_in_parts (const struct virtcam_mode *from, const guint8 *data,
    const struct virtcam_mode *to, guint8 *frame, u32 part)
{
  u32 done = 0;

  while (done < from->sizeimage) {
    u32 left = MIN (part, from->sizeimage - done);

    while (left) {
      struct virtcam_run run;
      u32 length;

      virtcam_layout_run (from, to, done, &run);
      g_assert_cmpuint (run.length + run.padding, >, 0);
      length = MIN (run.length, left);
      if (length)
        g_assert_cmpuint (run.to + length, <=, to->sizeimage);
      memcpy (frame + run.to, data + done, length);
      done += length;
      left -= length;
      if (length == run.length) {
        length = MIN (run.padding, left);
        done += length;
        left -= length;
      }
    }
  }
  g_assert_cmpuint (done, ==, from->sizeimage);
}

typedef void (*Check) (
    const struct virtcam_mode *from, const struct virtcam_mode *to);

static void
for_every_pair (Check check)
{
  const guint pads = G_N_ELEMENTS (paddings);

  for (guint f = 0; f < virtcam_num_formats; f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (guint p = 0; p < pads * pads; p++) {
        struct virtcam_mode from, to;

        if (virtcam_formats[f].compressed)
          continue;
        make_mode (&from, &virtcam_formats[f], sizes[s][0], sizes[s][1],
            paddings[p / pads]);
        make_mode (&to, &virtcam_formats[f], sizes[s][0], sizes[s][1],
            paddings[p % pads]);
        check (&from, &to);
      }
}

static void
check_whole (const struct virtcam_mode *from, const struct virtcam_mode *to)
{
  g_autofree guint8 *data = make_frame (from);
  g_autofree guint8 *frame = make_target (to);

  virtcam_layout_copy (from, data, from->sizeimage, to, frame);
  assert_copied (from, data, to, frame);
}

static void
every_row_arrives_and_padding_is_left_alone (void)
{
  for_every_pair (check_whole);
}

static void
check_parts (const struct virtcam_mode *from, const struct virtcam_mode *to)
{
  static const u32 parts[] = { 1, 7, 63, 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree guint8 *data = make_frame (from);
    g_autofree guint8 *frame = make_target (to);

    copy_in_parts (from, data, to, frame, parts[i]);
    assert_copied (from, data, to, frame);
  }
}

static void
a_frame_cut_anywhere_arrives_as_a_whole_one_does (void)
{
  for_every_pair (check_parts);
}

/* Whatever size in bytes its source says that frames have: buffers may have more room. */
static void
only_the_payload_of_a_compressed_frame_is_copied (void)
{
  static const u32 told[] = { 1, 1000, 1001, 100000 };
  struct virtcam_mode mode, from;
  g_autofree guint8 *data = NULL;
  g_autofree guint8 *frame = NULL;

  make_mode (&mode, virtcam_format_find (V4L2_PIX_FMT_MJPEG), 64, 48, 0);
  data = make_frame (&mode);
  frame = make_target (&mode);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
    from = mode;
    from.sizeimage = told[i];
    memset (frame, UNTOUCHED, mode.sizeimage);
    virtcam_layout_copy (&from, data, 1001, &mode, frame);
    g_assert_cmpmem (frame, 1001, data, 1001);
    for (u32 at = 1001; at < mode.sizeimage; at++)
      g_assert_cmphex (frame[at], ==, UNTOUCHED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/layout/" #name, name)
  ADD (every_row_arrives_and_padding_is_left_alone);
  ADD (a_frame_cut_anywhere_arrives_as_a_whole_one_does);
  ADD (only_the_payload_of_a_compressed_frame_is_copied);
  return g_test_run ();
}
