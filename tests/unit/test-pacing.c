/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlines and drops, with the clock as a number. */
#include <glib.h>

#include <virtcam/pacing.h>

#define NSEC G_GUINT64_CONSTANT (1000000000)
#define START G_GUINT64_CONSTANT (123456789012345)

static const struct v4l2_fract intervals[] = {
  {1, 1}, {1, 5}, {1, 10}, {1, 15}, {1, 24}, {1, 25}, {1, 30}, {1, 50},
  {1, 60}, {1001, 60000}, {1001, 30000}, {1, 1000}, {10, 1}, {99999, 100000},
  /* What USB cameras say of 30 frames a second, and the longest terms */
  {333333, 10000000}, {G_MAXUINT32 - 1, G_MAXUINT32},
};

static const u64 frames[] = {
  0, 1, 2, 3, 29, 30, 31, 59, 60, 1000, 59999, 60000, 60001,
  G_GUINT64_CONSTANT (0xfffffffe), G_GUINT64_CONSTANT (0xffffffff),
  G_GUINT64_CONSTANT (0x100000000),
};

static struct virtcam_pacing
pacing_at (struct v4l2_fract interval, u64 next)
{
  struct virtcam_pacing pacing;

  virtcam_pacing_start (&pacing, START, interval);
  pacing.next = next;
  return pacing;
}

/* The same in 128 bits, where nothing can overflow. */
static u64
exact_elapsed (struct v4l2_fract interval, u64 frame)
{
  return (u64) ((__extension__ (unsigned __int128) frame) *
      interval.numerator * NSEC / interval.denominator);
}

static void
frame_zero_is_due_when_the_stream_starts (void)
{
  struct virtcam_pacing pacing;

  pacing.next = 77;
  virtcam_pacing_start (&pacing, START, intervals[0]);
  g_assert_cmpuint (pacing.next, ==, 0);
  g_assert_cmpuint (virtcam_pacing_elapsed (&pacing), ==, 0);
  g_assert_cmpuint (virtcam_pacing_deadline (&pacing), ==, START);
}

static void
deadlines_are_exact_for_every_frame_up_to_two_to_the_32 (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++)
    for (guint f = 0; f < G_N_ELEMENTS (frames); f++) {
      struct virtcam_pacing pacing = pacing_at (intervals[i], frames[f]);
      u64 elapsed = exact_elapsed (intervals[i], frames[f]);

      g_assert_cmpuint (virtcam_pacing_elapsed (&pacing), ==, elapsed);
      g_assert_cmpuint (virtcam_pacing_deadline (&pacing), ==,
          START + elapsed);
    }
}

static void
deadlines_never_come_nearer_than_the_interval_rounded_down (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++) {
    u64 interval = intervals[i].numerator * NSEC / intervals[i].denominator;
    u64 before = START;

    for (u64 frame = 1; frame < 1000; frame++) {
      struct virtcam_pacing pacing = pacing_at (intervals[i], frame);
      u64 deadline = virtcam_pacing_deadline (&pacing);

      g_assert_cmpuint (deadline - before, >=, interval);
      g_assert_cmpuint (deadline - before, <=, interval + 1);
      before = deadline;
    }
  }
}

static void
a_frame_that_is_early_or_a_little_late_is_not_given_up (void)
{
  struct virtcam_pacing pacing = pacing_at ((struct v4l2_fract) {1, 30}, 300);
  u64 deadline = virtcam_pacing_deadline (&pacing);
  u64 late = NSEC / 30 * (VIRTCAM_PACING_MAX_LATE + 1) - 1;

  g_assert_cmpuint (virtcam_pacing_overdue (&pacing, START), ==, 0);
  g_assert_cmpuint (virtcam_pacing_overdue (&pacing, deadline - 1), ==, 0);
  g_assert_cmpuint (virtcam_pacing_overdue (&pacing, deadline), ==, 0);
  g_assert_cmpuint (virtcam_pacing_overdue (&pacing, deadline + 1), ==, 0);
  g_assert_cmpuint (virtcam_pacing_overdue (&pacing, deadline + late), ==, 0);
}

