/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider: what is listed, what is asked for it, what is told of it. */

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "discovery.h"
#include "kernel-log.h"
#include "rig.h"

#define ONE_MODE \
  "formats", "NV12", "sizes", "320x240", "intervals", "1/30", NULL
#define ONE_MODE_CAPS \
  "video/x-raw, format=NV12, width=320, height=240, framerate=30/1"

/* Lists */

GST_START_TEST (a_probe_lists_the_cameras_with_their_caps)
{
  g_autoptr (TestCamera) first = test_camera_new (ONE_MODE);
  g_autoptr (TestCamera) second = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, first->node);
  g_autoptr (GstDevice) other = discovery_get (discovery, second->node);

  fail_unless (device != NULL && other != NULL);
  discovery_assert_caps (device, ONE_MODE_CAPS);
  discovery_assert_caps (other, "video/x-raw, format=YUY2");
  fail_unless (gst_device_has_classes (device, "Video/Source"));
}
GST_END_TEST

GST_START_TEST (a_device_is_called_by_its_card_name)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("card", "Front Door", "formats", "YUYV", NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, camera->node);
  g_autofree gchar *name = gst_device_get_display_name (device);

  fail_unless_equals_string (name, "Front Door");
}
GST_END_TEST

/* vivid has outputs, VBI, radio, touch, metadata besides its one camera. */
GST_START_TEST (only_cameras_are_listed)
{
  g_autoptr (Discovery) discovery = discovery_new ();
  guint n_of_vivid = 0;
  GList *devices;

  /* nobody has looked at caps yet, by which others would drop out as well */
  discovery_start (discovery);
  devices = gst_device_provider_get_devices (discovery->provider);

  for (GList *item = devices; item; item = item->next) {
    g_autoptr (GstStructure) properties =
        gst_device_get_properties (item->data);

    /* cameras of another test's count for nothing */
    n_of_vivid += gst_device_has_classes (item->data, "Video/Source") &&
                  g_str_equal (gst_structure_get_string (
                                   properties, "v4l2.device.driver"),
                      "vivid");
  }
  assert_equals_int (n_of_vivid, 1);
  g_list_free_full (devices, gst_object_unref);
}
GST_END_TEST

static GstDevice *
get_of_v4l2 (const gchar *path)
{
  g_autoptr (GstDeviceProvider) provider =
      gst_device_provider_factory_get_by_name ("v4l2deviceprovider");
  GstDevice *found = NULL;
  GList *devices;

  fail_unless (provider != NULL, "gstreamer1.0-plugins-good is missing");
  gst_device_provider_start (provider);
  devices = gst_device_provider_get_devices (provider);
  for (GList *item = devices; item; item = item->next) {
    g_autofree gchar *device_path = discovery_device_path (item->data);

    if (found == NULL && g_str_equal (device_path, path))
      found = gst_object_ref (item->data);
  }
  g_list_free_full (devices, gst_object_unref);
  gst_device_provider_stop (provider);
  return found;
}

static gboolean
assert_same_field (GQuark field, const GValue *theirs, gpointer data)
{
  const GValue *ours = gst_structure_id_get_value (data, field);
  g_autofree gchar *text = gst_value_serialize (theirs);

  if (g_str_equal (g_quark_to_string (field), "udev-probed"))
    return TRUE;
  fail_unless (ours != NULL, "%s is missing", g_quark_to_string (field));
  fail_unless (gst_value_compare (ours, theirs) == GST_VALUE_EQUAL,
      "%s is not %s", g_quark_to_string (field), text);
  return TRUE;
}

GST_START_TEST (properties_are_those_of_v4l2deviceprovider)
{
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Door", NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) theirs = NULL;
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (GstStructure) properties = NULL;
  g_autoptr (GstStructure) ours = NULL;

  test_camera_settle ();
  theirs = get_of_v4l2 (camera->node);
  device = discovery_get (discovery, camera->node);
  fail_unless (theirs != NULL && device != NULL);
  properties = gst_device_get_properties (theirs);
  ours = gst_device_get_properties (device);
  gst_structure_foreach (properties, assert_same_field, ours);
  fail_unless_equals_string (
      gst_structure_get_string (ours, "v4l2.device.card"), "Door");
  fail_unless_equals_string (
      gst_structure_get_string (ours, "device.api"), "v4l2");
}
GST_END_TEST

/* What is asked */

