/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What another thread does unless its owner comes first. */

#define _GNU_SOURCE
#include <gst/check/gstcheck.h>
#include <unistd.h>

#include "gstvirtcamlater.h"

typedef struct {
  GMutex lock;
  GCond changed;
  guint n_calls, n_done;
  gint owner; /* atomic: whose sleep a call waits for, -1: not told yet, 0: none */
} Calls;

static void
add (Calls *calls, guint *what)
{
  g_mutex_lock (&calls->lock);
  ++*what;
  g_cond_broadcast (&calls->changed);
  g_mutex_unlock (&calls->lock);
}

static void
wait_for (Calls *calls, const guint *what, guint n)
{
  g_mutex_lock (&calls->lock);
  while (*what < n)
    g_cond_wait (&calls->changed, &calls->lock);
  g_mutex_unlock (&calls->lock);
}

static gboolean
is_asleep (gint task)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%d/stat", task);
  g_autofree gchar *stat = NULL;

  fail_unless (g_file_get_contents (path, &stat, NULL, NULL));
  return g_str_has_prefix (strrchr (stat, ')'), ") S");
}

static gboolean
is_awaited (Calls *calls)
{
  gint owner = g_atomic_int_get (&calls->owner);

  return owner == 0 || (owner > 0 && is_asleep (owner));
}

static void
call (gpointer data, gpointer user_data)
{
  Calls *calls = user_data;

  assert_equals_string (data, "data");
  add (calls, &calls->n_calls);
  while (!is_awaited (calls))
    g_thread_yield ();
  add (calls, &calls->n_done);
}

GST_START_TEST (it_is_done_when_its_time_has_come)
{
  gint64 before = g_get_monotonic_time ();
  Calls calls = { 0 };
  GstVirtcamLater *later =
      gst_virtcam_later_new (10 * GST_MSECOND, call, "data", &calls);

  wait_for (&calls, &calls.n_calls, 1);
  fail_unless (g_get_monotonic_time () - before >= 10 * 1000);
  gst_virtcam_later_free (later);
  assert_equals_int (calls.n_calls, 1);
}
GST_END_TEST

/* Not at once, and not when another one's later time has come. */
GST_START_TEST (it_is_not_done_when_its_owner_comes_first)
{
  Calls none = { 0 }, calls = { 0 };
  GstVirtcamLater *later;

  gst_virtcam_later_free (
      gst_virtcam_later_new (GST_SECOND, call, "data", &none));
  gst_virtcam_later_free (
      gst_virtcam_later_new (10 * GST_MSECOND, call, "data", &none));
  later = gst_virtcam_later_new (20 * GST_MSECOND, call, "data", &calls);
  wait_for (&calls, &calls.n_done, 1);
  gst_virtcam_later_free (later);
  assert_equals_int (none.n_calls, 0);
}
GST_END_TEST

GST_START_TEST (what_has_begun_is_waited_for)
{
  Calls calls = { .owner = -1 };
  GstVirtcamLater *later = gst_virtcam_later_new (0, call, "data", &calls);

  wait_for (&calls, &calls.n_calls, 1);
  g_atomic_int_set (&calls.owner, gettid ());
  gst_virtcam_later_free (later);
  assert_equals_int (calls.n_done, 1);
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
