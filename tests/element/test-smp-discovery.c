/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cameras come and go while the provider runs, starts and stops. */

#include "discovery.h"
#include "rig.h"

#define ONE_MODE \
  "formats", "NV12", "sizes", "320x240", "intervals", "1/30", NULL

#define N_CAMERAS 10

static void
wait_for (Discovery *discovery, GstMessageType type, const gchar *path)
{
  gst_object_unref (discovery_wait (discovery, type, path));
}

static void
check_hotplug (Discovery *discovery)
{
  g_autoptr (TestCamera) camera = NULL;

  discovery_start (discovery);
  camera = test_camera_new (ONE_MODE);
  wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
  test_camera_remove (camera);
  wait_for (discovery, GST_MESSAGE_DEVICE_REMOVED, camera->node);
  fail_unless (discovery_get (discovery, camera->node) == NULL);
}

GST_START_TEST (cameras_that_come_and_go_are_told_to_a_monitor)
{
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);

  check_hotplug (discovery);
}
GST_END_TEST

GST_START_TEST (cameras_that_come_and_go_are_told_without_a_monitor)
{
  g_autoptr (Discovery) discovery = discovery_new ();

  check_hotplug (discovery);
}
GST_END_TEST

GST_START_TEST (unbind_and_bind_are_a_going_and_a_coming)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);
  g_autofree gchar *node = g_strdup (camera->node);

  discovery_start (discovery);
  wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, node);
  test_camera_unbind (camera);
  wait_for (discovery, GST_MESSAGE_DEVICE_REMOVED, node);
  test_camera_bind (camera);
  wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
}
GST_END_TEST

/* Of whichever cameras: udev works on several at a time. */
static void
wait_for_all (Discovery *discovery, GstMessageType type)
{
  for (guint i = 0; i < N_CAMERAS; i++)
    wait_for (discovery, type, NULL);
}

GST_START_TEST (ten_cameras_come_and_go)
{
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);
  TestCamera *cameras[N_CAMERAS];
  guint before;

  discovery_start (discovery);
  before = discovery_count (discovery);
  for (guint i = 0; i < before; i++)
    wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, NULL);
  for (guint i = 0; i < N_CAMERAS; i++)
    cameras[i] = test_camera_new (ONE_MODE);
  wait_for_all (discovery, GST_MESSAGE_DEVICE_ADDED);
  assert_equals_int (discovery_count (discovery), before + N_CAMERAS);
  for (guint i = 0; i < N_CAMERAS; i++)
    test_camera_remove (cameras[i]);
  wait_for_all (discovery, GST_MESSAGE_DEVICE_REMOVED);
  assert_equals_int (discovery_count (discovery), before);
  for (guint i = 0; i < N_CAMERAS; i++)
    test_camera_free (cameras[i]);
}
GST_END_TEST

/* The kernel gives the number of a camera that went to the next one, if nobody
 * has the former still open: udev is waited for, and the provider has asked. */
GST_START_TEST (a_node_that_another_camera_takes_is_another_device)
{
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (TestCamera) former = test_camera_new ("card", "former", NULL);
  g_autoptr (TestCamera) latter = NULL;
  g_autoptr (GstDevice) gone = NULL;
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autofree gchar *name = NULL;

  test_camera_settle ();
  discovery_start (discovery);
  gone = discovery_wait (discovery, GST_MESSAGE_DEVICE_ADDED, former->node);
  g_object_get (gone, "caps", &caps, NULL);
  test_camera_remove (former);
  latter = test_camera_new ("card", "latter", NULL);
  fail_unless_equals_string (former->node, latter->node);
  device = discovery_wait (discovery, GST_MESSAGE_DEVICE_ADDED, latter->node);
  name = gst_device_get_display_name (device);
  fail_unless_equals_string (name, "latter");
}
GST_END_TEST

GST_START_TEST (a_device_outlives_its_camera)
{
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autofree gchar *path = NULL;

  discovery_start (discovery);
  device = discovery_wait (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
  test_camera_remove (camera);
  wait_for (discovery, GST_MESSAGE_DEVICE_REMOVED, camera->node);
  discovery_stop (discovery);

  caps = gst_device_get_caps (device);
  rig_leave_out_drm (&caps);
  assert_equals_int (gst_caps_get_size (caps), 1);
  path = discovery_device_path (device);
  fail_unless_equals_string (path, camera->node);
  element = gst_object_ref_sink (gst_device_create_element (device, NULL));
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (element, GST_STATE_NULL);
}
GST_END_TEST

/* Start and stop */

GST_START_TEST (a_provider_that_starts_again_lists_each_camera_once)
{
  g_autoptr (TestCamera) camera G_GNUC_UNUSED = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  guint count;

  test_camera_settle ();
  count = discovery_count (discovery);
  for (guint i = 0; i < 5; i++) {
    discovery_start (discovery);
    assert_equals_int (discovery_count (discovery), count);
    discovery_stop (discovery);
  }
  assert_equals_int (discovery_count (discovery), count);
}
GST_END_TEST

/* Each round stops at another moment of the events' way. */
GST_START_TEST (a_stop_may_meet_any_event)
{
  for (guint i = 0; i < 20; i++) {
    g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);
    g_autoptr (TestCamera) camera = NULL;

    discovery_start (discovery);
    camera = test_camera_new (ONE_MODE);
    if (i % 3 == 1)
      wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
    if (i % 3 == 2)
      test_camera_remove (camera);
    discovery_stop (discovery);
  }
}
GST_END_TEST