static void
log_ioctls (TestCamera *camera, gboolean on)
{
  g_autofree gchar *name = g_path_get_basename (camera->node);
  g_autofree gchar *file =
      g_strdup_printf ("/sys/class/video4linux/%s/dev_debug", name);

  fail_unless (g_file_set_contents_full (
      file, on ? "1" : "0", 1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

/* "video3: VIDIOC_QUERYCAP" and so on, all cameras' in order. */
static GPtrArray *
read_ioctls (KernelLog *log)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) lines = g_strsplit (kernel_log_read (log), "\n", -1);

  for (guint i = 0; lines[i]; i++) {
    const gchar *end = strstr (lines[i], ": VIDIOC_");
    const gchar *start = end;

    if (end == NULL)
      continue;
    while (start > lines[i] && g_ascii_isalnum (start[-1]))
      start--;
    end += 2 + strcspn (end + 2, ": ");
    g_ptr_array_add (calls, g_strndup (start, end - start));
  }
  return calls;
}

static guint
count_ioctls (GPtrArray *calls, const gchar *name)
{
  guint count = 0;

  for (guint i = 0; i < calls->len; i++)
    count += g_str_has_suffix (calls->pdata[i], name);
  return count;
}

GST_START_TEST (caps_are_found_without_try_fmt_and_s_fmt)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (KernelLog) log = NULL;
  g_autoptr (GPtrArray) ioctls = NULL;
  g_autoptr (GstDevice) device = NULL;

  test_camera_settle ();
  log_ioctls (camera, TRUE);
  log = kernel_log_open ();
  device = discovery_get (discovery, camera->node);
  discovery_assert_caps (device, ONE_MODE_CAPS);
  ioctls = read_ioctls (log);
  fail_unless (count_ioctls (ioctls, "_ENUM_FRAMEINTERVALS") > 0);
  assert_equals_int (count_ioctls (ioctls, "_TRY_FMT"), 0);
  assert_equals_int (count_ioctls (ioctls, "_S_FMT"), 0);
}
GST_END_TEST

GST_START_TEST (a_camera_is_shown_with_its_own_caps)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = NULL;

  test_camera_settle ();
  discovery_start (discovery);
  device = discovery_get (discovery, camera->node);
  discovery_assert_caps (device, ONE_MODE_CAPS);
}
GST_END_TEST

GST_START_TEST (a_monitor_is_shown_the_cameras_own_caps)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);
  g_autoptr (GstDevice) device = NULL;

  discovery_start (discovery);
  device = discovery_wait (discovery, GST_MESSAGE_DEVICE_ADDED, camera->node);
  discovery_assert_caps (device, ONE_MODE_CAPS);
}
GST_END_TEST

GST_START_TEST (a_monitors_filter_is_held_against_the_cameras_own_caps)
{
  g_autoptr (TestCamera) yes = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (TestCamera) no = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery =
      discovery_new_monitor ("video/x-raw, format=YUY2");
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (GstDevice) other = NULL;

  test_camera_settle ();
  discovery_start (discovery);
  device = discovery_get (discovery, yes->node);
  other = discovery_get (discovery, no->node);
  fail_unless (device != NULL && other == NULL);
}
GST_END_TEST

/* Bad devices */

typedef void (*Spoil) (const gchar *node);

static void
spoil_by_null (const gchar *node)
{
  fail_unless_equals_int (unlink (node), 0);
  fail_unless_equals_int (mknod (node, S_IFCHR | 0666, makedev (1, 3)), 0);
}

static void
spoil_by_no_driver (const gchar *node)
{
  fail_unless_equals_int (unlink (node), 0);
  fail_unless_equals_int (mknod (node, S_IFCHR | 0666, makedev (81, 255)), 0);
}

static void
spoil_by_fifo (const gchar *node)
{
  fail_unless_equals_int (unlink (node), 0);
  fail_unless_equals_int (mkfifo (node, 0666), 0);
}

static void
spoil_by_absence (const gchar *node)
{
  fail_unless_equals_int (unlink (node), 0);
}

static void
spoil_by_rights (const gchar *node)
{
  fail_unless_equals_int (chmod (node, 0), 0);
}

static const Spoil spoils[] = { spoil_by_null, spoil_by_no_driver,
  spoil_by_fifo, spoil_by_absence, spoil_by_rights };

#define N_SPOILS G_N_ELEMENTS (spoils)

/* root may open anything, so another user looks. A process of the test's own.*/
static void
check_bad_devices (Discovery *discovery)
{
  TestCamera *bad[N_SPOILS];
  g_autoptr (TestCamera) good = NULL;
  g_autoptr (GstDevice) device = NULL;

  for (guint i = 0; i < N_SPOILS; i++)
    bad[i] = test_camera_new (ONE_MODE);
  good = test_camera_new (ONE_MODE);
  test_camera_settle ();
  fail_unless_equals_int (chmod (good->node, 0666), 0);
  for (guint i = 0; i < N_SPOILS; i++)
    spoils[i](bad[i]->node);

  fail_unless_equals_int (seteuid (65534), 0);
  discovery_start (discovery);
  device = discovery_get (discovery, good->node);
  fail_unless (device != NULL);
  discovery_assert_caps (device, ONE_MODE_CAPS);
  for (guint i = 0; i < N_SPOILS; i++)
    fail_unless (discovery_get (discovery, bad[i]->node) == NULL);
  discovery_stop (discovery);
  fail_unless_equals_int (seteuid (0), 0);
  for (guint i = 0; i < N_SPOILS; i++) {
    unlink (bad[i]->node);
    test_camera_free (bad[i]);
  }
}

