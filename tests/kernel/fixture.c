/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

void
fixture_init (int argc, char **argv)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  int count;
  char **values;

  for (int i = 0; i < argc; i++)
    g_ptr_array_add (arguments, argv[i]);
  g_ptr_array_add (arguments, (char *) "--tap");
  count = (int) arguments->len;
  g_ptr_array_add (arguments, NULL);
  values = (char **) arguments->pdata;
  g_test_init (&count, &values, NULL);

  if (!test_camera_available ()) {
    printf ("1..0 # SKIP virtcam is not loaded: no " VIRTCAM_CONFIGFS "\n");
    exit (SKIPPED);
  }
}

int
fixture_driver_references (void)
{
  g_autofree char *text = NULL;
  GError *error = NULL;

  if (!g_file_get_contents ("/sys/module/virtcam/refcnt", &text, NULL, &error))
    g_error ("%s", error->message);
  return atoi (text);
}

void
fixture_assert_setting_refused (Fixture * fixture, const char *name,
    const char *value, GFileError reason, const char *const *words)
{
  g_autoptr (KernelLog) log = kernel_log_open ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = test_camera_get (fixture->camera, name);
  g_autofree char *after = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean found = FALSE;

  if (test_camera_set (fixture->camera, name, value, &error))
    g_error ("%s took '%s'", name, value);
  if (!g_error_matches (error, G_FILE_ERROR, reason))
    g_error ("%s", error->message);
  after = test_camera_get (fixture->camera, name);
  g_assert_cmpstr (after, ==, before);

  lines = g_strsplit (kernel_log_read (log), "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    gboolean all = strstr (lines[i], name) != NULL;

    for (guint w = 0; words[w]; w++)
      all = all && strstr (lines[i], words[w]);
    found = found || all;
  }
  if (!found)
    g_error ("no line of the log names %s, '%s' and what is allowed:\n%s",
        name, value, kernel_log_read (log));
}

static void
set_up_log (Fixture * fixture, gconstpointer test)
{
  (void) test;
  fixture->log = kernel_log_open ();
  fixture->driver_references = fixture_driver_references ();
}

static void
set_up_camera (Fixture * fixture, gconstpointer test)
{
  set_up_log (fixture, test);
  fixture->camera = test_camera_new (NULL, NULL);
}

static void
set_up_feed (Fixture * fixture, gconstpointer test)
{
  set_up_log (fixture, test);
  fixture->camera = test_feed_new ("placeholder", "none", NULL);
}

static void
run (Fixture * fixture, gconstpointer test)
{
  ((FixtureTest) test) (fixture);
}

void
fixture_finish (Fixture * fixture)
{
  g_autofree char *trouble = kernel_log_find_trouble (fixture->log);

  if (trouble) {
    g_test_message ("%s", kernel_log_read (fixture->log));
    g_error ("the kernel log says: %s", trouble);
  }
  kernel_log_close (fixture->log);
}

static void
tear_down (Fixture * fixture, gconstpointer test)
{
  (void) test;
  test_camera_free (fixture->camera);
  fixture_finish (fixture);
}

void
fixture_add (const char *path, FixtureTest test)
{
  g_test_add (path, Fixture, (gconstpointer) test, set_up_camera, run,
      tear_down);
}

void
fixture_add_feed (const char *path, FixtureTest test)
{
  g_test_add (path, Fixture, (gconstpointer) test, set_up_feed, run, tear_down);
}

void
fixture_add_without_camera (const char *path, FixtureTest test)
{
  g_test_add (path, Fixture, (gconstpointer) test, set_up_log, run, tear_down);
}

int
fixture_run_miscounted (void)
{
  int status;

  kernel_log_note ("vb2 may miscount from here on");
  status = g_test_run ();
  kernel_log_note ("vb2 may miscount no more");
  return status;
}
