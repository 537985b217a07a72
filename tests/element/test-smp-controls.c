/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controls from several threads, while the element changes its state and while
 * its camera goes away. */

#include <linux/videodev2.h>

#include "controls.h"

#define N_THREADS 3

typedef struct {
  Rig *rig;
  gint stop;
  gint rounds;
} Storm;

static void
use_balance (GstElement *source)
{
  GstColorBalance *balance = GST_COLOR_BALANCE (source);
  const GList *list = gst_color_balance_list_channels (balance);

  for (; list; list = list->next)
    gst_color_balance_set_value (
        balance, list->data, gst_color_balance_get_value (balance, list->data));
}

static gpointer
storm (gpointer data)
{
  Storm *self = data;
  GstElement *source = self->rig->source;
  gint value;

  while (!g_atomic_int_get (&self->stop)) {
    g_autoptr (GObject) controls = gst_child_proxy_get_child_by_name (
        GST_CHILD_PROXY (source), "controls");

    if (controls) {
      g_object_set (controls, "brightness", 7, NULL);
      g_object_get (controls, "brightness", &value, NULL);
      fail_unless_equals_int (value, 7);
    }
    use_balance (source);
    g_object_set (source, "video-direction", GST_VIDEO_ORIENTATION_180, NULL);
    g_object_get (source, "video-direction", &value, NULL);
    g_atomic_int_inc (&self->rounds);
  }
  return NULL;
}

static void
start_storm (Storm *self, GThread **threads)
{
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("storm", storm, self);
}

static void
end_storm (Storm *self, GThread **threads)
{
  g_atomic_int_set (&self->stop, 1);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  fail_unless (self->rounds > 0);
}

GST_START_TEST (controls_are_safe_from_any_thread_in_any_state)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Storm weather = { .rig = rig };
  GThread *threads[N_THREADS];

  start_storm (&weather, threads);
  for (guint i = 1; i <= 10; i++) {
    rig_play (rig);
    rig_wait_for_frames (rig, rig->n_frames + 2);
    rig_stop (rig);
  }
  end_storm (&weather, threads);
}
GST_END_TEST

GST_START_TEST (controls_are_safe_while_the_camera_goes)
{
  for (guint i = 0; i < 5; i++) {
    g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
    g_autoptr (Rig) rig = rig_new (camera->node);
    g_autoptr (GError) error = NULL;
    Storm weather = { .rig = rig };
    GThread *threads[N_THREADS];

    rig_play (rig);
    start_storm (&weather, threads);
    rig_wait_for_frames (rig, 2);
    test_camera_unbind (camera);
    error = rig_wait_for_error (rig, NULL);
    rig_stop (rig);
    end_storm (&weather, threads);
  }
}
GST_END_TEST

/* The application's reference outlives the element while another thread is
 * setting. */
GST_START_TEST (a_kept_child_is_safe_while_the_element_goes)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  for (guint i = 0; i < 20; i++) {
    g_autoptr (GstElement) source =
        gst_element_factory_make ("virtcamsrc", NULL);
    g_autoptr (GObject) controls = NULL;
    GThread *thread;

    g_object_set (source, "device", camera->node, NULL);
    gst_element_set_state (source, GST_STATE_READY);
    controls = controls_get (source);
    thread = g_thread_new ("last", controls_set_often, controls);
    gst_element_set_state (source, GST_STATE_NULL);
    gst_clear_object (&source);
    g_thread_join (thread);
    fail_unless (GST_OBJECT_PARENT (controls) == NULL);
  }
}
GST_END_TEST

/* on-disconnect=wait: the pipeline goes on, with what was set. */
GST_START_TEST (a_camera_that_returns_while_playing_has_what_was_set)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = NULL;
  guint n_frames;

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  controls = controls_get (rig->source);
  g_object_set (controls, "brightness", 12, NULL);
  test_camera_unbind (camera);
  g_object_set (controls, "contrast", 13, NULL);
  g_mutex_lock (&rig->lock);
  n_frames = rig->n_frames;
  g_mutex_unlock (&rig->lock);
  test_camera_bind (camera);
  rig_wait_for_frames (rig, n_frames + 4);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 12);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_CONTRAST), 13);
}
GST_END_TEST

static Suite *
smp_controls_suite (void)
{
  Suite *suite = suite_create ("smp-controls");
  TCase *tcase = tcase_create ("smp-controls");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, controls_are_safe_from_any_thread_in_any_state);
  tcase_add_test (tcase, controls_are_safe_while_the_camera_goes);
  tcase_add_test (tcase, a_camera_that_returns_while_playing_has_what_was_set);
  tcase_add_test (tcase, a_kept_child_is_safe_while_the_element_goes);
  return suite;
}

GST_CHECK_MAIN (smp_controls);
