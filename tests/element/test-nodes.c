/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Absences from nodes that no event tells of, since somebody has made them once
 * and for all, as in a container; and from links, which somebody keeps. */

#define _GNU_SOURCE /* unshare */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/videodev2.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "discovery.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"
/* Six seconds of GAPs: longer than anybody looks at what is new */
#define LONG 360

/* GAPs */

typedef struct {
  GMutex lock;
  GCond came;
  guint count;
  gboolean over; /* a frame came since the last */
} Gaps;

static GstPadProbeReturn
follow_gaps (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gboolean frame = (info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0;
  Gaps *gaps = data;

  if (!frame &&
      GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&gaps->lock);
  gaps->count += !frame;
  gaps->over = frame;
  g_cond_signal (&gaps->came);
  g_mutex_unlock (&gaps->lock);
  return GST_PAD_PROBE_OK;
}

/* The camera is away so long. */
static void
wait_for_gaps (Gaps *gaps, guint count)
{
  g_mutex_lock (&gaps->lock);
  gaps->over = FALSE;
  count += gaps->count;
  while (gaps->count < count && !gaps->over)
    g_cond_wait (&gaps->came, &gaps->lock);
  fail_if (gaps->over, "a camera is taken");
  g_mutex_unlock (&gaps->lock);
}

/* It waits for a minute of the guest's, and what it waits by can be seen. Nobody
 * else has the node open, and the sink keeps no frame: its number gets free. */
static Rig *
rig_new_waiting (const gchar *device, Gaps *gaps)
{
  Rig *rig = rig_new (device);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  test_camera_settle ();
  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  g_object_set (
      rig->source, "reconnect-timeout", (guint64) (60 * GST_SECOND), NULL);
  g_object_set (rig->sink, "enable-last-sample", FALSE, NULL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      follow_gaps, gaps, NULL);
  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  return rig;
}

static void
expect_message (Rig *rig, const gchar *name)
{
  gst_structure_free (rig_wait_for_message (rig, name));
}

/* Nodes made once */

/* The kernel's, of all the same name in a container */
static dev_t
number_of (const gchar *node)
{
  struct stat status;

  fail_unless (stat (node, &status) == 0 && S_ISCHR (status.st_mode));
  return status.st_rdev;
}

static void
make_node (const gchar *node, dev_t number)
{
  fail_unless (mknod (node, S_IFCHR | 0666, number) == 0, "%s: %m", node);
}

/* The test's mounts are its own from here on. Threads keep those of the thread
 * that made them, and GLib has one that makes others: this comes first. */
static void
leave_host (void)
{
  fail_unless (unshare (CLONE_NEWNS) == 0, "%m");
  fail_unless (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "%m");
}

/* The test goes on with a /dev that has but this. */
static void
enter_container (const gchar *node, dev_t number)
{
  fail_unless (mount ("none", "/dev", "tmpfs", 0, NULL) == 0, "%m");
  make_node ("/dev/null", makedev (1, 3));
  make_node ("/dev/urandom", makedev (1, 9));
  make_node (node, number);
}

static void
check_return_in_container (TestCamera *camera, const gchar *inside)
{
  g_autofree gchar *before = g_strdup (camera->node);
  g_autoptr (Rig) rig = NULL;
  Gaps gaps = { .count = 0 };

  test_camera_settle ();
  enter_container (inside, number_of (camera->node));
  rig = rig_new_waiting (inside, &gaps);
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  wait_for_gaps (&gaps, LONG);
  test_camera_bind (camera);
  assert_equals_string (camera->node, before);
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
}

GST_START_TEST (a_node_that_no_event_tells_of_is_looked_at_again)
{
  g_autoptr (TestCamera) camera = NULL;

  leave_host ();
  camera = test_camera_new (NULL, NULL);
  check_return_in_container (camera, camera->node);
}
GST_END_TEST

GST_START_TEST (a_node_with_a_name_of_its_own_is_looked_at_again)
{
  g_autoptr (TestCamera) camera = NULL;

  leave_host ();
  camera = test_camera_new (NULL, NULL);
  check_return_in_container (camera, "/dev/webcam");
}
GST_END_TEST

/* The number is another camera's for a while. */
GST_START_TEST (a_node_that_leads_to_another_camera_is_not_taken)
{
  g_autoptr (TestCamera) camera = NULL, stranger = NULL;
  g_autoptr (Rig) rig = NULL;
  Gaps gaps = { .count = 0 };

  leave_host ();
  camera = test_camera_new ("card", "Door", NULL);
  test_camera_settle ();
  enter_container (camera->node, number_of (camera->node));
  rig = rig_new_waiting (camera->node, &gaps);
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  stranger = test_camera_new ("card", "Garden", NULL);
  assert_equals_string (stranger->node, camera->node);
  wait_for_gaps (&gaps, LONG);
  test_camera_remove (stranger);
  test_camera_bind (camera);
  assert_equals_string (camera->node, stranger->node);
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

/* Nor has it anything of udev's or of sysfs. */
static void
leave_sysfs (void)
{
  fail_unless (mount ("none", "/sys", "tmpfs", 0, NULL) == 0, "%m");
  fail_unless (mount ("none", "/run/udev", "tmpfs", 0, NULL) == 0, "%m");
}

GST_START_TEST (a_node_with_a_name_of_its_own_is_found_by_the_cameras_name)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (Discovery) discovery = NULL;
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (Rig) rig = NULL;

  leave_host ();
  camera = test_camera_new ("card", "Door", NULL);
  test_camera_settle ();
  enter_container ("/dev/upward_looking_camera", number_of (camera->node));
  leave_sysfs ();
  rig = rig_new ("/dev/null");
  g_object_set (rig->source, "camera", "Door", NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  discovery = discovery_new ();
  device = discovery_get (discovery, "/dev/upward_looking_camera");
  fail_unless (device != NULL);
  /* the camera is taken away there */
  fail_unless (umount ("/sys") == 0, "%m");
}
GST_END_TEST

/* As udev makes them by SYMLINK+="video-door" */
GST_START_TEST (a_link_in_dev_is_no_second_camera)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (Discovery) discovery = NULL;
  g_autoptr (GstDevice) node = NULL, link = NULL;

  leave_host ();
  camera = test_camera_new ("card", "Door", NULL);
  test_camera_settle ();
  enter_container (camera->node, number_of (camera->node));
  fail_unless (symlink (camera->node, "/dev/video-door") == 0, "%m");
  discovery = discovery_new ();
  node = discovery_get (discovery, camera->node);
  link = discovery_get (discovery, "/dev/video-door");
  fail_unless (node != NULL && link == NULL);
}
GST_END_TEST

static dev_t
number_of_sysfs (const gchar *path)
{
  g_autofree gchar *file = g_build_filename (path, "dev", NULL);
  g_autofree gchar *text = NULL;
  guint major, minor;

  fail_unless (g_file_get_contents (file, &text, NULL, NULL), "%s", file);
  fail_unless (sscanf (text, "%u:%u", &major, &minor) == 2, "%s", text);
  return makedev (major, minor);
}

/* A container's names are its own: this one calls the second camera what the
 * host calls the first. */
GST_START_TEST (the_provider_tells_of_the_camera_behind_a_node)
{
  g_autoptr (TestCamera) first = NULL, second = NULL;
  g_autoptr (Discovery) discovery = NULL;
  g_autoptr (GstDevice) device = NULL;
  g_autoptr (GstStructure) properties = NULL;
  dev_t number;

  leave_host ();
  first = test_camera_new ("card", "Door", NULL);
  second = test_camera_new ("card", "Garden", NULL);
  number = number_of (second->node);
  test_camera_settle ();
  enter_container (first->node, number);
  discovery = discovery_new ();
  device = discovery_get (discovery, first->node);
  fail_unless (device != NULL);
  properties = gst_device_get_properties (device);
  assert_equals_string (
      gst_structure_get_string (properties, "v4l2.device.card"), "Garden");
  fail_unless (number_of_sysfs (gst_structure_get_string (
                   properties, "sysfs.path")) == number,
      "%s is not Garden", gst_structure_get_string (properties, "sysfs.path"));
}
GST_END_TEST

/* Links */

/* Somewhere where links can be. */
static gchar *
make_link (TestCamera *camera)
{
  gchar *folder = g_dir_make_tmp ("virtcam-XXXXXX", NULL);
  gchar *link = g_build_filename (folder, "usb-Door-1234-video-index0", NULL);

  fail_unless (symlink (camera->node, link) == 0, "%m");
  g_free (folder);
  return link;
}

static gchar *
read_bus_info (const gchar *node)
{
  struct v4l2_capability cap;
  gint fd = open (node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &cap) == 0);
  close (fd);
  return g_strdup ((const gchar *) cap.bus_info);
}

