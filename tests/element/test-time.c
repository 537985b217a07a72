/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure arithmetic of running time and frame numbers. */

#include <gst/check/gstcheck.h>

#include "gstvirtcamtime.h"

GST_START_TEST (age_of_a_frame_is_taken_from_the_running_time)
{
  const GstVirtcamMoment now = { .monotonic = 5000, .running = 900 };

  assert_equals_uint64 (gst_virtcam_running_time (now, 4900), 800);
  assert_equals_uint64 (gst_virtcam_running_time (now, 5000), 900);
}
GST_END_TEST

GST_START_TEST (running_time_is_never_negative_nor_of_the_future)
{
  const GstVirtcamMoment now = { .monotonic = 5000, .running = 900 };

  assert_equals_uint64 (gst_virtcam_running_time (now, 4000), 0);
  assert_equals_uint64 (gst_virtcam_running_time (now, 6000), 900);
}
GST_END_TEST

GST_START_TEST (duration_of_a_frame_is_the_inverse_of_its_rate)
{
  assert_equals_uint64 (gst_virtcam_frame_duration (30, 1), 33333333);
  assert_equals_uint64 (gst_virtcam_frame_duration (60000, 1001), 16683333);
  assert_equals_uint64 (gst_virtcam_frame_duration (0, 1), GST_CLOCK_TIME_NONE);
}
GST_END_TEST

GST_START_TEST (consecutive_frames_follow_without_discontinuity)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  fail_unless (gst_virtcam_sequence_advance (&s, 0, &missed));
  for (guint32 i = 1; i < 10; i++) {
    fail_if (gst_virtcam_sequence_advance (&s, i, &missed));
    assert_equals_uint64 (missed, 0);
    assert_equals_uint64 (s.offset, i);
  }
}
GST_END_TEST

GST_START_TEST (a_gap_is_a_discontinuity_and_counts_what_it_lost)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_advance (&s, 7, &missed);
  assert_equals_uint64 (missed, 0);
  fail_unless (gst_virtcam_sequence_advance (&s, 11, &missed));
  assert_equals_uint64 (missed, 3);
  assert_equals_uint64 (s.offset, 11);
}
GST_END_TEST

GST_START_TEST (the_counter_wraps_at_32_bits_and_the_offset_does_not)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_advance (&s, G_MAXUINT32 - 1, &missed);
  fail_if (gst_virtcam_sequence_advance (&s, G_MAXUINT32, &missed));
  fail_if (gst_virtcam_sequence_advance (&s, 0, &missed));
  assert_equals_uint64 (s.offset, G_GUINT64_CONSTANT (1) << 32);
  fail_unless (gst_virtcam_sequence_advance (&s, 2, &missed));
  assert_equals_uint64 (missed, 1);
}
GST_END_TEST

GST_START_TEST (a_counter_that_goes_back_lost_nothing)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_advance (&s, 100, &missed);
  fail_unless (gst_virtcam_sequence_advance (&s, 3, &missed));
  assert_equals_uint64 (missed, 0);
  assert_equals_uint64 (s.offset, 101);
}
GST_END_TEST

GST_START_TEST (a_driver_that_does_not_count_has_no_gaps)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_advance (&s, 0, &missed);
  fail_if (gst_virtcam_sequence_advance (&s, 0, &missed));
  assert_equals_uint64 (missed, 0);
  assert_equals_uint64 (s.offset, 1);
}
GST_END_TEST

static Suite *
time_suite (void)
{
  Suite *suite = suite_create ("time");
  TCase *tcase = tcase_create ("time");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, age_of_a_frame_is_taken_from_the_running_time);
  tcase_add_test (tcase, running_time_is_never_negative_nor_of_the_future);
  tcase_add_test (tcase, duration_of_a_frame_is_the_inverse_of_its_rate);
  tcase_add_test (tcase, consecutive_frames_follow_without_discontinuity);
  tcase_add_test (tcase, a_gap_is_a_discontinuity_and_counts_what_it_lost);
  tcase_add_test (tcase, the_counter_wraps_at_32_bits_and_the_offset_does_not);
  tcase_add_test (tcase, a_counter_that_goes_back_lost_nothing);
  tcase_add_test (tcase, a_driver_that_does_not_count_has_no_gaps);
  return suite;
}

GST_CHECK_MAIN (time);
