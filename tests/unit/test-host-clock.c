/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The times and numbers of a virtual machine's host as the guest's, as numbers. */
#include <glib.h>

#include "virtio/clock.h"

#define MS G_GUINT64_CONSTANT (1000000)
#define INTERVAL (33 * MS)
#define GUEST (77 * MS)
#define HOST G_GUINT64_CONSTANT (123456789012345)

/* A frame of a host whose clock is @drift millionths fast */
static guint64
host_time (guint frame, gint drift)
{
  guint64 elapsed = frame * INTERVAL;

  return HOST + elapsed + (gint64) elapsed * drift / 1000000;
}

static guint64
guest_time (guint frame)
{
  return GUEST + frame * INTERVAL;
}

/* Delays between 1 and 8 ms, one in 17 of 1 ms */
static guint64
delay (guint frame)
{
  return MS + (frame * 7 % 17) * MS * 7 / 16;
}

static void
a_time_lies_between_the_capture_and_the_shortest_delay_after_it (void)
{
  struct vmcam_clock clock;

  vmcam_clock_start (&clock);
  for (guint frame = 0; frame < 1000; frame++) {
    guint64 captured = guest_time (frame);
    guint64 now = captured + delay (frame);
    guint64 time = vmcam_clock_time (&clock, host_time (frame, 0), now);

    g_assert_cmpuint (time, <=, now);
    g_assert_cmpuint (time, >=, captured + MS);
    if (frame >= 17)
      g_assert_cmpuint (time, ==, captured + MS);
  }
}

/* 100 millionths are 6.6 us in the 2 s of a window. */
static void
a_clock_that_drifts_is_followed (void)
{
  for (gint drift = -100; drift <= 100; drift += 200) {
    struct vmcam_clock clock;

    vmcam_clock_start (&clock);
    for (guint frame = 0; frame < 20000; frame++) {
      guint64 now = guest_time (frame) + delay (frame);
      guint64 time = vmcam_clock_time (&clock, host_time (frame, drift), now);

      if (frame < 200)
        continue;
      g_assert_cmpuint (time, <=, now);
      g_assert_cmpuint (time, >=, guest_time (frame) + MS - MS / 2);
      g_assert_cmpuint (time, <=, guest_time (frame) + MS + MS / 2);
    }
  }
}

static void
times_rise_whatever_the_host_says (void)
{
  static const guint64 said[] = { HOST, 0, G_MAXUINT64, HOST, HOST, 5,
    HOST + 100 * MS, G_MAXUINT64 / 2, 1, HOST };
  struct vmcam_clock clock;
  guint64 last = 0;

  vmcam_clock_start (&clock);
  for (guint i = 0; i < 10000; i++) {
    guint64 now = guest_time (i);
    guint64 time =
        vmcam_clock_time (&clock, said[i * 7 % G_N_ELEMENTS (said)], now);

    g_assert_cmpuint (time, >=, last + 1000);
    g_assert_cmpuint (time, <=, now);
    g_assert_cmpuint (now - time, <=, VMCAM_CLOCK_MAX_AGE);
    last = time;
  }
}

/* As the recorded host does: the time is the number of the frame. */
static void
a_clock_that_stands_still_is_not_relied_on (void)
{
  struct vmcam_clock clock;

  vmcam_clock_start (&clock);
  for (guint i = 0; i < 1000; i++) {
    guint64 now = guest_time (i);

    g_assert_cmpuint (now - vmcam_clock_time (&clock, i * 1000, now), <=,
        VMCAM_CLOCK_MAX_AGE);
  }
}

static void
numbers_begin_with_zero_and_rise (void)
{
  static const guint32 said[] = { 7, 8, 9, 9, 3, 4, G_MAXUINT32, 0, 5 };
  static const guint32 lost[] = { 0, 0, 0, 0, 0, 0, 0, 0, 4 };
  struct vmcam_clock clock;
  guint32 number = 0;

  vmcam_clock_start (&clock);
  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    guint32 missing = 77;
    guint32 sequence = vmcam_clock_sequence (&clock, said[i], &missing);

    g_assert_cmpuint (missing, ==, lost[i]);
    g_assert_cmpuint (sequence, ==, number + missing);
    number = sequence + 1;
  }
}

static void
a_host_that_begins_anew_goes_on_here (void)
{
  struct vmcam_clock clock;
  guint32 lost;

  vmcam_clock_start (&clock);
  vmcam_clock_restart (&clock);
  g_assert_cmpuint (vmcam_clock_sequence (&clock, 9, &lost), ==, 0);
  g_assert_cmpuint (vmcam_clock_sequence (&clock, 10, &lost), ==, 1);
  g_assert_cmpuint (vmcam_clock_time (&clock, HOST, 50 * MS), ==, 50 * MS);
  vmcam_clock_restart (&clock);
  g_assert_cmpuint (vmcam_clock_sequence (&clock, 0, &lost), ==, 2);
  g_assert_cmpuint (lost, ==, 0);
  g_assert_cmpuint (vmcam_clock_time (&clock, 3, 60 * MS), ==, 60 * MS);
}

#define ADD(name) g_test_add_func ("/host-clock/" #name, name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_time_lies_between_the_capture_and_the_shortest_delay_after_it);
  ADD (a_clock_that_drifts_is_followed);
  ADD (times_rise_whatever_the_host_says);
  ADD (a_clock_that_stands_still_is_not_relied_on);
  ADD (numbers_begin_with_zero_and_rise);
  ADD (a_host_that_begins_anew_goes_on_here);
  return g_test_run ();
}
