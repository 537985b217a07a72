/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strides, plane offsets, frame sizes and colour of every format and size. */
#include <glib.h>

#include <virtcam/format.h>

static const u32 sizes[][2] = {
  {16, 16}, {18, 16}, {160, 120}, {320, 240}, {640, 480}, {1280, 720},
  {1366, 768}, {1920, 1080}, {3840, 2160},
};

/* What the V4L2 documentation says of each format, independent of the table:
 * bytes of a pixel in the first plane, and twice the planes' total height. */
static const struct
{
  u32 fourcc;
  u32 pixel_bytes;
  u32 half_heights;
  gboolean full_range;
} expected[] = {
  {V4L2_PIX_FMT_YUYV, 2, 2, FALSE},
  {V4L2_PIX_FMT_UYVY, 2, 2, FALSE},
  {V4L2_PIX_FMT_NV12, 1, 3, FALSE},
  {V4L2_PIX_FMT_YUV420, 1, 3, FALSE},
  {V4L2_PIX_FMT_RGB24, 3, 2, TRUE},
  {V4L2_PIX_FMT_BGR24, 3, 2, TRUE},
  {V4L2_PIX_FMT_XBGR32, 4, 2, TRUE},
  {V4L2_PIX_FMT_GREY, 1, 2, FALSE},
  {V4L2_PIX_FMT_SRGGB8, 1, 2, TRUE},
  {V4L2_PIX_FMT_YVYU, 2, 2, FALSE},
  {V4L2_PIX_FMT_NV21, 1, 3, FALSE},
  {V4L2_PIX_FMT_NV16, 1, 4, FALSE},
  {V4L2_PIX_FMT_NV61, 1, 4, FALSE},
  {V4L2_PIX_FMT_P010, 2, 3, FALSE},
  {V4L2_PIX_FMT_YVU420, 1, 3, FALSE},
  {V4L2_PIX_FMT_YUV422P, 1, 4, FALSE},
  {V4L2_PIX_FMT_RGB565, 2, 2, TRUE},
  {V4L2_PIX_FMT_ABGR32, 4, 2, TRUE},
  {V4L2_PIX_FMT_RGBA32, 4, 2, TRUE},
  {V4L2_PIX_FMT_RGBX32, 4, 2, TRUE},
  {V4L2_PIX_FMT_ARGB32, 4, 2, TRUE},
  {V4L2_PIX_FMT_XRGB32, 4, 2, TRUE},
};

static const struct
{
  u32 fourcc;
  gboolean full_range;
} compressed[] = {
  {V4L2_PIX_FMT_MJPEG, TRUE},
  {V4L2_PIX_FMT_JPEG, TRUE},
  {V4L2_PIX_FMT_H264, FALSE},
  {V4L2_PIX_FMT_HEVC, FALSE},
};

static struct virtcam_mode
mode_of (u32 fourcc, u32 width, u32 height, u32 bytesperline)
{
  struct virtcam_mode mode = {
    .format = virtcam_format_find (fourcc),.width = width,.height = height,
  };

  g_assert_nonnull (mode.format);
  virtcam_mode_set_layout (&mode, bytesperline);
  return mode;
}

static void
every_agreed_format_is_known_and_no_other (void)
{
  g_assert_cmpuint (virtcam_num_formats, ==, G_N_ELEMENTS (expected) +
      G_N_ELEMENTS (compressed));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const struct virtcam_format *format =
        virtcam_format_find (expected[i].fourcc);

    g_assert_nonnull (format);
    g_assert_cmphex (format->fourcc, ==, expected[i].fourcc);
    g_assert_false (format->compressed);
  }
  for (guint i = 0; i < G_N_ELEMENTS (compressed); i++)
    g_assert_true (virtcam_format_find (compressed[i].fourcc)->compressed);
  g_assert_null (virtcam_format_find (V4L2_PIX_FMT_MPEG2));
  g_assert_null (virtcam_format_find (0));
}

static void
no_group_of_samples_is_larger_than_stated (void)
{
  for (guint f = 0; f < virtcam_num_formats; f++)
    for (guint i = 0; i < virtcam_formats[f].num_planes; i++)
      g_assert_cmpuint (virtcam_formats[f].plane[i].bytes, <=,
          VIRTCAM_MAX_GROUP_BYTES);
}

static void
every_format_and_size_has_its_exact_stride_and_frame_size (void)
{
  for (guint f = 0; f < G_N_ELEMENTS (expected); f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      u32 width = sizes[s][0], height = sizes[s][1];
      struct virtcam_mode mode =
          mode_of (expected[f].fourcc, width, height, 0);

      g_assert_cmpuint (mode.bytesperline, ==,
          width * expected[f].pixel_bytes);
      g_assert_cmpuint (mode.sizeimage, ==,
          mode.bytesperline * height / 2 * expected[f].half_heights);
    }
}

