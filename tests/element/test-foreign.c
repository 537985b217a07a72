/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers that refuse, or give less than they said. */

#include <errno.h>
#include <gst/allocators/gstdmabuf.h>

#include "foreign.h"
#include "vivid.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"
#define SIZE "video/x-raw,width=160,height=120,framerate=60/1,format="

/* Twice, with a state between. */
static void
play_and_play_on (Rig *rig, GstState between)
{
  rig_play (rig);
  rig_wait_for_frames (rig, 10);
  gst_element_set_state (rig->pipeline, between);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 10);
  rig_stop (rig);
}

static GstBusSyncReply
count_warning (GstBus *bus, GstMessage *message, gpointer data)
{
  *(guint *) data += GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING;
  return GST_BUS_PASS;
}

/* Refusals */

static void
check_mapped (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_if (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  rig_read_stamp (rig, buffer);
}

GST_START_TEST (export_is_tried_once_and_then_mapped)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "dmabuf", SMALL);
  guint n_warnings = 0;

  foreign_refuse (VIDIOC_EXPBUF, ENOTTY);
  gst_bus_set_sync_handler (rig->bus, count_warning, &n_warnings, NULL);
  rig_on_frame (rig, check_mapped, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, 5);
  /* nor again in the next mode */
  rig_set_caps (rig, SIZE "NV12");
  rig_wait_for_frames (rig, 60);
  rig_stop (rig);
  assert_equals_int (foreign_counts.refused, 1);
  assert_equals_int (n_warnings, 1);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}
GST_END_TEST

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_ptr_array_add (data, gst_buffer_ref (buffer));
}

GST_START_TEST (a_driver_that_makes_no_more_buffers_is_asked_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  foreign_refuse (VIDIOC_CREATE_BUFS, ENOTTY);
  rig_on_frame (rig, hold, held);
  rig_run (rig, 40);
  assert_equals_int (rig->n_frames, 40);
  assert_equals_int (foreign_counts.refused, 1);
  assert_equals_uint64 (rig_get_count (rig, "grown"), 0);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  fail_unless (rig_get_count (rig, "copied") >= 30);
}
GST_END_TEST

typedef struct {
  GstBuffer *held[6];
  guint n;
} Last;

static void
hold_last (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Last *last = data;

  gst_buffer_replace (&last->held[number % last->n], buffer);
}

/* Downstream holds the last n_held frames. */
static void
run_with_held (Rig *rig, guint n_held)
{
  Last last = { .n = n_held };

  rig_on_frame (rig, hold_last, &last);
  rig_run (rig, 40);
  rig_on_frame (rig, NULL, NULL);
  for (guint i = 0; i < n_held; i++)
    gst_clear_buffer (&last.held[i]);
  assert_equals_int (rig->n_frames, 40);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}

GST_START_TEST (a_driver_that_makes_no_buffers_while_it_streams_has_enough)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.makes_no_more = EINVAL;
  run_with_held (rig, 2);
  assert_equals_int (foreign_counts.refused, 0);
}
GST_END_TEST

GST_START_TEST (a_driver_with_enough_buffers_is_asked_for_no_more)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.makes_no_more = EINVAL;
  play_and_play_on (rig, GST_STATE_READY);
  assert_equals_int (foreign_counts.refused, 0);
}
GST_END_TEST

GST_START_TEST (a_driver_without_memory_for_more_goes_on_with_what_it_has)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  foreign.makes_no_more = ENOMEM;
  rig_on_frame (rig, hold, held);
  rig_run (rig, 40);
  assert_equals_int (rig->n_frames, 40);
  assert_equals_int (foreign_counts.refused, 1);
  assert_equals_int (foreign_counts.started, 1);
  fail_unless (rig_get_count (rig, "copied") >= 30);
}
GST_END_TEST

GST_START_TEST (all_buffers_of_a_driver_that_makes_more_are_used)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.makes_more_by = 1;
  run_with_held (rig, 6);
  fail_unless (rig_get_count (rig, "grown") >= 1);
}
GST_END_TEST

static void
check_refusal (unsigned long request, int refusal, const gchar *words)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = NULL;

  foreign_refuse (request, refusal);
  error = rig_run_into_error (rig, &debug);
  fail_unless (strstr (error->message, camera->node) != NULL, error->message);
  fail_unless (strstr (debug, words) != NULL, "%s lacks %s", debug, words);
  rig_stop (rig);

  foreign_refuse (0, 0);
  gst_bus_set_flushing (rig->bus, TRUE);
  gst_bus_set_flushing (rig->bus, FALSE);
  rig_run (rig, 5);
  assert_equals_int (rig->n_frames, 5);
}

