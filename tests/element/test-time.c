/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure arithmetic of running time and frame numbers. */

#include <gst/check/gstcheck.h>

#include "time/time.h"

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

/* Fields: a frame's two have one number. */

static guint64
advance_field (GstVirtcamSequence *s, guint32 frame, guint32 field)
{
  guint32 number = gst_virtcam_sequence_number_field (s, frame, field);
  guint64 missed;

  gst_virtcam_sequence_advance (s, number, &missed);
  return missed;
}

/* field: the one that comes first */
static void
start_fields (GstVirtcamSequence *s, guint32 frame, guint32 field)
{
  assert_equals_uint64 (advance_field (s, frame, field), 0);
  assert_equals_uint64 (advance_field (s, frame, 3 - field), 0);
}

GST_START_TEST (either_field_may_be_the_first_of_a_frame)
{
  GstVirtcamSequence s = { 0 };

  start_fields (&s, 0, 1 + __i__);
  assert_equals_uint64 (advance_field (&s, 1, 1 + __i__), 0);
  assert_equals_uint64 (s.offset, 2);
  assert_equals_uint64 (advance_field (&s, 2, 1 + __i__), 1);
  assert_equals_uint64 (s.offset, 4);
}
GST_END_TEST

GST_START_TEST (a_stream_may_begin_with_the_second_field_of_a_frame)
{
  GstVirtcamSequence s = { 0 };

  assert_equals_uint64 (advance_field (&s, 0, 2), 0);
  start_fields (&s, 1, 1);
  assert_equals_uint64 (s.offset, 2);
  assert_equals_uint64 (advance_field (&s, 2, 2), 1);
}
GST_END_TEST

GST_START_TEST (the_counter_of_fields_wraps_with_that_of_frames)
{
  GstVirtcamSequence s = { 0 };
  guint64 offset;

  start_fields (&s, G_MAXUINT32, 1);
  offset = s.offset;
  assert_equals_uint64 (advance_field (&s, 0, 1), 0);
  assert_equals_uint64 (s.offset, offset + 1);
  assert_equals_uint64 (advance_field (&s, 1, 1), 1);
}
GST_END_TEST

/* The order of the fields is another one then, or the driver. */
GST_START_TEST (a_new_counter_may_count_fields_otherwise)
{
  GstVirtcamSequence s = { 0 };

  start_fields (&s, 0, 1);
  gst_virtcam_sequence_continue (&s);
  start_fields (&s, 0, 2);
  assert_equals_uint64 (s.offset, 3);
  gst_virtcam_sequence_continue (&s);
  for (guint32 i = 0; i < 4; i++)
    assert_equals_uint64 (advance_field (&s, i, 1 + i % 2), 0);
  assert_equals_uint64 (s.offset, 7);
}
GST_END_TEST

/* A stream that began at 1000 ns, whose last frame was stamped 2000; now it is
 * 3000, and 100 are forgiven. */
static GstVirtcamVerdict
judge (GstClockTime stamp, GstClockTime *captured)
{
  GstVirtcamStamps capture = { .since = 1000, .stamp = 2000, .captured = 2000 };

  return gst_virtcam_stamps_judge (&capture, stamp, 3000, 100, captured);
}

GST_START_TEST (a_good_stamp_is_the_capture_time)
{
  GstVirtcamStamps fresh = { .since = 1000 };
  GstClockTime captured;

  fail_unless_equals_int (judge (2500, &captured), GST_VIRTCAM_STAMP_GOOD);
  assert_equals_uint64 (captured, 2500);
  fail_unless_equals_int (
      gst_virtcam_stamps_judge (&fresh, 1001, 3000, 100, &captured),
      GST_VIRTCAM_STAMP_GOOD);
  assert_equals_uint64 (captured, 1001);
}
GST_END_TEST

GST_START_TEST (a_stamp_that_cannot_be_true_gives_way_to_the_arrival)
{
  static const struct {
    GstClockTime stamp;
    GstVirtcamVerdict verdict;
  } cases[] = {
    { GST_CLOCK_TIME_NONE, GST_VIRTCAM_STAMP_OTHER_CLOCK },
    { 0, GST_VIRTCAM_STAMP_ZERO },
    { 3101, GST_VIRTCAM_STAMP_FUTURE },
    { (guint64) -GST_SECOND, GST_VIRTCAM_STAMP_FUTURE },
    { 899, GST_VIRTCAM_STAMP_PAST },
    { 1999, GST_VIRTCAM_STAMP_BACKWARD },
    { 2000, GST_VIRTCAM_STAMP_BACKWARD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstClockTime captured;

    fail_unless_equals_int (
        judge (cases[i].stamp, &captured), cases[i].verdict);
    assert_equals_uint64 (captured, 3000);
  }
}
GST_END_TEST

GST_START_TEST (
    a_stamp_that_is_a_little_early_is_forgiven_and_not_of_the_future)
{
  GstClockTime captured;

  fail_unless_equals_int (judge (3100, &captured), GST_VIRTCAM_STAMP_GOOD);
  assert_equals_uint64 (captured, 3000);
}
GST_END_TEST

/* Its arrival came after the capture of the next frame. */
GST_START_TEST (a_bad_stamp_does_not_make_the_next_good_one_bad)
{
  GstVirtcamStamps capture = { .since = 1000 };
  GstClockTime captured;

  gst_virtcam_stamps_judge (&capture, 2000, 2500, 100, &captured);
  gst_virtcam_stamps_judge (&capture, 9000, 3500, 100, &captured);
  fail_unless_equals_int (
      gst_virtcam_stamps_judge (&capture, 3400, 4000, 100, &captured),
      GST_VIRTCAM_STAMP_GOOD);
  assert_equals_uint64 (captured, 3501);
  gst_virtcam_stamps_judge (&capture, 3900, 4000, 100, &captured);
  assert_equals_uint64 (captured, 3900);
}
GST_END_TEST

GST_START_TEST (capture_times_advance_whatever_the_stamps)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  GstVirtcamStamps capture = { .since = 1000 };
  GstClockTime now = 1000, last = 0, captured;

  for (guint i = 0; i < 10000; i++) {
    now += g_rand_int_range (random, 2, 400);
    gst_virtcam_stamps_judge (
        &capture, g_rand_int_range (random, 0, 4000000), now, 100, &captured);
    fail_unless (captured > last && captured <= now);
    last = captured;
  }
}
GST_END_TEST

