/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receivers: what they are given decides the mode, and may change. */

#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include "ioctls.h"
#include "rig.h"
#include "vivid.h"

#define YUY2 "video/x-raw,format=YUY2"

static void
assert_caps (Rig *rig, const gchar *expected)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);

  fail_unless (rig_has_caps (rig, expected), "got %s, not %s",
      gst_caps_to_string (caps), expected);
}

static Rig *
play (Vivid *vivid, const gchar *filter)
{
  Rig *rig = rig_new (vivid->node);

  rig_accept_video_meta (rig);
  rig_set_caps (rig, filter);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  return rig;
}

GST_START_TEST (a_receiver_is_set_to_what_it_is_given)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = NULL;

  vivid_give_timings (vivid, VIVID_720P25);
  rig = play (vivid, YUY2);
  assert_caps (rig, YUY2 ",width=1280,height=720,framerate=25/1,"
                         "pixel-aspect-ratio=1/1,interlace-mode=progressive");
}
GST_END_TEST

/* The first frame of the old mode is held, and must not change. */
static void
hold_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstBuffer **held = data;

  if (number == 0)
    *held = gst_buffer_ref (buffer);
}

static gchar *
checksum (GstBuffer *buffer)
{
  GstMapInfo map;
  gchar *sum;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return sum;
}

GST_START_TEST (a_source_change_while_playing_changes_the_mode)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (Ioctls) ioctls = NULL;
  g_autoptr (GstBuffer) held = NULL;
  g_autofree gchar *before = NULL, *after = NULL;

  vivid_give_timings (vivid, VIVID_720P25);
  rig_accept_video_meta (rig);
  rig_set_caps (rig, YUY2);
  rig_on_frame (rig, hold_first, &held);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  before = checksum (held);
  ioctls = ioctls_watch (vivid->node);
  vivid_give_timings (vivid, VIVID_1080P30);
  rig_wait_for_caps (rig, YUY2 ",width=1920,height=1080,framerate=30/1");
  after = checksum (held);
  assert_equals_string (before, after);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_DV_TIMINGS"), 1);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 1);
  /* not reopened */
  fail_unless (strstr (ioctls_read (ioctls), "v4l2_release") == NULL);
  rig_stop (rig);
}
GST_END_TEST

static void
wait_for_message (Rig *rig, GstMessageType type, const gchar *words)
{
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (rig->bus, GST_CLOCK_TIME_NONE, type);
  g_autoptr (GError) error = NULL;

  if (type == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_info (message, &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, error->message);
}

GST_START_TEST (a_lost_signal_is_told_and_the_stream_goes_on)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = NULL;

  vivid_give_timings (vivid, VIVID_720P25);
  rig = play (vivid, YUY2);
  vivid_set (vivid, VIVID_CID_DV_TIMINGS_SIGNAL_MODE, VIVID_SIGNAL_NONE);
  wait_for_message (rig, GST_MESSAGE_WARNING, "gets no signal");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  vivid_set (vivid, VIVID_CID_DV_TIMINGS_SIGNAL_MODE, VIVID_SIGNAL_CURRENT);
  wait_for_message (rig, GST_MESSAGE_INFO, "has a signal again");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
}
GST_END_TEST

GST_START_TEST (a_receiver_without_signal_plays_and_warns)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = NULL;

  vivid_set (vivid, VIVID_CID_DV_TIMINGS_SIGNAL_MODE, VIVID_SIGNAL_NONE);
  rig = play (vivid, YUY2);
  wait_for_message (rig, GST_MESSAGE_WARNING, "gets no signal");
  vivid_give_timings (vivid, VIVID_720P25);
  rig_wait_for_caps (rig, YUY2 ",width=1280,height=720,framerate=25/1");
}
GST_END_TEST

GST_START_TEST (other_colours_while_playing_change_the_caps)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = play (vivid, YUY2 ",width=320");

  assert_caps (rig, YUY2 ",colorimetry=2:4:7:1");
  vivid_set (vivid, VIVID_CID_COLORSPACE, 1);
  rig_wait_for_caps (rig, YUY2 ",width=320,colorimetry=bt709");
  vivid_set (vivid, VIVID_CID_COLORSPACE, 2);
  rig_wait_for_caps (rig, YUY2 ",width=320,colorimetry=2:4:7:1");
}
GST_END_TEST