/* The camera that has gone by its link, with which udev takes the link away. */
static Rig *
rig_new_abandoned (TestCamera *camera, const gchar *link, Gaps *gaps)
{
  Rig *rig = rig_new_waiting (link, gaps);

  fail_unless (g_unlink (link) == 0);
  test_camera_remove (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  return rig;
}

static void
expect_return_as (Rig *rig, TestCamera *camera)
{
  g_autoptr (GstStructure) back =
      rig_wait_for_message (rig, "virtcamsrc-reconnected");
  g_autofree gchar *bus_info = read_bus_info (camera->node);

  assert_equals_string (gst_structure_get_string (back, "bus-info"), bus_info);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}

/* Another one is plugged into the same socket: of the same model, but with its
 * own serial number, and so with a link of its own. */
GST_START_TEST (a_twin_to_which_the_link_does_not_lead_is_not_taken)
{
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Door", NULL);
  g_autofree gchar *node = g_strdup (camera->node);
  g_autofree gchar *place = read_bus_info (node), *twin_place = NULL;
  g_autofree gchar *link = make_link (camera);
  g_autoptr (TestCamera) twin = NULL, again = NULL;
  Gaps gaps = { .count = 0 };
  g_autoptr (Rig) rig = rig_new_abandoned (camera, link, &gaps);

  twin = test_camera_new ("card", "Door", NULL);
  twin_place = read_bus_info (twin->node);
  assert_equals_string (twin->node, node);
  assert_equals_string (twin_place, place);
  wait_for_gaps (&gaps, LONG);
  again = test_camera_new ("card", "Door", NULL);
  fail_unless (symlink (again->node, link) == 0);
  expect_return_as (rig, again);
  g_unlink (link);
}
GST_END_TEST

/* It is taken where the link leads, whatever there is besides. */
GST_START_TEST (the_camera_to_which_the_link_leads_again_is_taken)
{
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Door", NULL);
  g_autofree gchar *link = make_link (camera);
  g_autoptr (TestCamera) first = NULL, second = NULL;
  Gaps gaps = { .count = 0 };
  g_autoptr (Rig) rig = rig_new_abandoned (camera, link, &gaps);

  first = test_camera_new ("card", "Garden", NULL);
  second = test_camera_new ("card", "Door", NULL);
  fail_unless (symlink (second->node, link) == 0);
  expect_return_as (rig, second);
  g_unlink (link);
}
GST_END_TEST

static Suite *
nodes_suite (void)
{
  Suite *suite = suite_create ("nodes");
  TCase *tcase = tcase_create ("nodes");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_node_that_no_event_tells_of_is_looked_at_again);
  tcase_add_test (tcase, a_node_with_a_name_of_its_own_is_looked_at_again);
  tcase_add_test (tcase, a_node_that_leads_to_another_camera_is_not_taken);
  tcase_add_test (
      tcase, a_node_with_a_name_of_its_own_is_found_by_the_cameras_name);
  tcase_add_test (tcase, a_link_in_dev_is_no_second_camera);
  tcase_add_test (tcase, the_provider_tells_of_the_camera_behind_a_node);
  tcase_add_test (tcase, a_twin_to_which_the_link_does_not_lead_is_not_taken);
  tcase_add_test (tcase, the_camera_to_which_the_link_leads_again_is_taken);
  return suite;
}

GST_CHECK_MAIN (nodes);