static void
a_larger_stride_is_honoured_and_grows_the_frame (void)
{
  for (guint f = 0; f < G_N_ELEMENTS (expected); f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      u32 height = sizes[s][1];
      u32 wished = sizes[s][0] * expected[f].pixel_bytes + 64;
      struct virtcam_mode mode =
          mode_of (expected[f].fourcc, sizes[s][0], height, wished);

      g_assert_cmpuint (mode.bytesperline, >=, wished);
      g_assert_cmpuint (mode.bytesperline, <, wished + 4);
      g_assert_cmpuint (mode.sizeimage, ==,
          mode.bytesperline * height / 2 * expected[f].half_heights);
    }
}

static void
strides_too_small_or_too_large_are_corrected (void)
{
  struct virtcam_mode small = mode_of (V4L2_PIX_FMT_YUYV, 640, 480, 1);
  struct virtcam_mode large = mode_of (V4L2_PIX_FMT_YUYV, 640, 480,
      G_MAXUINT32);
  struct virtcam_mode widest = mode_of (V4L2_PIX_FMT_XBGR32, 3840, 2160,
      G_MAXUINT32);

  g_assert_cmpuint (small.bytesperline, ==, 1280);
  g_assert_cmpuint (large.bytesperline, ==, VIRTCAM_MAX_BYTESPERLINE);
  g_assert_cmpuint (large.sizeimage, ==, VIRTCAM_MAX_BYTESPERLINE * 480);
  g_assert_cmpuint (widest.sizeimage, ==, VIRTCAM_MAX_BYTESPERLINE * 2160);
}

static void
any_wished_stride_leaves_chroma_rows_whole (void)
{
  static const u32 halved[] = {
    V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YVU420, V4L2_PIX_FMT_YUV422P,
  };

  for (guint f = 0; f < G_N_ELEMENTS (halved); f++)
    for (u32 wished = 640; wished < 720; wished++) {
      struct virtcam_mode mode = mode_of (halved[f], 640, 480, wished);

      g_assert_cmpuint (mode.bytesperline % 2, ==, 0);
      g_assert_cmpuint (mode.bytesperline, >=, wished);
    }
}

static void
planes_of_nv12_and_yu12_follow_each_other (void)
{
  struct virtcam_mode nv12 = mode_of (V4L2_PIX_FMT_NV12, 640, 480, 704);
  struct virtcam_mode yu12 = mode_of (V4L2_PIX_FMT_YUV420, 640, 480, 704);

  g_assert_cmpuint (virtcam_mode_plane_stride (&nv12, 0), ==, 704);
  g_assert_cmpuint (virtcam_mode_plane_stride (&nv12, 1), ==, 704);
  g_assert_cmpuint (virtcam_mode_plane_offset (&nv12, 1), ==, 704 * 480);

  g_assert_cmpuint (virtcam_mode_plane_stride (&yu12, 0), ==, 704);
  g_assert_cmpuint (virtcam_mode_plane_stride (&yu12, 1), ==, 352);
  g_assert_cmpuint (virtcam_mode_plane_stride (&yu12, 2), ==, 352);
  g_assert_cmpuint (virtcam_mode_plane_offset (&yu12, 1), ==, 704 * 480);
  g_assert_cmpuint (virtcam_mode_plane_offset (&yu12, 2), ==,
      704 * 480 + 352 * 240);
}

static void
planes_of_422_formats_are_of_the_same_height (void)
{
  struct virtcam_mode nv16 = mode_of (V4L2_PIX_FMT_NV16, 640, 480, 704);
  struct virtcam_mode planar = mode_of (V4L2_PIX_FMT_YUV422P, 640, 480, 704);

  g_assert_cmpuint (virtcam_mode_plane_stride (&nv16, 1), ==, 704);
  g_assert_cmpuint (virtcam_mode_plane_offset (&nv16, 1), ==, 704 * 480);
  g_assert_cmpuint (nv16.sizeimage, ==, 704 * 960);

  g_assert_cmpuint (virtcam_mode_plane_stride (&planar, 1), ==, 352);
  g_assert_cmpuint (virtcam_mode_plane_stride (&planar, 2), ==, 352);
  g_assert_cmpuint (virtcam_mode_plane_offset (&planar, 2), ==,
      704 * 480 + 352 * 480);
}

static void
planes_of_p010_have_the_same_stride_of_two_bytes_a_sample (void)
{
  struct virtcam_mode tight = mode_of (V4L2_PIX_FMT_P010, 640, 480, 0);
  struct virtcam_mode padded = mode_of (V4L2_PIX_FMT_P010, 640, 480, 1344);

  g_assert_cmpuint (virtcam_mode_plane_stride (&tight, 0), ==, 1280);
  g_assert_cmpuint (virtcam_mode_plane_stride (&tight, 1), ==, 1280);
  g_assert_cmpuint (virtcam_mode_plane_offset (&tight, 1), ==, 1280 * 480);
  g_assert_cmpuint (tight.sizeimage, ==, 1280 * 720);

  g_assert_cmpuint (virtcam_mode_plane_stride (&padded, 1), ==, 1344);
  g_assert_cmpuint (padded.sizeimage, ==, 1344 * 720);
}