static void
set_standard (Vivid *vivid, v4l2_std_id standard)
{
  fail_unless_equals_int (ioctl (vivid->fd, VIDIOC_S_STD, &standard), 0);
}

GST_START_TEST (television_has_its_own_pixels_and_fields)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_S_VIDEO);

  set_standard (vivid, V4L2_STD_NTSC_M);
  {
    g_autoptr (Rig) rig = play (vivid, YUY2);

    assert_caps (rig, YUY2
        ",width=720,height=480,framerate=30000/1001,pixel-aspect-ratio=10/11,"
        "interlace-mode=interleaved,field-order=bottom-field-first");
  }
  set_standard (vivid, V4L2_STD_PAL);
  {
    g_autoptr (Rig) rig = play (vivid, YUY2);

    assert_caps (rig,
        YUY2 ",width=720,height=576,framerate=25/1,pixel-aspect-ratio=59/54,"
             "interlace-mode=interleaved,field-order=top-field-first");
  }
}
GST_END_TEST

GST_START_TEST (a_scaled_picture_has_stretched_pixels)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_S_VIDEO);
  g_autoptr (Rig) rig = play (vivid, YUY2 ",width=360,height=576");

  assert_caps (rig, YUY2 ",pixel-aspect-ratio=59/27");
}
GST_END_TEST

static void
check_fields (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  guint *n_top = data;
  guint flags = GST_BUFFER_FLAGS (buffer) & GST_VIDEO_BUFFER_FLAG_TOP_FIELD;

  fail_unless (
      GST_BUFFER_FLAG_IS_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED));
  fail_unless (flags & GST_VIDEO_BUFFER_FLAG_ONEFIELD);
  *n_top += flags == GST_VIDEO_BUFFER_FLAG_TOP_FIELD;
  assert_equals_int (gst_buffer_get_size (buffer), 720 * 2 * 240);
}

#define FIELDS \
  "video/x-raw(format:Interlaced),format=YUY2,interlace-mode=alternate"

GST_START_TEST (fields_come_alone_where_the_peer_wants_them)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_S_VIDEO);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  guint n_top = 0;

  set_standard (vivid, V4L2_STD_NTSC_M);
  rig_accept_video_meta (rig);
  rig_set_caps (rig, FIELDS);
  rig_on_frame (rig, check_fields, &n_top);
  rig_play (rig);
  rig_wait_for_frames (rig, 4);
  assert_caps (rig, FIELDS ",width=720,height=480,framerate=30000/1001");
  rig_stop (rig);
  fail_unless (n_top >= 2 && n_top < rig->n_frames);
}
GST_END_TEST

GST_START_TEST (an_interlaced_hdmi_source_gives_fields)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = NULL;

  vivid_give_timings (vivid, VIVID_1080I60);
  rig = play (vivid, "ANY");
  assert_caps (rig, "video/x-raw(format:Interlaced),width=1920,height=1080,"
                    "interlace-mode=alternate,pixel-aspect-ratio=1/1");
}
GST_END_TEST

GST_START_TEST (a_peer_that_takes_no_fields_is_told_so)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  vivid_give_timings (vivid, VIVID_1080I60);
  rig_set_caps (rig, YUY2);
  error = rig_run_into_error (rig, &debug);
  fail_unless (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT));
  fail_unless (
      strstr (debug, "interlace-mode=(string)alternate") != NULL, debug);
}
GST_END_TEST

static Suite *
source_suite (void)
{
  Suite *suite = suite_create ("source");
  TCase *tcase = tcase_create ("source");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_receiver_is_set_to_what_it_is_given);
  tcase_add_test (tcase, a_source_change_while_playing_changes_the_mode);
  tcase_add_test (tcase, a_lost_signal_is_told_and_the_stream_goes_on);
  tcase_add_test (tcase, a_receiver_without_signal_plays_and_warns);
  tcase_add_test (tcase, other_colours_while_playing_change_the_caps);
  tcase_add_test (tcase, television_has_its_own_pixels_and_fields);
  tcase_add_test (tcase, a_scaled_picture_has_stretched_pixels);
  tcase_add_test (tcase, fields_come_alone_where_the_peer_wants_them);
  tcase_add_test (tcase, an_interlaced_hdmi_source_gives_fields);
  tcase_add_test (tcase, a_peer_that_takes_no_fields_is_told_so);
  return suite;
}

GST_CHECK_MAIN (source);