GST_START_TEST (every_verdict_has_words_of_its_own)
{
  for (gint i = 0; i <= GST_VIRTCAM_STAMP_BACKWARD; i++) {
    fail_unless (gst_virtcam_verdict_explain (i) != NULL);
    for (gint j = 0; j < i; j++)
      fail_if (g_str_equal (
          gst_virtcam_verdict_explain (i), gst_virtcam_verdict_explain (j)));
  }
}
GST_END_TEST

GST_START_TEST (offsets_go_on_behind_those_of_another_counter)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_continue (&s);
  gst_virtcam_sequence_advance (&s, 7, &missed);
  assert_equals_uint64 (s.offset, 7);
  gst_virtcam_sequence_continue (&s);
  gst_virtcam_sequence_continue (&s);
  fail_unless (gst_virtcam_sequence_advance (&s, 2, &missed));
  assert_equals_uint64 (s.offset, 10);
  assert_equals_uint64 (missed, 0);
  fail_if (gst_virtcam_sequence_advance (&s, 3, &missed));
  assert_equals_uint64 (s.offset, 11);
  gst_virtcam_sequence_reset (&s);
  fail_unless (gst_virtcam_sequence_advance (&s, 9, &missed));
  assert_equals_uint64 (s.offset, 17);
}
GST_END_TEST

/* A pause resets, whatever the counter did before it. */
GST_START_TEST (offsets_never_go_back_after_a_pause)
{
  static const guint32 numbers[][3] = {
    { 1000, 0, 2 },        /* started anew */
    { G_MAXUINT32, 0, 3 }, /* wrapped */
    { 5, 5, 5 },           /* does not count */
    { 1000, 1001, 4 },     /* starts anew in the pause */
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    GstVirtcamSequence s = { 0 };
    guint64 missed, before;

    gst_virtcam_sequence_advance (&s, numbers[i][0], &missed);
    gst_virtcam_sequence_advance (&s, numbers[i][1], &missed);
    before = s.offset;
    gst_virtcam_sequence_reset (&s);
    fail_unless (gst_virtcam_sequence_advance (&s, numbers[i][2], &missed));
    assert_equals_uint64 (missed, 0);
    fail_unless (s.offset > before,
        "%u: %" G_GUINT64_FORMAT " after "
        "%" G_GUINT64_FORMAT,
        i, s.offset, before);
  }
}
GST_END_TEST

GST_START_TEST (a_counter_that_went_back_counts_on_through_a_pause)
{
  GstVirtcamSequence s = { 0 };
  guint64 missed;

  gst_virtcam_sequence_advance (&s, 1000, &missed);
  gst_virtcam_sequence_advance (&s, 0, &missed);
  assert_equals_uint64 (s.offset, 1001);
  gst_virtcam_sequence_reset (&s);
  gst_virtcam_sequence_advance (&s, 10, &missed);
  assert_equals_uint64 (s.offset, 1011);
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
  tcase_add_loop_test (tcase, either_field_may_be_the_first_of_a_frame, 0, 2);
  tcase_add_test (tcase, a_stream_may_begin_with_the_second_field_of_a_frame);
  tcase_add_test (tcase, the_counter_of_fields_wraps_with_that_of_frames);
  tcase_add_test (tcase, a_new_counter_may_count_fields_otherwise);
  tcase_add_test (tcase, a_good_stamp_is_the_capture_time);
  tcase_add_test (tcase, a_stamp_that_cannot_be_true_gives_way_to_the_arrival);
  tcase_add_test (
      tcase, a_stamp_that_is_a_little_early_is_forgiven_and_not_of_the_future);
  tcase_add_test (tcase, a_bad_stamp_does_not_make_the_next_good_one_bad);
  tcase_add_test (tcase, capture_times_advance_whatever_the_stamps);
  tcase_add_test (tcase, every_verdict_has_words_of_its_own);
  tcase_add_test (tcase, offsets_go_on_behind_those_of_another_counter);
  tcase_add_test (tcase, offsets_never_go_back_after_a_pause);
  tcase_add_test (tcase, a_counter_that_went_back_counts_on_through_a_pause);
  return suite;
}

GST_CHECK_MAIN (time);
