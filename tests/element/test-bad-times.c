/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that stamp their frames with nonsense. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define INTERVAL (GST_SECOND / 30)
#define N_FRAMES 20
/* vivid's control "Wrap Timestamp" */
#define VIVID_CID_TIME_WRAP (0x00f0f000 + 39)

/* What becomes of a frame's stamp; NULL: nothing. */
typedef void (*Falsify) (struct v4l2_buffer *buffer);
static Falsify falsify;
static guint64 n_falsified;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result = driver_ask (fd, request, argument);

  if (result == 0 && request == VIDIOC_DQBUF && falsify)
    falsify (argument);
  return result;
}

static void
set_stamp (struct v4l2_buffer *buffer, guint64 ns)
{
  buffer->timestamp.tv_sec = ns / GST_SECOND;
  buffer->timestamp.tv_usec = ns % GST_SECOND / 1000;
  n_falsified++;
}

static void
zero (struct v4l2_buffer *buffer)
{
  set_stamp (buffer, 0);
}

static void
an_hour_ahead (struct v4l2_buffer *buffer)
{
  set_stamp (buffer, gst_util_get_timestamp () + 3600 * GST_SECOND);
}

static void
wall_clock (struct v4l2_buffer *buffer)
{
  set_stamp (buffer, g_get_real_time () * 1000);
}

static void
negative (struct v4l2_buffer *buffer)
{
  set_stamp (buffer, 0);
  buffer->timestamp.tv_sec = -5;
}

/* since the device was switched on, say */
static void
from_one_second (struct v4l2_buffer *buffer)
{
  set_stamp (buffer, GST_SECOND + buffer->sequence * INTERVAL);
}

static void
every_third_goes_back (struct v4l2_buffer *buffer)
{
  if (buffer->sequence % 3 == 2)
    set_stamp (
        buffer, GST_TIMEVAL_TO_TIME (buffer->timestamp) - 3 * INTERVAL / 2);
}

static void
unknown_clock (struct v4l2_buffer *buffer)
{
  buffer->flags &= ~V4L2_BUF_FLAG_TIMESTAMP_MASK;
  n_falsified++;
}

static void
copied_stamp (struct v4l2_buffer *buffer)
{
  buffer->flags &= ~V4L2_BUF_FLAG_TIMESTAMP_MASK;
  buffer->flags |= V4L2_BUF_FLAG_TIMESTAMP_COPY;
  n_falsified++;
}

/* What the element said of it. */
typedef struct {
  GstClockTime last_pts;
  gint n_warnings;
  gchar *warning;
} Report;

static GstBusSyncReply
take_warning (GstBus *bus, GstMessage *message, gpointer data)
{
  Report *report = data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning (message, &error, NULL);
    g_free (report->warning);
    report->warning = g_strdup (error->message);
    report->n_warnings++;
  }
  return GST_BUS_PASS;
}

/* Whatever the stamp: the frame was captured before its drawing ended, which
 * the picture tells, or arrived after that. */
static void
check_pts (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Report *report = data;
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime base = gst_element_get_base_time (rig->source);
  VirtcamStamp drawn = rig_read_stamp (rig, buffer);

  fail_unless (GST_CLOCK_TIME_IS_VALID (pts));
  fail_unless (number == 0 || pts > report->last_pts,
      "frame %u: %" GST_TIME_FORMAT " after %" GST_TIME_FORMAT, number,
      GST_TIME_ARGS (pts), GST_TIME_ARGS (report->last_pts));
  fail_unless (base + pts <= gst_util_get_timestamp ());
  fail_unless (base + pts + INTERVAL >= drawn.time_ns);
  fail_unless (base + pts <= drawn.time_ns + INTERVAL);
  report->last_pts = pts;
}

static void
run_falsified (Falsify how, const gchar *explanation)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Report report = { 0 };

  falsify = how;
  gst_bus_set_sync_handler (rig->bus, take_warning, &report, NULL);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_pts, &report);
  rig_run (rig, N_FRAMES);

  assert_equals_uint64 (rig_get_count (rig, "bad-timestamps"), n_falsified);
  assert_equals_int (report.n_warnings, n_falsified > 0);
  if (explanation)
    fail_unless (strstr (report.warning, explanation) &&
                     strstr (report.warning, camera->node),
        "%s", report.warning);
  g_free (report.warning);
}

GST_START_TEST (honest_stamps_are_said_nothing_of)
{
  run_falsified (NULL, NULL);
  assert_equals_uint64 (n_falsified, 0);
}
GST_END_TEST

GST_START_TEST (frames_stamped_zero_get_the_time_of_arrival)
{
  run_falsified (zero, "zero");
}
GST_END_TEST

GST_START_TEST (frames_stamped_with_the_future_get_the_time_of_arrival)
{
  run_falsified (an_hour_ahead, "of the future");
}
GST_END_TEST

