/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera goes away at a random moment of a pipeline's life, over and over.
 */

#include "breaking.h"
#include "donor.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

/* A real machine needs a small part of 2 s. The emulated one whose kernel
 * checks every access is 10 to 20 times slower, and must not be mistaken for
 * one that hangs. */
#define HANG (20 * GST_SECOND)

/* The moment of the unplug is within so much of the action's beginning. */
#define WITHIN_US 30000

typedef struct {
  const gchar *io_mode;
  const gchar *policy;
  guint first; /* of the moments, each of which meets each policy */
  TestCamera *camera;
  Rig *rig;
  gulong delay_us;
  gint unplugged;
  void (*unplug) (TestCamera *camera);
  GstClockTime longest; /* of all state changes */
} Storm;

static void
change_state (Storm *storm, GstState state)
{
  GstClockTime before = gst_util_get_timestamp (), took;

  gst_element_set_state (storm->rig->pipeline, state);
  took = gst_util_get_timestamp () - before;
  storm->longest = MAX (storm->longest, took);
  fail_unless (took < HANG, "%s: to %s took %" GST_TIME_FORMAT, storm->policy,
      gst_element_state_get_name (state), GST_TIME_ARGS (took));
}

/* What goes on while the camera is taken away */

static void
do_start (Storm *storm)
{
  change_state (storm, GST_STATE_PLAYING);
}

static void
do_play (Storm *storm)
{
}

static void
do_pause (Storm *storm)
{
  change_state (storm, GST_STATE_PAUSED);
  change_state (storm, GST_STATE_PLAYING);
}

static void
do_flush (Storm *storm)
{
  GstElement *source = storm->rig->source;

  while (!g_atomic_int_get (&storm->unplugged)) {
    gst_element_send_event (source, gst_event_new_flush_start ());
    gst_element_send_event (source, gst_event_new_flush_stop (TRUE));
  }
}

static void
do_ask (Storm *storm)
{
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (storm->rig->source, "src");

  while (!g_atomic_int_get (&storm->unplugged)) {
    g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

    fail_if (caps == NULL);
  }
}

static void
do_stop (Storm *storm)
{
  change_state (storm, GST_STATE_NULL);
}

static void
do_cycle (Storm *storm)
{
  change_state (storm, GST_STATE_READY);
  change_state (storm, GST_STATE_PLAYING);
}

static const struct {
  void (*act) (Storm *storm);
  gboolean from_ready, ends;
} moments[] = {
  { do_start, TRUE, FALSE },
  { do_play, FALSE, FALSE },
  { do_pause, FALSE, FALSE },
  { do_flush, FALSE, FALSE },
  { do_ask, FALSE, FALSE },
  { do_stop, FALSE, TRUE },
  { do_cycle, FALSE, FALSE },
};

static void
disable (TestCamera *camera)
{
  GError *error = NULL;

  fail_unless (test_camera_set (camera, "enabled", "0", &error));
}

static gpointer
unplug_thread (gpointer data)
{
  Storm *storm = data;

  g_usleep (storm->delay_us);
  storm->unplug (storm->camera);
  g_atomic_int_set (&storm->unplugged, TRUE);
  return NULL;
}

/* What the application is told */

static void
expect_end (Storm *storm, GstMessageType type)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      storm->rig->bus, HANG, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_autoptr (GError) error = NULL;

  fail_unless (message != NULL, "nothing was said of the end");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_unless (GST_MESSAGE_TYPE (message) == type, "%s: %s", storm->policy,
      error ? error->message : "the stream ended");
}

static void
expect_frames (Storm *storm)
{
  Rig *rig = storm->rig;
  const guint wanted = rig->n_frames + 3;
  const gint64 end = g_get_monotonic_time () + HANG / 1000;
  gboolean in_time = TRUE;
  g_autoptr (GstMessage) message = NULL;
  g_autofree gchar *debug = NULL;

  g_mutex_lock (&rig->lock);
  while (rig->n_frames < wanted && in_time)
    in_time = g_cond_wait_until (&rig->arrived, &rig->lock, end);
  g_mutex_unlock (&rig->lock);
  if (in_time)
    return;
  message = gst_bus_pop_filtered (rig->bus, GST_MESSAGE_ERROR);
  if (message)
    gst_message_parse_error (message, NULL, &debug);
  fail ("no frames of the camera that is back: %s", debug);
}

static void
expect_what_the_policy_says (Storm *storm)
{
  if (g_str_equal (storm->policy, "error"))
    expect_end (storm, GST_MESSAGE_ERROR);
  else if (g_str_equal (storm->policy, "eos"))
    expect_end (storm, GST_MESSAGE_EOS);
  else {
    test_camera_bind (storm->camera);
    expect_frames (storm);
  }
}