GST_START_TEST (bad_devices_do_not_hide_the_others)
{
  g_autoptr (Discovery) discovery = discovery_new_monitor (NULL);

  check_bad_devices (discovery);
}
GST_END_TEST

typedef struct {
  TestCamera *victim;
  gchar *trigger;
} Removal;

static void
remove_victim (GstBus *bus, GstMessage *message, gpointer data)
{
  g_autoptr (GstDevice) device = NULL;
  g_autofree gchar *path = NULL;
  Removal *removal = data;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_DEVICE_ADDED)
    return;
  gst_message_parse_device_added (message, &device);
  path = discovery_device_path (device);
  if (g_str_equal (path, removal->trigger))
    test_camera_remove (removal->victim);
}

/* The first camera is announced in the provider's thread, which has the second
 * on its list already. */
GST_START_TEST (a_camera_that_goes_before_it_is_opened_is_left_out)
{
  g_autoptr (TestCamera) first = test_camera_new (ONE_MODE);
  g_autoptr (TestCamera) second = test_camera_new (ONE_MODE);
  g_autoptr (TestCamera) third = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  Removal removal = { second, first->node };
  g_autoptr (GstDevice) device = NULL;

  test_camera_settle ();
  gst_bus_enable_sync_message_emission (discovery->bus);
  g_signal_connect (
      discovery->bus, "sync-message", G_CALLBACK (remove_victim), &removal);
  discovery_start (discovery);
  fail_unless (discovery_get (discovery, second->node) == NULL);
  device = discovery_get (discovery, third->node);
  fail_unless (device != NULL);
  g_signal_handlers_disconnect_by_data (discovery->bus, &removal);
}
GST_END_TEST

/* Elements */

GST_START_TEST (the_element_of_a_device_plays_it)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, camera->node);
  g_autoptr (GstElement) source =
      gst_object_ref_sink (gst_device_create_element (device, "mine"));
  g_autofree gchar *path = NULL;
  g_autoptr (Rig) rig = NULL;

  fail_unless_equals_string (GST_OBJECT_NAME (source), "mine");
  g_object_get (source, "device", &path, NULL);
  fail_unless_equals_string (path, camera->node);
  rig = rig_new (path);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}
GST_END_TEST

GST_START_TEST (an_element_in_null_is_reconfigured_and_no_other)
{
  g_autoptr (TestCamera) camera = test_camera_new (ONE_MODE);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, camera->node);
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autofree gchar *path = NULL;

  g_object_set (rig->source, "camera", "another", NULL);
  fail_if (gst_device_reconfigure_element (device, rig->sink));
  fail_unless (gst_device_reconfigure_element (device, rig->source));
  g_object_get (rig->source, "device", &path, NULL);
  fail_unless_equals_string (path, camera->node);
  rig_run (rig, 3);

  fail_if (gst_element_set_state (rig->source, GST_STATE_READY) ==
           GST_STATE_CHANGE_FAILURE);
  fail_if (gst_device_reconfigure_element (device, rig->source));
}
GST_END_TEST

static Suite *
discovery_suite (void)
{
  Suite *suite = suite_create ("discovery");
  TCase *tcase = tcase_create ("discovery");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_probe_lists_the_cameras_with_their_caps);
  tcase_add_test (tcase, a_device_is_called_by_its_card_name);
  tcase_add_test (tcase, only_cameras_are_listed);
  tcase_add_test (tcase, properties_are_those_of_v4l2deviceprovider);
  tcase_add_test (tcase, caps_are_found_without_try_fmt_and_s_fmt);
  tcase_add_test (tcase, a_camera_is_shown_with_its_own_caps);
  tcase_add_test (tcase, a_monitor_is_shown_the_cameras_own_caps);
  tcase_add_test (
      tcase, a_monitors_filter_is_held_against_the_cameras_own_caps);
  tcase_add_test (tcase, bad_devices_do_not_hide_the_others);
  tcase_add_test (tcase, a_camera_that_goes_before_it_is_opened_is_left_out);
  tcase_add_test (tcase, the_element_of_a_device_plays_it);
  tcase_add_test (tcase, an_element_in_null_is_reconfigured_and_no_other);
  return suite;
}

GST_CHECK_MAIN (discovery);