static void
a_plane_that_a_format_lacks_has_no_size (void)
{
  struct virtcam_mode yuyv = mode_of (V4L2_PIX_FMT_YUYV, 640, 480, 0);

  g_assert_cmpuint (virtcam_mode_plane_stride (&yuyv, 1), ==, 0);
  g_assert_cmpuint (virtcam_mode_plane_offset (&yuyv, 9), ==, yuyv.sizeimage);
}

static void
compressed_frames_have_no_stride_and_at_most_two_bytes_a_pixel (void)
{
  static const u32 wished[] = { 0, 1, 1280, G_MAXUINT32 };

  for (guint f = 0; f < G_N_ELEMENTS (compressed); f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (guint i = 0; i < G_N_ELEMENTS (wished); i++) {
        struct virtcam_mode mode = mode_of (compressed[f].fourcc,
            sizes[s][0], sizes[s][1], wished[i]);

        g_assert_cmpuint (mode.bytesperline, ==, 0);
        g_assert_cmpuint (mode.sizeimage, ==, sizes[s][0] * sizes[s][1] * 2);
      }
}

static void
compressed_formats_have_no_planes (void)
{
  for (guint f = 0; f < G_N_ELEMENTS (compressed); f++) {
    struct virtcam_mode mode = mode_of (compressed[f].fourcc, 640, 480, 0);

    g_assert_cmpuint (mode.format->num_planes, ==, 0);
    g_assert_cmpuint (virtcam_format_min_bytesperline (mode.format, 640), ==,
        0);
    for (guint plane = 0; plane <= VIRTCAM_MAX_PLANES; plane++) {
      g_assert_cmpuint (virtcam_mode_plane_stride (&mode, plane), ==, 0);
      g_assert_cmpuint (virtcam_mode_plane_offset (&mode, plane), ==, 0);
    }
  }
}

static void
assert_pix (u32 fourcc, gboolean full_range)
{
  struct virtcam_mode mode = mode_of (fourcc, 640, 480, 0);
  struct v4l2_pix_format pix;

  memset (&pix, 0xff, sizeof (pix));
  virtcam_mode_to_pix (&mode, &pix);
  g_assert_cmpuint (pix.width, ==, 640);
  g_assert_cmpuint (pix.height, ==, 480);
  g_assert_cmphex (pix.pixelformat, ==, fourcc);
  g_assert_cmpuint (pix.field, ==, V4L2_FIELD_NONE);
  g_assert_cmpuint (pix.bytesperline, ==, mode.bytesperline);
  g_assert_cmpuint (pix.sizeimage, ==, mode.sizeimage);
  g_assert_cmpuint (pix.colorspace, ==, V4L2_COLORSPACE_SRGB);
  g_assert_cmpuint (pix.xfer_func, ==, V4L2_XFER_FUNC_SRGB);
  g_assert_cmpuint (pix.ycbcr_enc, ==, V4L2_YCBCR_ENC_601);
  g_assert_cmpuint (pix.quantization, ==, full_range ?
      V4L2_QUANTIZATION_FULL_RANGE : V4L2_QUANTIZATION_LIM_RANGE);
  g_assert_cmpuint (pix.flags, ==, 0);
}

static void
colour_is_srgb_with_the_range_of_its_kind (void)
{
  for (guint f = 0; f < G_N_ELEMENTS (expected); f++)
    assert_pix (expected[f].fourcc, expected[f].full_range);
  for (guint f = 0; f < G_N_ELEMENTS (compressed); f++)
    assert_pix (compressed[f].fourcc, compressed[f].full_range);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/format/" #name, name)
  ADD (every_agreed_format_is_known_and_no_other);
  ADD (no_group_of_samples_is_larger_than_stated);
  ADD (every_format_and_size_has_its_exact_stride_and_frame_size);
  ADD (a_larger_stride_is_honoured_and_grows_the_frame);
  ADD (strides_too_small_or_too_large_are_corrected);
  ADD (any_wished_stride_leaves_chroma_rows_whole);
  ADD (planes_of_nv12_and_yu12_follow_each_other);
  ADD (planes_of_422_formats_are_of_the_same_height);
  ADD (planes_of_p010_have_the_same_stride_of_two_bytes_a_sample);
  ADD (a_plane_that_a_format_lacks_has_no_size);
  ADD (compressed_frames_have_no_stride_and_at_most_two_bytes_a_pixel);
  ADD (compressed_formats_have_no_planes);
  ADD (colour_is_srgb_with_the_range_of_its_kind);
  return g_test_run ();
}