GST_START_TEST (a_refused_start_is_a_clear_error_and_the_next_try_works)
{
  check_refusal (VIDIOC_S_FMT, EIO, "S_FMT");
  check_refusal (VIDIOC_REQBUFS, ENOMEM, "REQBUFS");
  check_refusal (VIDIOC_QUERYBUF, EIO, "QUERYBUF");
  check_refusal (VIDIOC_QBUF, EIO, "QBUF");
  check_refusal (VIDIOC_STREAMON, ENOSPC, "STREAMON");
  check_refusal (VIDIOC_DQBUF, EIO, "DQBUF");
}
GST_END_TEST

/* Lies */

static void
check_damaged (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  gsize size = gst_buffer_get_size (buffer);
  GstVideoFrame frame;
  GstVideoInfo info;
  g_autoptr (GstCaps) caps = rig_get_caps (rig);

  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_CORRUPTED));
  fail_unless (meta != NULL);
  fail_unless (meta->offset[1] + (gsize) meta->stride[1] * 60 <= size);
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  gst_video_frame_unmap (&frame);
}

GST_START_TEST (a_short_frame_is_corrupted_and_has_all_of_its_planes)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SIZE "NV12");

  foreign.leaves_out = 160 * 100;
  rig_on_frame (rig, check_damaged, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  assert_equals_uint64 (rig_get_count (rig, "corrupted"), 10);
}
GST_END_TEST

GST_START_TEST (buffers_that_are_too_small_for_a_frame_are_an_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.short_by = 4096;
  foreign_assert_error (rig, "a frame 38400");
}
GST_END_TEST

/* A buffer is looked up to be mapped. */
static void
check_looked_up (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  rig_read_stamp (rig, buffer);
  if (number == 0)
    assert_equals_int (foreign_counts.looked_up, 1);
}

GST_START_TEST (a_buffer_is_mapped_once_when_its_first_frame_is_there)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  rig_on_frame (rig, check_looked_up, NULL);
  rig_run (rig, 30);
  assert_equals_int (foreign_counts.looked_up, 5);
}
GST_END_TEST

GST_START_TEST (a_driver_that_changes_its_mode_when_asked_again_is_an_error)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "162x122 320x240", NULL);
  g_autoptr (Rig) rig = foreign_rig (
      camera, "mmap", "video/x-raw,format=RGB,width=162,height=122");

  foreign.forgets_size = TRUE;
  foreign_assert_error (rig, "changes its mode");
}
GST_END_TEST

/* It is waited for in another way. */
GST_START_TEST (a_driver_that_does_not_say_what_its_buffers_can_do_streams)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.hides_capabilities = TRUE;
  play_and_play_on (rig, GST_STATE_PAUSED);
}
GST_END_TEST

GST_START_TEST (a_driver_that_a_signal_kept_out_of_epoll_is_entered_anew)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap", SMALL);

  foreign.keeps_out_of_epoll = TRUE;
  rig_run (rig, 60);
  assert_equals_int (rig->n_frames, 60);
}
GST_END_TEST

/* The camera does not do that rate, and cannot say so. */
GST_START_TEST (a_rate_that_is_not_offered_is_not_believed)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "1/30", NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap",
      "video/x-raw,format=YUY2,width=640,height=480,"
      "framerate=25/1");

  foreign.has_no_rate = TRUE;
  foreign_assert_error (rig, "framerate");
  rig_stop (rig);

  gst_bus_set_flushing (rig->bus, TRUE);
  gst_bus_set_flushing (rig->bus, FALSE);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=640,height=480,"
                     "framerate=30/1");
  rig_run (rig, 3);
}
GST_END_TEST

/* That is how it is done where nothing is listed. */
GST_START_TEST (a_size_that_is_not_listed_can_be_had_by_name)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "160x120 320x240", NULL);
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap",
      "video/x-raw,format=YUY2,width=320,height=240,framerate=60/1");

  foreign_refuse (VIDIOC_ENUM_FRAMESIZES, ENOTTY);
  rig_run (rig, 3);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=322,height=240,"
                     "framerate=60/1");
  foreign_assert_error (rig, "320");
}
GST_END_TEST

