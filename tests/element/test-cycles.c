/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100 lives of a pipeline in one process leave nothing behind. */

#include "rig.h"

#define N_CYCLES 100
#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

/* Lines of /proc/self/maps that say what: any file, a video node, a dma-buf. */
static guint
count_mappings (const gchar *what)
{
  g_autofree gchar *maps = NULL;
  guint count = 0;

  g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL);
  for (const gchar *at = maps; (at = strstr (at, what)); at++)
    count++;
  return count;
}

static void
cycle (const gchar *device, const gchar *io_mode, guint n)
{
  g_autoptr (Rig) rig = rig_new (device);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  for (guint i = 0; i < n; i++) {
    rig_play (rig);
    rig_wait_for_frames (rig, rig->n_frames + 1);
    rig_stop (rig);
  }
}

static void
check_cycles (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *before = NULL, *after = NULL;
  guint n_before, n_after;

  /* what GLib and GStreamer keep for good appears in the first life */
  cycle (camera->node, io_mode, 1);
  before = rig_list_fds (&n_before);
  cycle (camera->node, io_mode, N_CYCLES);
  after = rig_list_fds (&n_after);
  fail_unless (n_after <= n_before, "%s before, and now %s", before, after);
  assert_equals_int (count_mappings ("/dev/video"), 0);
  assert_equals_int (count_mappings ("dmabuf"), 0);
  assert_equals_int (count_mappings ("eventfd"), 0);
}

GST_START_TEST (a_hundred_cycles_with_mmap_leave_nothing_behind)
{
  check_cycles ("mmap");
}
GST_END_TEST

GST_START_TEST (a_hundred_cycles_with_dmabuf_leave_nothing_behind)
{
  check_cycles ("dmabuf");
}
GST_END_TEST

/* A plugin with AddressSanitizer needs its runtime loaded first. */
static void
prepare_program (void)
{
  const gchar *sanitizer = g_getenv ("VIRTCAM_SANITIZER");

  if (sanitizer == NULL)
    return;
  g_setenv ("LD_PRELOAD", sanitizer, TRUE);
  g_setenv ("ASAN_OPTIONS", "detect_leaks=0", TRUE);
}

/* The tracer tells about objects that are alive when GStreamer ends. It tells
 * through the debug log of a process of its own. */
GST_START_TEST (the_leaks_tracer_has_nothing_to_say)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *device = g_strdup_printf ("device=%s", camera->node);
  g_autofree gchar *log = NULL;
  const gchar *argv[] = { "gst-launch-1.0", "-q", "virtcamsrc", device,
    "num-buffers=10", "io-mode=mmap", "!", "queue", "!", "fakesink", NULL };
  gint status;

  prepare_program ();
  g_setenv ("GST_TRACERS", "leaks", TRUE);
  g_setenv ("GST_DEBUG", "GST_TRACER:7", TRUE);
  g_setenv ("GST_DEBUG_NO_COLOR", "1", TRUE);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;

    argv[5] = i == 0 ? "io-mode=mmap" : "io-mode=dmabuf";
    fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH,
                     NULL, NULL, NULL, &log, &status, &error),
        "%s", error ? error->message : "");
    fail_unless (g_spawn_check_wait_status (status, NULL), "%s", log);
    fail_if (strstr (log, "object-alive, type-name=(string)Gst"), "%s", log);
    g_clear_pointer (&log, g_free);
  }
}
GST_END_TEST

static Suite *
cycles_suite (void)
{
  Suite *suite = suite_create ("cycles");
  TCase *tcase = tcase_create ("cycles");

  tcase_set_timeout (tcase, 600);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_hundred_cycles_with_mmap_leave_nothing_behind);
  tcase_add_test (tcase, a_hundred_cycles_with_dmabuf_leave_nothing_behind);
  tcase_add_test (tcase, the_leaks_tracer_has_nothing_to_say);
  return suite;
}

GST_CHECK_MAIN (cycles);
