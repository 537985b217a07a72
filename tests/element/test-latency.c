/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The histogram of latencies, against the sorted list of what it was told. */

#include <gst/check/gstcheck.h>

#include "time/time.h"

#define N 20000

static gint
compare (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

/* Of all magnitudes from 1 ns to 16 s. */
static void
fill (GstVirtcamLatency *latency, guint64 *values)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint i = 0; i < N; i++) {
    guint bits = g_rand_int_range (random, 0, 34);
    guint64 top = G_GUINT64_CONSTANT (1) << bits;

    values[i] = top + (guint64) (g_rand_double (random) * top);
    gst_virtcam_latency_add (latency, values[i]);
  }
  qsort (values, N, sizeof *values, compare);
}

GST_START_TEST (percentiles_are_right_to_one_percent)
{
  g_autofree GstVirtcamLatency *latency = g_new0 (GstVirtcamLatency, 1);
  g_autofree guint64 *values = g_new (guint64, N);

  fill (latency, values);
  for (guint percent = 1; percent <= 100; percent++) {
    gdouble exact = values[N * percent / 100 - 1];
    gdouble told = gst_virtcam_latency_percentile (latency, percent);

    fail_unless (ABS (told - exact) <= MAX (exact * 0.008, 8),
        "%u %%: %.0f instead of %.0f", percent, told, exact);
  }
}
GST_END_TEST

GST_START_TEST (the_longest_is_exact)
{
  g_autofree GstVirtcamLatency *latency = g_new0 (GstVirtcamLatency, 1);

  for (guint64 i = 0; i < 1000; i++)
    gst_virtcam_latency_add (latency, 33333333 - i);
  assert_equals_uint64 (gst_virtcam_latency_max (latency), 33333333);
  fail_unless (gst_virtcam_latency_percentile (latency, 100) <= 33333333);
}
GST_END_TEST

GST_START_TEST (a_single_latency_is_every_percentile)
{
  for (guint64 value = 1; value < 17 * GST_SECOND; value += value / 3 + 1) {
    g_autofree GstVirtcamLatency *latency = g_new0 (GstVirtcamLatency, 1);
    GstClockTime p1, p99;

    gst_virtcam_latency_add (latency, value);
    p1 = gst_virtcam_latency_percentile (latency, 1);
    p99 = gst_virtcam_latency_percentile (latency, 99);
    assert_equals_uint64 (p1, p99);
    fail_unless (ABS ((gdouble) p1 - value) <= MAX (value * 0.008, 8));
  }
}
GST_END_TEST

GST_START_TEST (an_empty_histogram_says_none)
{
  g_autofree GstVirtcamLatency *latency = g_new0 (GstVirtcamLatency, 1);

  assert_equals_uint64 (
      gst_virtcam_latency_percentile (latency, 50), GST_CLOCK_TIME_NONE);
  assert_equals_uint64 (gst_virtcam_latency_max (latency), GST_CLOCK_TIME_NONE);
}
GST_END_TEST

GST_START_TEST (a_latency_beyond_the_table_counts_as_long)
{
  g_autofree GstVirtcamLatency *latency = g_new0 (GstVirtcamLatency, 1);

  gst_virtcam_latency_add (latency, G_MAXUINT64);
  gst_virtcam_latency_add (latency, 0);
  fail_unless (gst_virtcam_latency_percentile (latency, 50) <= 16);
  fail_unless (gst_virtcam_latency_percentile (latency, 99) >= 17 * GST_SECOND);
  assert_equals_uint64 (gst_virtcam_latency_max (latency), G_MAXUINT64);
}
GST_END_TEST

static Suite *
latency_suite (void)
{
  Suite *suite = suite_create ("latency");
  TCase *tcase = tcase_create ("latency");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, percentiles_are_right_to_one_percent);
  tcase_add_test (tcase, the_longest_is_exact);
  tcase_add_test (tcase, a_single_latency_is_every_percentile);
  tcase_add_test (tcase, an_empty_histogram_says_none);
  tcase_add_test (tcase, a_latency_beyond_the_table_counts_as_long);
  return suite;
}

GST_CHECK_MAIN (latency);