static gpointer
start_and_stop (gpointer unused)
{
  g_autoptr (Discovery) discovery = discovery_new ();

  (void) unused;
  for (guint i = 0; i < 10; i++) {
    discovery_start (discovery);
    discovery_stop (discovery);
  }
  return NULL;
}

GST_START_TEST (starts_and_stops_come_from_any_thread)
{
  g_autoptr (TestCamera) camera G_GNUC_UNUSED = test_camera_new (ONE_MODE);
  GThread *threads[4];

  test_camera_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("starter", start_and_stop, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}
GST_END_TEST

/* The message is handed on to the test after the stop. */
typedef struct {
  Discovery *discovery;
  GAsyncQueue *stopped;
} Stopper;

static GstBusSyncReply
stop_at_once (GstBus *bus, GstMessage *message, gpointer data)
{
  Stopper *stopper = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_ADDED &&
      stopper->discovery->started) {
    discovery_stop (stopper->discovery);
    g_async_queue_push (stopper->stopped, stopper);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

GST_START_TEST (a_stop_in_the_providers_own_thread_does_not_hang)
{
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (GAsyncQueue) stopped = g_async_queue_new ();
  Stopper stopper = { discovery, stopped };

  discovery_start (discovery);
  gst_bus_set_sync_handler (discovery->bus, stop_at_once, &stopper, NULL);
  camera = test_camera_new (ONE_MODE);
  fail_unless (g_async_queue_pop (stopped) == &stopper);
  gst_bus_set_sync_handler (discovery->bus, NULL, NULL, NULL);
  test_camera_settle ();
  discovery_start (discovery);
  wait_for (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
}
GST_END_TEST

/* Of one provider: each hears of every camera. */
GST_START_TEST (a_provider_is_started_by_several)
{
  g_autoptr (Discovery) first = discovery_new ();
  g_autoptr (Discovery) second = discovery_new ();
  g_autoptr (TestCamera) camera = NULL;

  fail_unless (first->provider == second->provider);
  discovery_start (first);
  discovery_start (second);
  discovery_stop (first);
  camera = test_camera_new (ONE_MODE);
  wait_for (second, GST_MESSAGE_DEVICE_ADDED, camera->node);
}
GST_END_TEST

static gpointer
read_caps (gpointer device)
{
  GstCaps *caps;

  g_object_get (device, "caps", &caps, NULL);
  return caps;
}

GST_START_TEST (caps_may_be_asked_for_by_many_at_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = NULL;
  GThread *threads[4];

  test_camera_settle ();
  discovery_start (discovery);
  device = discovery_get (discovery, camera->node);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_caps, device);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    g_autoptr (GstCaps) caps = g_thread_join (threads[i]);

    rig_leave_out_drm (&caps);
    assert_equals_int (gst_caps_get_size (caps), 1);
    fail_unless (gst_caps_is_fixed (caps));
  }
}
GST_END_TEST

/* v4l2deviceprovider complains of a camera that goes while it looks at it, on
 * behalf of an element that is not there (1.22): a critical message. */
static void
leave_v4l2deviceprovider_out (void)
{
  GstDeviceProviderFactory *factory =
      gst_device_provider_factory_find ("v4l2deviceprovider");

  if (factory == NULL)
    return;
  gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (factory), GST_RANK_NONE);
  gst_object_unref (factory);
}

static Suite *
discovery_suite (void)
{
  Suite *suite = suite_create ("discovery");
  TCase *tcase = tcase_create ("hotplug");

  leave_v4l2deviceprovider_out ();
  tcase_set_timeout (tcase, 120);
  /* a node may be one that a former test had, with events still to come */
  tcase_add_checked_fixture (tcase, test_camera_settle, NULL);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, cameras_that_come_and_go_are_told_to_a_monitor);
  tcase_add_test (tcase, cameras_that_come_and_go_are_told_without_a_monitor);
  tcase_add_test (tcase, unbind_and_bind_are_a_going_and_a_coming);
  tcase_add_test (tcase, ten_cameras_come_and_go);
  tcase_add_test (tcase, a_node_that_another_camera_takes_is_another_device);
  tcase_add_test (tcase, a_device_outlives_its_camera);
  tcase_add_test (tcase, a_provider_that_starts_again_lists_each_camera_once);
  tcase_add_test (tcase, a_stop_may_meet_any_event);
  tcase_add_test (tcase, starts_and_stops_come_from_any_thread);
  tcase_add_test (tcase, a_stop_in_the_providers_own_thread_does_not_hang);
  tcase_add_test (tcase, a_provider_is_started_by_several);
  tcase_add_test (tcase, caps_may_be_asked_for_by_many_at_once);
  return suite;
}

GST_CHECK_MAIN (discovery);
