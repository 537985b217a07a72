/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that come in any state, and from any thread. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

GST_START_TEST (flush_events_in_null_do_nothing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_element_send_event (rig->source, gst_event_new_flush_start ());
  gst_element_send_event (rig->source, gst_event_new_flush_stop (TRUE));
  rig_set_caps (rig, SMALL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}
GST_END_TEST

static gpointer
query_caps (gpointer user_data)
{
  Rig *rig = user_data;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  while (g_atomic_pointer_get (&rig->data) == NULL) {
    g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

    fail_if (caps == NULL);
  }
  return NULL;
}

/* An application's thread looks at the caps while another opens and closes. */
GST_START_TEST (caps_may_be_asked_for_while_the_node_closes)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GThread *thread = g_thread_new ("query", query_caps, rig);

  for (guint i = 0; i < 50; i++) {
    gst_element_set_state (rig->source, GST_STATE_READY);
    gst_element_set_state (rig->source, GST_STATE_NULL);
  }
  g_atomic_pointer_set (&rig->data, rig);
  g_thread_join (thread);
}
GST_END_TEST

GST_START_TEST (an_error_names_the_camera_that_is_open)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GError) error = NULL;

  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  g_object_set (rig->source, "device", "/dev/another", NULL);
  test_camera_unbind (camera);
  error = rig_wait_for_error (rig, NULL);
  fail_unless (strstr (error->message, camera->node) != NULL, error->message);
}
GST_END_TEST

static Suite *
states_suite (void)
{
  Suite *suite = suite_create ("states");
  TCase *tcase = tcase_create ("states");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, flush_events_in_null_do_nothing);
  tcase_add_test (tcase, caps_may_be_asked_for_while_the_node_closes);
  tcase_add_test (tcase, an_error_names_the_camera_that_is_open);
  return suite;
}

GST_CHECK_MAIN (states);