GST_START_TEST (frames_stamped_by_the_wall_clock_get_the_time_of_arrival)
{
  run_falsified (wall_clock, "of the future");
}
GST_END_TEST

GST_START_TEST (frames_stamped_below_zero_get_the_time_of_arrival)
{
  run_falsified (negative, "of the future");
}
GST_END_TEST

GST_START_TEST (frames_stamped_before_the_stream_began_get_the_time_of_arrival)
{
  run_falsified (from_one_second, "before it began to stream");
}
GST_END_TEST

GST_START_TEST (frames_whose_stamps_go_back_get_the_time_of_arrival)
{
  run_falsified (every_third_goes_back, "do not advance");
  fail_unless (n_falsified >= N_FRAMES / 3);
}
GST_END_TEST

GST_START_TEST (frames_stamped_by_an_unknown_clock_get_the_time_of_arrival)
{
  run_falsified (unknown_clock, "another clock");
}
GST_END_TEST

GST_START_TEST (frames_with_a_copied_stamp_get_the_time_of_arrival)
{
  run_falsified (copied_stamp, "another clock");
}
GST_END_TEST

/* vivid, which errs without help */

static gint
open_vivid (gchar **node)
{
  for (guint i = 0; i < 64; i++) {
    g_autofree gchar *path = g_strdup_printf ("/dev/video%u", i);
    struct v4l2_capability capability;
    gint fd = open (path, O_RDWR | O_CLOEXEC);

    if (fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &capability) == 0 &&
        g_str_equal ((gchar *) capability.driver, "vivid") &&
        (capability.device_caps & V4L2_CAP_VIDEO_CAPTURE)) {
      *node = g_steal_pointer (&path);
      return fd;
    }
    if (fd >= 0)
      close (fd);
  }
  g_error ("vivid is not loaded");
}

static void
check_not_ahead (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Report *report = data;
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  fail_unless (number == 0 || pts > report->last_pts);
  fail_unless (gst_element_get_base_time (rig->source) + pts <=
               gst_util_get_timestamp ());
  report->last_pts = pts;
}

static void
run_vivid (const gchar *node, Report *report, guint64 n_bad)
{
  g_autoptr (Rig) rig = rig_new (node);

  gst_bus_set_sync_handler (rig->bus, take_warning, report, NULL);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=640,height=360");
  rig_on_frame (rig, check_not_ahead, report);
  rig_run (rig, N_FRAMES);
  assert_equals_uint64 (rig_get_count (rig, "bad-timestamps"), n_bad);
}

/* It stamps the end of a frame nine tenths of an interval before the end. */
GST_START_TEST (stamps_within_a_frame_of_the_future_are_forgiven)
{
  g_autofree gchar *node = NULL;
  gint fd = open_vivid (&node);
  Report report = { 0 };

  run_vivid (node, &report, 0);
  assert_equals_int (report.n_warnings, 0);
  close (fd);
}
GST_END_TEST

GST_START_TEST (a_driver_whose_stamps_are_about_to_wrap_streams)
{
  g_autofree gchar *node = NULL;
  gint fd = open_vivid (&node);
  struct v4l2_control wrap = { .id = VIVID_CID_TIME_WRAP, .value = 1 };
  Report report = { 0 };

  fail_unless_equals_int (ioctl (fd, VIDIOC_S_CTRL, &wrap), 0);
  run_vivid (node, &report, N_FRAMES);
  assert_equals_int (report.n_warnings, 1);
  fail_unless (strstr (report.warning, "of the future") != NULL);
  g_free (report.warning);
  wrap.value = 0;
  ioctl (fd, VIDIOC_S_CTRL, &wrap);
  close (fd);
}
GST_END_TEST

static Suite *
bad_times_suite (void)
{
  Suite *suite = suite_create ("bad-times");
  TCase *tcase = tcase_create ("bad-times");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, honest_stamps_are_said_nothing_of);
  tcase_add_test (tcase, frames_stamped_zero_get_the_time_of_arrival);
  tcase_add_test (
      tcase, frames_stamped_with_the_future_get_the_time_of_arrival);
  tcase_add_test (
      tcase, frames_stamped_by_the_wall_clock_get_the_time_of_arrival);
  tcase_add_test (tcase, frames_stamped_below_zero_get_the_time_of_arrival);
  tcase_add_test (
      tcase, frames_stamped_before_the_stream_began_get_the_time_of_arrival);
  tcase_add_test (tcase, frames_whose_stamps_go_back_get_the_time_of_arrival);
  tcase_add_test (
      tcase, frames_stamped_by_an_unknown_clock_get_the_time_of_arrival);
  tcase_add_test (tcase, frames_with_a_copied_stamp_get_the_time_of_arrival);
  tcase_add_test (tcase, stamps_within_a_frame_of_the_future_are_forgiven);
  tcase_add_test (tcase, a_driver_whose_stamps_are_about_to_wrap_streams);
  return suite;
}

GST_CHECK_MAIN (bad_times);
