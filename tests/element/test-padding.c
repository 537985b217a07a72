/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers whose lines are longer than usual, or have to be. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "foreign.h"
#include "vivid.h"

#define SIZE "video/x-raw,width=160,height=120,framerate=60/1,format="

static const struct {
  const gchar *caps;
  guint32 fourcc;
} padded[] = {
  { SIZE "NV12", V4L2_PIX_FMT_NV12 },
  { SIZE "I420", V4L2_PIX_FMT_YUV420 },
  { SIZE "YUY2", V4L2_PIX_FMT_YUYV },
  { SIZE "RGB", V4L2_PIX_FMT_RGB24 },
};

/* A camera pads lines only on request for the mode that it is in. */
static void
put_into_mode (TestCamera *camera, guint32 fourcc)
{
  struct v4l2_format format = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .fmt.pix = { .width = 160, .height = 120, .pixelformat = fourcc },
  };
  int fd = open (camera->node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0 && ioctl (fd, VIDIOC_S_FMT, &format) == 0);
  close (fd);
}

static void
check_padded (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  assert_equals_int (gst_buffer_get_video_meta (buffer)->stride[0], 512);
  assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
}

GST_START_TEST (padded_lines_reach_a_peer_that_reads_video_meta)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  foreign.insists_on_bytesperline = 512;
  for (guint i = 0; i < G_N_ELEMENTS (padded); i++) {
    g_autoptr (Rig) rig = foreign_rig (camera, "mmap", padded[i].caps);

    put_into_mode (camera, padded[i].fourcc);
    rig_accept_video_meta (rig);
    rig_on_frame (rig, check_padded, NULL);
    rig_run (rig, 5);
    assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  }
}
GST_END_TEST

static void
check_usual (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  assert_equals_int (gst_buffer_get_video_meta (buffer)->stride[0],
      GST_VIDEO_INFO_PLANE_STRIDE (&info, 0));
  assert_equals_uint64 (
      gst_buffer_get_size (buffer), GST_VIDEO_INFO_SIZE (&info));
  assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
}

GST_START_TEST (padded_lines_are_copied_for_a_peer_that_reads_none)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  foreign.insists_on_bytesperline = 512;
  for (guint i = 0; i < G_N_ELEMENTS (padded); i++) {
    g_autoptr (Rig) rig = foreign_rig (camera, "dmabuf", padded[i].caps);

    put_into_mode (camera, padded[i].fourcc);
    rig_on_frame (rig, check_usual, NULL);
    rig_run (rig, 5);
    assert_equals_uint64 (rig_get_count (rig, "copied"), 5);
  }
}
GST_END_TEST

/* vivid's HDMI input scales to any width: a line of packed 4:2:2 then ends in
 * the middle of a pair, unless it is asked to be longer. */
static void
check_whole_pairs (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  fail_unless (meta->stride[0] >= 2 * GST_ROUND_UP_2 ((gint) meta->width));
  fail_unless (
      gst_buffer_get_size (buffer) >= (gsize) meta->stride[0] * meta->height);
}

GST_START_TEST (odd_widths_of_packed_pairs_stream)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);

  foreign.offers_odd_widths = TRUE;
  rig_accept_video_meta (rig);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=321,height=180");
  rig_on_frame (rig, check_whole_pairs, NULL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}
GST_END_TEST

static Suite *
padding_suite (void)
{
  Suite *suite = suite_create ("padding");
  TCase *tcase = tcase_create ("padding");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, padded_lines_reach_a_peer_that_reads_video_meta);
  tcase_add_test (tcase, padded_lines_are_copied_for_a_peer_that_reads_none);
  tcase_add_test (tcase, odd_widths_of_packed_pairs_stream);
  return suite;
}

GST_CHECK_MAIN (padding);