static void
unplug_at (Storm *storm, guint moment)
{
  GThread *thread;

  if (moments[moment].from_ready)
    change_state (storm, GST_STATE_READY);
  else {
    change_state (storm, GST_STATE_PLAYING);
    rig_wait_for_frames (storm->rig, 2);
  }
  storm->unplugged = FALSE;
  thread = g_thread_new ("unplug", unplug_thread, storm);
  moments[moment].act (storm);
  g_thread_join (thread);
  if (!moments[moment].ends)
    expect_what_the_policy_says (storm);
  change_state (storm, GST_STATE_NULL);
}

static void
storm_prepare (Storm *storm, GstBufferPool *pool)
{
  storm->camera = test_camera_new (NULL, NULL);
  storm->rig = rig_new (storm->camera->node);
  /* a frame that the sink keeps would keep the node's number as well */
  g_object_set (storm->rig->sink, "enable-last-sample", FALSE, NULL);
  rig_keep_state (storm->rig);
  gst_util_set_object_arg (
      G_OBJECT (storm->rig->source), "io-mode", storm->io_mode);
  gst_util_set_object_arg (
      G_OBJECT (storm->rig->source), "on-disconnect", storm->policy);
  rig_set_caps (storm->rig, SMALL);
  if (g_str_equal (storm->io_mode, "dmabuf-import"))
    rig_answer_allocation (storm->rig, donor_pool_offer, pool);
}

#define N_POLICIES 3
static const gchar *const policies[N_POLICIES] = { "error", "eos", "wait" };

static void
unplug_once (Storm *storm, GRand *random, guint number)
{
  /* who waits for the camera has it bound again */
  static void (*const ways[]) (
      TestCamera *) = { test_camera_unbind, disable, test_camera_remove };
  const guint policy = number % N_POLICIES;
  const guint moment =
      (number + number / N_POLICIES + storm->first) % G_N_ELEMENTS (moments);
  g_autoptr (TestCamera) donor = test_camera_new (NULL, NULL);
  GstBufferPool *pool = donor_pool_new (donor, 0);

  storm->policy = policies[policy];
  storm->unplug = ways[policy == 2 ? 0 : g_rand_int_range (random, 0, 3)];
  storm->delay_us = g_rand_int_range (random, 0, WITHIN_US);
  storm_prepare (storm, pool);
  g_test_message ("%s %u: on-disconnect=%s, moment %u, after %lu us",
      storm->io_mode, number, storm->policy, moment, storm->delay_us);
  unplug_at (storm, moment);
  g_clear_pointer (&storm->rig, rig_free);
  g_clear_pointer (&storm->camera, test_camera_free);
  ASSERT_OBJECT_REFCOUNT (pool, "pool", 1);
  gst_object_unref (pool);
}

static void
check_storm (const gchar *io_mode)
{
  g_autoptr (GRand) random =
      g_rand_new_with_seed (breaking_seed () ^ g_str_hash (io_mode));
  const guint times = breaking_times (9, 100);
  Storm storm = { .io_mode = io_mode };
  g_autofree gchar *fds = NULL, *after = NULL;
  guint n;

  storm.first = g_rand_int_range (random, 0, G_N_ELEMENTS (moments));
  /* what is opened once, by each policy, GLib and the program's first wait */
  test_camera_settle ();
  for (guint i = 0; i < N_POLICIES; i++)
    unplug_once (&storm, random, i);
  fds = rig_list_fds (&n);
  for (guint i = N_POLICIES; i < times; i++)
    unplug_once (&storm, random, i);
  /* not after a program was run: GLib's worker closes that one's pidfd late */
  after = rig_list_fds (&n);
  fail_unless_equals_string (after, fds);
  breaking_figure (
      "io-mode=%s: unplugged %u times, longest state change %.2f s", io_mode,
      times, storm.longest * 1e-9);
}

GST_START_TEST (a_storm_of_unplugs_is_survived_with_mmap)
{
  check_storm ("mmap");
}
GST_END_TEST

GST_START_TEST (a_storm_of_unplugs_is_survived_with_dmabuf)
{
  check_storm ("dmabuf");
}
GST_END_TEST

GST_START_TEST (a_storm_of_unplugs_is_survived_with_dmabuf_import)
{
  check_storm ("dmabuf-import");
}
GST_END_TEST

GST_START_TEST (a_storm_of_unplugs_is_survived_with_auto)
{
  check_storm ("auto");
}
GST_END_TEST

static Suite *
storm_suite (void)
{
  Suite *suite = suite_create ("storm");
  TCase *tcase = tcase_create ("storm");

  tcase_set_timeout (tcase, g_getenv ("VIRTCAM_SOAK") ? 3600 : 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_storm_of_unplugs_is_survived_with_mmap);
  tcase_add_test (tcase, a_storm_of_unplugs_is_survived_with_dmabuf);
  tcase_add_test (tcase, a_storm_of_unplugs_is_survived_with_dmabuf_import);
  tcase_add_test (tcase, a_storm_of_unplugs_is_survived_with_auto);
  return suite;
}

GST_CHECK_MAIN (storm);
