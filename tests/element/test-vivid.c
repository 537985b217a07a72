/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver that was not written here. */

#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include "rig.h"
#include "vivid.h"

static void
check_frame (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  GstVideoFrame frame;
  GstVideoInfo info;

  if (!gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"))
    return;
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  gst_video_frame_unmap (&frame);
}

static void
run_mode (const gchar *device, const gchar *caps, const gchar *io_mode)
{
  g_autoptr (Rig) rig = rig_new (device);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_accept_video_meta (rig);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, check_frame, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}

static GstCaps *
query_caps (const gchar *device)
{
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  GstCaps *caps;

  gst_element_set_state (rig->source, GST_STATE_READY);
  caps = gst_pad_query_caps (pad, NULL);
  rig_leave_out_drm (&caps);
  return caps;
}

/* Media type and format of each structure, once. */
static GPtrArray *
list_formats (const gchar *device)
{
  g_autoptr (GstCaps) caps = query_caps (device);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);
    const gchar *format = gst_structure_get_string (structure, "format");
    g_autofree gchar *name =
        g_strdup_printf ("%s%s%s", gst_structure_get_name (structure),
            format ? ",format=" : "", format ? format : "");

    if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  return names;
}

static void
check_all_formats (const gchar *io_mode)
{
  g_autofree gchar *device = vivid_find ();
  g_autoptr (GPtrArray) formats = NULL;

  fail_unless (device != NULL, "vivid is not loaded");
  formats = list_formats (device);
  fail_unless (formats->len >= 20);
  for (guint i = 0; i < formats->len; i++) {
    g_autofree gchar *caps = g_strdup_printf (
        "%s,width=640,height=360", (gchar *) g_ptr_array_index (formats, i));

    run_mode (device, caps, io_mode);
  }
}

GST_START_TEST (every_format_of_vivid_streams_by_mmap)
{
  check_all_formats ("mmap");
}
GST_END_TEST

GST_START_TEST (every_format_of_vivid_streams_by_dmabuf)
{
  check_all_formats ("dmabuf");
}
GST_END_TEST

GST_START_TEST (open_peer_gets_a_smooth_picture_of_vivid)
{
  g_autofree gchar *device = vivid_find ();

  fail_unless (device != NULL, "vivid is not loaded");
  run_mode (device, "ANY", "mmap");
}
GST_END_TEST

/* vivid's HDMI input has ranges of sizes, and one rate of its own. */
GST_START_TEST (ranges_of_sizes_without_rates_stream)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);

  run_mode (vivid->node, "video/x-raw,format=NV12", "mmap");
}
GST_END_TEST

/* vivid's webcam is sRGB, with the matrix of BT.601, unless it is asked to convert
 * into what the format's flags say that it can. */

#define CSC "video/x-raw,format=YUY2,width=320,height=180"

typedef struct {
  Vivid *vivid;
  struct v4l2_format format;
} Colours;

static void
note_colours (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Colours *colours = data;

  colours->format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  fail_unless (ioctl (colours->vivid->fd, VIDIOC_G_FMT, &colours->format) == 0);
}

/* vivid is every test's, and keeps what it was asked for last. */
static void
put_back_colours (Vivid *vivid)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_pix_format *picture = &format.fmt.pix;

  fail_unless (ioctl (vivid->fd, VIDIOC_G_FMT, &format) == 0);
  picture->priv = V4L2_PIX_FMT_PRIV_MAGIC;
  picture->flags |= V4L2_PIX_FMT_FLAG_SET_CSC;
  picture->colorspace = V4L2_COLORSPACE_SRGB;
  picture->xfer_func = V4L2_XFER_FUNC_SRGB;
  picture->ycbcr_enc = V4L2_YCBCR_ENC_601;
  picture->quantization = V4L2_QUANTIZATION_LIM_RANGE;
  fail_unless (ioctl (vivid->fd, VIDIOC_S_FMT, &format) == 0);
}

/* What vivid makes while it streams for caps. */
static struct v4l2_pix_format
run_with_colours (const gchar *caps)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  Colours colours = { .vivid = vivid };

  rig_accept_video_meta (rig);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, note_colours, &colours);
  rig_run (rig, 3);
  put_back_colours (vivid);
  return colours.format.fmt.pix;
}

GST_START_TEST (a_camera_that_can_converts_into_the_colours_of_the_filter)
{
  struct v4l2_pix_format is = run_with_colours (CSC ",colorimetry=bt709");

  assert_equals_int (is.ycbcr_enc, V4L2_YCBCR_ENC_709);
  assert_equals_int (is.xfer_func, V4L2_XFER_FUNC_709);
  fail_unless (is.quantization == V4L2_QUANTIZATION_LIM_RANGE ||
               is.quantization == V4L2_QUANTIZATION_DEFAULT);
}
GST_END_TEST

/* The camera's own, but for the range. */
GST_START_TEST (a_camera_that_can_converts_into_the_range_of_the_filter)
{
  struct v4l2_pix_format is = run_with_colours (CSC ",colorimetry=1:4:7:1");

  assert_equals_int (is.quantization, V4L2_QUANTIZATION_FULL_RANGE);
  fail_if (is.ycbcr_enc == V4L2_YCBCR_ENC_709);
}
GST_END_TEST

static Suite *
vivid_suite (void)
{
  Suite *suite = suite_create ("vivid");
  TCase *tcase = tcase_create ("vivid");

  tcase_set_timeout (tcase, 600);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, every_format_of_vivid_streams_by_mmap);
  tcase_add_test (tcase, every_format_of_vivid_streams_by_dmabuf);
  tcase_add_test (tcase, open_peer_gets_a_smooth_picture_of_vivid);
  tcase_add_test (tcase, ranges_of_sizes_without_rates_stream);
  tcase_add_test (
      tcase, a_camera_that_can_converts_into_the_colours_of_the_filter);
  tcase_add_test (
      tcase, a_camera_that_can_converts_into_the_range_of_the_filter);
  return suite;
}

GST_CHECK_MAIN (vivid);
