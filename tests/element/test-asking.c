/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device is asked, by the kernel's own account, and what is kept. */

#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include "ioctls.h"
#include "rig.h"
#include "vivid.h"

#define ONE_SIZE "video/x-raw,format=YUY2,width=640,height=480,"
#define ONE_MODE ONE_SIZE "framerate=25/1"

static guint
count_enumerations (Ioctls *ioctls)
{
  return ioctls_count (ioctls, "VIDIOC_ENUM_FMT") +
         ioctls_count (ioctls, "VIDIOC_ENUM_FRAMESIZES") +
         ioctls_count (ioctls, "VIDIOC_ENUM_FRAMEINTERVALS");
}

static void
play_and_stop (Rig *rig)
{
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 2);
  rig_stop (rig);
}

static void
check_nothing_is_tried (const gchar *node)
{
  g_autoptr (Rig) rig = rig_new (node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (Ioctls) ioctls = ioctls_watch (node);
  g_autoptr (GstCaps) caps = NULL;

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  caps = gst_pad_query_caps (pad, NULL);
  fail_if (gst_caps_is_empty (caps));
  fail_unless (count_enumerations (ioctls) > 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 0);
  play_and_stop (rig);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_TRY_FMT"), 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 1);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_PARM"), 1);
}

GST_START_TEST (nothing_is_tried_before_the_caps_are_agreed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);

  test_camera_settle ();
  check_nothing_is_tried (camera->node);
  check_nothing_is_tried (vivid->node);
}
GST_END_TEST

/* Of all formats and sizes, the sizes of the one that is named and its rates:
 * vivid has some five hundred answers to give. */
GST_START_TEST (what_a_named_mode_is_not_about_is_not_asked_for)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  struct v4l2_frmivalenum interval = {
    .pixel_format = V4L2_PIX_FMT_YUYV, .width = 640, .height = 480
  };
  struct v4l2_frmsizeenum size = { .pixel_format = V4L2_PIX_FMT_YUYV };
  g_autoptr (Ioctls) ioctls = NULL;

  while (ioctl (vivid->fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0)
    size.index++;
  while (ioctl (vivid->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval) == 0)
    interval.index++;
  ioctls = ioctls_watch (vivid->node);
  rig_set_caps (rig, ONE_MODE);
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  assert_equals_int (
      ioctls_count (ioctls, "VIDIOC_ENUM_FRAMESIZES"), size.index + 1);
  assert_equals_int (
      ioctls_count (ioctls, "VIDIOC_ENUM_FRAMEINTERVALS"), interval.index + 1);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 1);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_PARM"), 1);
}
GST_END_TEST

/* Neither a size, nor a rate, nor a format. */
GST_START_TEST (a_mode_that_is_named_in_vain_leads_to_the_next)
{
  g_autoptr (TestCamera) camera = test_camera_new (
      "formats", "YUYV", "sizes", "640x480 320x240", "intervals", "1/25", NULL);
  static const gchar *const others[] = {
    "video/x-raw,format=YUY2,width=648,height=480,framerate=25/1",
    ONE_SIZE "framerate=24/1",
    "video/x-raw,format=NV12,width=640,height=480,framerate=25/1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree gchar *caps = g_strdup_printf (
        "%s;video/x-raw,format=YUY2,width=320,height=240,framerate=25/1",
        others[i]);
    g_autoptr (Rig) rig = rig_new (camera->node);

    rig_set_caps (rig, caps);
    rig_play (rig);
    rig_wait_for_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=25/1");
    rig_wait_for_frames (rig, 2);
  }
}
GST_END_TEST

/* Everything that QUERYCAP tells is the same, and so is the number. */
GST_START_TEST (a_camera_that_gets_anothers_number_inherits_nothing)
{
  TestCamera *first = test_camera_new ("sizes", "640x480 320x240", NULL);
  g_autofree gchar *node = g_strdup (first->node);
  g_autoptr (TestCamera) second = NULL;
  g_autoptr (Rig) rig = rig_new (node);
  g_autoptr (Ioctls) ioctls = NULL;

  rig_set_caps (rig, "video/x-raw,format=NV12");
  play_and_stop (rig);
  test_camera_free (first);
  second = test_camera_new ("sizes", "640x480 800x600", NULL);
  test_camera_settle ();
  assert_equals_string (second->node, node);
  ioctls = ioctls_watch (node);
  rig_play (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=800,height=600");
  fail_unless (ioctls_count (ioctls, "VIDIOC_ENUM_FRAMEINTERVALS") > 0);
}
GST_END_TEST

/* Another program has switched the input while nobody looked. */
GST_START_TEST (a_device_changed_in_null_is_asked_anew)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  gint input = VIVID_S_VIDEO;

  rig_set_caps (rig, "video/x-raw,format=YUY2");
  play_and_stop (rig);
  fail_unless_equals_int (ioctl (vivid->fd, VIDIOC_S_INPUT, &input), 0);
  rig_play (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=720");
  rig_stop (rig);
}
GST_END_TEST

/* The same, while the node is open: S_FMT tells, and costs no more than asking
 * again. */
GST_START_TEST (a_device_changed_in_ready_is_asked_anew)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_S_VIDEO);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  gint input = VIVID_WEBCAM;

  rig_set_caps (rig, "video/x-raw,format=YUY2,height=[400,500]");
  play_and_stop (rig);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  fail_unless_equals_int (ioctl (vivid->fd, VIDIOC_S_INPUT, &input), 0);
  rig_play (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=640,height=480");
  rig_stop (rig);
}
GST_END_TEST

GST_START_TEST (a_source_change_drops_what_was_learnt)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (Ioctls) ioctls = NULL;

  vivid_give_timings (vivid, VIVID_720P25);
  rig_set_caps (rig, "video/x-raw,format=YUY2");
  rig_play (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=1280");
  ioctls = ioctls_watch (vivid->node);
  vivid_give_timings (vivid, VIVID_1080P30);
  rig_wait_for_caps (rig, "video/x-raw,width=1920");
  fail_unless (count_enumerations (ioctls) > 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_CROPCAP"), 1);
}
GST_END_TEST

static Suite *
asking_suite (void)
{
  Suite *suite = suite_create ("asking");
  TCase *tcase = tcase_create ("asking");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, nothing_is_tried_before_the_caps_are_agreed);
  tcase_add_test (tcase, what_a_named_mode_is_not_about_is_not_asked_for);
  tcase_add_test (tcase, a_mode_that_is_named_in_vain_leads_to_the_next);
  tcase_add_test (tcase, a_camera_that_gets_anothers_number_inherits_nothing);
  tcase_add_test (tcase, a_device_changed_in_null_is_asked_anew);
  tcase_add_test (tcase, a_device_changed_in_ready_is_asked_anew);
  tcase_add_test (tcase, a_source_change_drops_what_was_learnt);
  return suite;
}

GST_CHECK_MAIN (asking);