static void
giving_up_overdue_frames_puts_the_next_one_on_time (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++) {
    u64 interval = intervals[i].numerator * NSEC / intervals[i].denominator;

    for (u64 late = VIRTCAM_PACING_MAX_LATE + 1; late < 1000; late += 7) {
      struct virtcam_pacing pacing = pacing_at (intervals[i], 4000);
      u64 now = virtcam_pacing_deadline (&pacing) + late * interval +
          interval / 2;
      u64 given_up = virtcam_pacing_overdue (&pacing, now);

      g_assert_cmpuint (given_up, >, 0);
      pacing.next += given_up;
      g_assert_cmpuint (virtcam_pacing_deadline (&pacing), <=, now);
      pacing.next++;
      g_assert_cmpuint (virtcam_pacing_deadline (&pacing), >, now);
    }
  }
}

/* What the core does for a camera that nobody is late for: every number comes
 * once, and in order. */
static void
a_stream_on_time_skips_no_number (void)
{
  struct virtcam_pacing pacing = pacing_at ((struct v4l2_fract)
      {1001, 60000}, 0);

  for (u64 frame = 0; frame < 100000; frame++) {
    u64 now = virtcam_pacing_deadline (&pacing);

    g_assert_cmpuint (virtcam_pacing_overdue (&pacing, now), ==, 0);
    g_assert_cmpuint (pacing.next, ==, frame);
    g_assert_cmpuint (now, ==, START + exact_elapsed (pacing.interval, frame));
    pacing.next++;
  }
}

static void
without_deadlines_a_frame_has_the_time_when_it_begins (void)
{
  static const u64 after[] = { 1000, 1001, 5 * NSEC, 86400 * NSEC, 2000 };
  struct virtcam_pacing pacing = pacing_at ((struct v4l2_fract) {1, 30}, 0);
  u64 now = START + 12345;

  g_assert_cmpuint (virtcam_pacing_advance (&pacing, now), ==, now);
  g_assert_cmpuint (pacing.start, ==, now);
  for (guint i = 0; i < G_N_ELEMENTS (after); i++) {
    now += after[i];
    g_assert_cmpuint (virtcam_pacing_advance (&pacing, now), ==, now);
    g_assert_cmpuint (pacing.start, ==, START + 12345);
    g_assert_cmpuint (pacing.next, ==, i + 2);
  }
}

/* A clock that stands still, or is finer than what programs see. */
static void
without_deadlines_no_two_frames_come_at_the_same_microsecond (void)
{
  static const u64 steps[] = { 0, 1, 499, 999 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    struct virtcam_pacing pacing = pacing_at (intervals[0], 0);
    u64 before = virtcam_pacing_advance (&pacing, START);

    for (u64 frame = 1; frame < 1000; frame++) {
      u64 time = virtcam_pacing_advance (&pacing, START + frame * steps[i]);

      g_assert_cmpuint (time / 1000, >, before / 1000);
      before = time;
    }
    g_assert_cmpuint (before, ==, START + 999 * 1000);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/pacing/" #name, name)
  ADD (frame_zero_is_due_when_the_stream_starts);
  ADD (deadlines_are_exact_for_every_frame_up_to_two_to_the_32);
  ADD (deadlines_never_come_nearer_than_the_interval_rounded_down);
  ADD (a_frame_that_is_early_or_a_little_late_is_not_given_up);
  ADD (giving_up_overdue_frames_puts_the_next_one_on_time);
  ADD (a_stream_on_time_skips_no_number);
  ADD (without_deadlines_a_frame_has_the_time_when_it_begins);
  ADD (without_deadlines_no_two_frames_come_at_the_same_microsecond);
  return g_test_run ();
}
