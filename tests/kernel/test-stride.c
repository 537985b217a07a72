/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which wish for a stride is heeded. Programs ask what the format is, change
 * what they want to change and set the rest as they got it: a stride that comes
 * with another width or pixel format is left over from the mode before.
 */
#include "fixture.h"
#include "reader.h"

static struct v4l2_format
get_format (Reader * reader)
{
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &format));
  return format;
}

/* TRY_FMT and S_FMT must give the same. */
static void
assert_set (Reader * reader, struct v4l2_format format, guint32 bytesperline)
{
  struct v4l2_format tried = format;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_TRY_FMT, &tried));
  g_assert_cmpuint (tried.fmt.pix.width, ==, format.fmt.pix.width);
  g_assert_cmpuint (tried.fmt.pix.bytesperline, ==, bytesperline);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_FMT, &format));
  g_assert_cmpmem (&format.fmt.pix, sizeof (format.fmt.pix), &tried.fmt.pix,
      sizeof (tried.fmt.pix));
}

static void
a_stride_left_over_from_another_width_is_not_heeded (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  format = get_format (reader);
  g_assert_cmpuint (format.fmt.pix.bytesperline, ==, 1280);
  format.fmt.pix.width = 160;
  format.fmt.pix.height = 120;
  assert_set (reader, format, 320);
  g_assert_cmpuint (get_format (reader).fmt.pix.sizeimage, ==, 320 * 120);
}

static void
a_stride_left_over_from_another_pixel_format_is_not_heeded (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  format = get_format (reader);
  format.fmt.pix.pixelformat = V4L2_PIX_FMT_GREY;
  assert_set (reader, format, 640);
}

static void
a_stride_for_the_mode_in_force_is_heeded (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  format = get_format (reader);
  format.fmt.pix.bytesperline += 64;
  assert_set (reader, format, 1344);
  g_assert_cmpuint (get_format (reader).fmt.pix.sizeimage, ==, 1344 * 480);
  /* It is in force itself then, and stays. */
  assert_set (reader, get_format (reader), 1344);
  format.fmt.pix.bytesperline = 0;
  assert_set (reader, format, 1280);
}

static void
a_stride_goes_with_its_mode (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 1280 + 64);
  format = get_format (reader);
  format.fmt.pix.width = 320;
  format.fmt.pix.height = 240;
  assert_set (reader, format, 640);
  format = get_format (reader);
  format.fmt.pix.width = 640;
  format.fmt.pix.height = 480;
  assert_set (reader, format, 1280);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/stride/" #name, name)
  ADD (a_stride_left_over_from_another_width_is_not_heeded);
  ADD (a_stride_left_over_from_another_pixel_format_is_not_heeded);
  ADD (a_stride_for_the_mode_in_force_is_heeded);
  ADD (a_stride_goes_with_its_mode);
  return g_test_run ();
}