static void
check_next_rate (TestCamera *camera)
{
  g_autoptr (Rig) rig = foreign_rig (camera, "mmap",
      "video/x-raw,format=YUY2,width=320,height=240,framerate=60/1");

  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,height=240,"
                     "framerate=30/1");
  rig_wait_for_caps (rig, "video/x-raw,framerate=30/1");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  rig_stop (rig);
}

/* virtcam does not change its rate while it streams. */
GST_START_TEST (a_size_that_is_not_listed_can_be_had_at_another_rate)
{
  g_autoptr (TestCamera) camera = test_camera_new (
      "sizes", "160x120 320x240", "intervals", "1/60 1/30", NULL);

  foreign_refuse (VIDIOC_ENUM_FRAMESIZES, ENOTTY);
  check_next_rate (camera);
}
GST_END_TEST

GST_START_TEST (a_driver_that_keeps_its_rate_while_it_streams_is_stopped)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "320x240", "intervals", "1/60 1/30", NULL);

  foreign.keeps_its_rate = TRUE;
  check_next_rate (camera);
}
GST_END_TEST

/* vivid, which fails once for each press of a button */

#define VIVID_CID_QUEUE_SETUP_ERROR (0x00f0f000 + 67)
#define VIVID_CID_BUF_PREPARE_ERROR (0x00f0f000 + 68)
#define VIVID_CID_START_STREAMING_ERROR (0x00f0f000 + 69)

GST_START_TEST (vivids_failures_at_the_start_are_clear_and_pass)
{
  static const struct {
    guint32 id;
    const gchar *words;
  } failures[] = {
    { VIVID_CID_QUEUE_SETUP_ERROR, "REQBUFS" },
    { VIVID_CID_BUF_PREPARE_ERROR, "QBUF" },
    { VIVID_CID_START_STREAMING_ERROR, "STREAMON" },
  };
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);

  rig_set_caps (rig, "video/x-raw,width=320,height=180");
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++) {
    guint before = rig->n_frames;

    vivid_set (vivid, failures[i].id, 0);
    foreign_assert_error (rig, failures[i].words);
    rig_stop (rig);
    gst_bus_set_flushing (rig->bus, TRUE);
    gst_bus_set_flushing (rig->bus, FALSE);
    rig_run (rig, 3);
    assert_equals_int (rig->n_frames, before + 3);
  }
}
GST_END_TEST

static Suite *
foreign_suite (void)
{
  Suite *suite = suite_create ("foreign");
  TCase *tcase = tcase_create ("foreign");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, export_is_tried_once_and_then_mapped);
  tcase_add_test (tcase, a_driver_that_makes_no_more_buffers_is_asked_once);
  tcase_add_test (
      tcase, a_driver_that_makes_no_buffers_while_it_streams_has_enough);
  tcase_add_test (tcase, a_driver_with_enough_buffers_is_asked_for_no_more);
  tcase_add_test (
      tcase, a_driver_without_memory_for_more_goes_on_with_what_it_has);
  tcase_add_test (tcase, all_buffers_of_a_driver_that_makes_more_are_used);
  tcase_add_test (
      tcase, a_refused_start_is_a_clear_error_and_the_next_try_works);
  tcase_add_test (tcase, a_short_frame_is_corrupted_and_has_all_of_its_planes);
  tcase_add_test (tcase, buffers_that_are_too_small_for_a_frame_are_an_error);
  tcase_add_test (tcase, a_buffer_is_mapped_once_when_its_first_frame_is_there);
  tcase_add_test (
      tcase, a_driver_that_changes_its_mode_when_asked_again_is_an_error);
  tcase_add_test (
      tcase, a_driver_that_does_not_say_what_its_buffers_can_do_streams);
  tcase_add_test (
      tcase, a_driver_that_a_signal_kept_out_of_epoll_is_entered_anew);
  tcase_add_test (tcase, a_rate_that_is_not_offered_is_not_believed);
  tcase_add_test (tcase, a_size_that_is_not_listed_can_be_had_by_name);
  tcase_add_test (tcase, a_size_that_is_not_listed_can_be_had_at_another_rate);
  tcase_add_test (
      tcase, a_driver_that_keeps_its_rate_while_it_streams_is_stopped);
  tcase_add_test (tcase, vivids_failures_at_the_start_are_clear_and_pass);
  return suite;
}

GST_CHECK_MAIN (foreign);
