/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What another thread does unless its owner comes first. */

#include <gst/check/gstcheck.h>

#include "gstvirtcamlater.h"

static gint n_calls;

static void
count (gpointer data, gpointer user_data)
{
  assert_equals_string (data, "data");
  fail_unless (user_data == &n_calls);
  g_atomic_int_inc (&n_calls);
}

/* While it runs, until the owner is seen to wait for it. */
static void
dawdle (gpointer data, gpointer user_data)
{
  g_atomic_int_set (&n_calls, 1);
  g_usleep (20 * 1000);
  g_atomic_int_set (&n_calls, 2);
}

GST_START_TEST (it_is_done_when_its_time_has_come)
{
  gint64 before = g_get_monotonic_time ();
  GstVirtcamLater *later =
      gst_virtcam_later_new (10 * GST_MSECOND, count, "data", &n_calls);

  while (g_atomic_int_get (&n_calls) == 0)
    g_usleep (1000);
  fail_unless (g_get_monotonic_time () - before >= 10 * 1000);
  gst_virtcam_later_free (later);
  assert_equals_int (n_calls, 1);
}
GST_END_TEST

GST_START_TEST (it_is_not_done_when_its_owner_comes_first)
{
  gst_virtcam_later_free (
      gst_virtcam_later_new (GST_SECOND, count, "data", &n_calls));
  gst_virtcam_later_free (
      gst_virtcam_later_new (10 * GST_MSECOND, count, "data", &n_calls));
  g_usleep (50 * 1000);
  assert_equals_int (g_atomic_int_get (&n_calls), 0);
}
GST_END_TEST

GST_START_TEST (what_has_begun_is_waited_for)
{
  GstVirtcamLater *later = gst_virtcam_later_new (0, dawdle, NULL, NULL);

  while (g_atomic_int_get (&n_calls) == 0)
    g_usleep (1000);
  gst_virtcam_later_free (later);
  assert_equals_int (n_calls, 2);
}
GST_END_TEST

GST_START_TEST (none_may_be_freed) { gst_virtcam_later_free (NULL); }
GST_END_TEST

static Suite *
later_suite (void)
{
  Suite *suite = suite_create ("later");
  TCase *tcase = tcase_create ("later");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, it_is_done_when_its_time_has_come);
  tcase_add_test (tcase, it_is_not_done_when_its_owner_comes_first);
  tcase_add_test (tcase, what_has_begun_is_waited_for);
  tcase_add_test (tcase, none_may_be_freed);
  return suite;
}

GST_CHECK_MAIN (later);
