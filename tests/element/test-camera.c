/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera by its name: the property "camera", and URIs. */

#include <linux/videodev2.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#define DOOR "card", "Front Door", "formats", "NV12", "sizes", "320x240", NULL

static gchar *
read_bus_info (const gchar *node)
{
  struct v4l2_capability capability;
  gint fd = open (node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &capability) == 0);
  close (fd);
  return g_strdup ((gchar *) capability.bus_info);
}

static void
assert_device (Rig *rig, const gchar *expected)
{
  g_autofree gchar *device = NULL;

  g_object_get (rig->source, "device", &device, NULL);
  fail_unless_equals_string (device, expected);
}

GST_START_TEST (a_camera_is_found_by_its_card_name)
{
  g_autoptr (TestCamera) other G_GNUC_UNUSED =
      test_camera_new ("card", "Back", NULL);
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new ("/dev/null");

  g_object_set (rig->source, "camera", "Front Door", NULL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
  assert_device (rig, camera->node);
}
GST_END_TEST

GST_START_TEST (a_camera_is_found_by_its_bus_info)
{
  g_autoptr (TestCamera) first G_GNUC_UNUSED = test_camera_new (DOOR);
  g_autoptr (TestCamera) second = test_camera_new (DOOR);
  g_autofree gchar *bus_info = read_bus_info (second->node);
  g_autoptr (Rig) rig = rig_new ("/dev/null");

  g_object_set (rig->source, "camera", bus_info, NULL);
  rig_run (rig, 3);
  assert_device (rig, second->node);
}
GST_END_TEST

GST_START_TEST (a_camera_is_looked_for_at_each_start)
{
  g_autoptr (TestCamera) first = test_camera_new (DOOR);
  g_autoptr (TestCamera) second = NULL;
  g_autoptr (Rig) rig = rig_new ("/dev/null");

  g_object_set (rig->source, "camera", "Front Door", NULL);
  rig_run (rig, 3);
  second = test_camera_new (DOOR);
  test_camera_remove (first);
  rig_run (rig, 3);
  assert_device (rig, second->node);
}
GST_END_TEST

GST_START_TEST (without_a_camera_the_device_counts)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new (camera->node);

  g_object_set (rig->source, "camera", "", NULL);
  rig_run (rig, 3);
  g_object_set (rig->source, "camera", NULL, NULL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 6);
}
GST_END_TEST

GST_START_TEST (a_camera_that_is_not_there_gives_a_list_of_those_that_are)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (rig->source, "camera", "Front  Door", NULL);
  error = rig_run_into_error (rig, &debug);
  fail_unless (g_error_matches (
      error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless (
      strstr (error->message, "\"Front  Door\"") != NULL, error->message);
  fail_unless (strstr (error->message, "\"Front Door\" (platform:") != NULL,
      error->message);
  fail_unless (strstr (error->message, camera->node) != NULL, error->message);
  /* vivid's: others than ours count as well */
  fail_unless (strstr (error->message, "\"vivid\"") != NULL, error->message);
}
GST_END_TEST

GST_START_TEST (of_cameras_of_one_name_the_first_is_taken_with_a_warning)
{
  g_autoptr (TestCamera) first = test_camera_new (DOOR);
  g_autoptr (TestCamera) second G_GNUC_UNUSED = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (rig->source, "camera", "Front Door", NULL);
  fail_if (gst_element_set_state (rig->pipeline, GST_STATE_READY) ==
           GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (
      strstr (error->message, "2 cameras are called \"Front Door\"") != NULL,
      error->message);
  assert_device (rig, first->node);
}
GST_END_TEST

/* URIs */

static void
play_uri (const gchar *uri, const gchar *node)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  GstURIHandler *handler = GST_URI_HANDLER (rig->source);
  g_autofree gchar *back = NULL;

  fail_unless (gst_uri_handler_set_uri (handler, uri, &error));
  back = gst_uri_handler_get_uri (handler);
  fail_unless_equals_string (back, uri);
  rig_run (rig, 3);
  assert_device (rig, node);
}

GST_START_TEST (a_uri_of_a_path_plays)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autofree gchar *uri = g_strconcat ("virtcam://", camera->node, NULL);

  play_uri (uri, camera->node);
}
GST_END_TEST

GST_START_TEST (a_uri_of_a_name_plays)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);

  play_uri ("virtcam://Front%20Door", camera->node);
}
GST_END_TEST

GST_START_TEST (a_uri_makes_the_element)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) element = gst_element_make_from_uri (
      GST_URI_SRC, "virtcam:///dev/video7", "camera", &error);
  g_autofree gchar *device = NULL;

  fail_unless (element != NULL);
  gst_object_ref_sink (element);
  g_object_get (element, "device", &device, NULL);
  fail_unless_equals_string (device, "/dev/video7");
  fail_unless (gst_element_make_from_uri (
                   GST_URI_SRC, "virtcam://", NULL, &error) == NULL);
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
}
GST_END_TEST

GST_START_TEST (a_uri_of_a_path_unsets_the_camera)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autofree gchar *camera = NULL;

  g_object_set (rig->source, "camera", "Front Door", NULL);
  fail_unless (gst_uri_handler_set_uri (
      GST_URI_HANDLER (rig->source), "virtcam:///dev/video7", NULL));
  g_object_get (rig->source, "camera", &camera, NULL);
  fail_unless (camera == NULL);
  assert_device (rig, "/dev/video7");
}
GST_END_TEST

GST_START_TEST (a_uri_is_refused_while_a_camera_is_open)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GError) error = NULL;

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  fail_if (gst_uri_handler_set_uri (
      GST_URI_HANDLER (rig->source), "virtcam:///dev/null", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
  assert_device (rig, camera->node);
}
GST_END_TEST

/* Its URI would be that of a name. */
GST_START_TEST (a_path_that_begins_nowhere_has_no_uri)
{
  g_autoptr (Rig) rig = rig_new ("video0");
  g_autofree gchar *uri =
      gst_uri_handler_get_uri (GST_URI_HANDLER (rig->source));

  fail_unless (uri == NULL, uri);
}
GST_END_TEST

static void
link_pad (GstElement *decoder, GstPad *pad, gpointer sink)
{
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  fail_unless_equals_int (gst_pad_link (pad, sink_pad), GST_PAD_LINK_OK);
}

static void
decode (const gchar *element)
{
  g_autofree gchar *line = g_strdup_printf (
      "%s uri=virtcam://Front%%20Door name=decoder fakesink name=sink "
      "num-buffers=3 sync=false",
      element);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) decoder =
      gst_bin_get_by_name (GST_BIN (pipeline), "decoder");
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_signal_connect (decoder, "pad-added", G_CALLBACK (link_pad), sink);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  caps = gst_pad_get_current_caps (pad);
  fail_unless (
      gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"));
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_START_TEST (decoders_take_a_uri)
{
  g_autoptr (TestCamera) camera G_GNUC_UNUSED = test_camera_new (DOOR);

  decode ("uridecodebin");
  decode ("uridecodebin3");
}
GST_END_TEST

/* By somebody who keeps it. */
GST_START_TEST (a_node_that_is_open_already_is_used)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  gint fd = open (camera->node, O_RDWR | O_CLOEXEC);
  struct v4l2_capability capability;

  g_object_set (rig->source, "device-fd", fd, NULL);
  for (guint i = 1; i <= 2; i++) {
    rig_run (rig, 3);
    assert_equals_int (rig->n_frames, 3 * i);
  }
  fail_unless_equals_int (ioctl (fd, VIDIOC_QUERYCAP, &capability), 0);
  close (fd);
}
GST_END_TEST

static void
assert_fd_refused (Rig *rig, const gchar *cause)
{
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = rig_run_into_error (rig, &debug);

  fail_unless (strstr (error->message, "device-fd") != NULL, error->message);
  fail_unless (strstr (debug, cause) != NULL, debug);
}

GST_START_TEST (an_open_file_that_is_no_camera_is_an_error)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  gint fd = open ("/dev/zero", O_RDWR | O_CLOEXEC);

  g_object_set (rig->source, "device-fd", fd, NULL);
  assert_fd_refused (rig, "/dev/zero");
  close (fd);
  assert_fd_refused (rig, "Bad file descriptor");
}
GST_END_TEST

/* It may be open elsewhere as well, where somebody counts on its flags. */
GST_START_TEST (an_open_file_that_is_refused_is_left_as_it_was)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  gint fds[2], flags;

  fail_unless_equals_int (pipe (fds), 0);
  flags = fcntl (fds[0], F_GETFL);
  g_object_set (rig->source, "device-fd", fds[0], NULL);
  assert_fd_refused (rig, "no character device");
  fail_unless_equals_int_hex (fcntl (fds[0], F_GETFL), flags);
  close (fds[0]);
  close (fds[1]);
}
GST_END_TEST

/* Rights */

static Rig *
make_rig (const gchar *camera, gboolean as_uri)
{
  g_autofree gchar *escaped = g_uri_escape_string (camera, NULL, FALSE);
  g_autofree gchar *uri = g_strconcat ("virtcam://", escaped, NULL);
  Rig *rig = rig_new ("/dev/null");

  if (as_uri)
    fail_unless (
        gst_uri_handler_set_uri (GST_URI_HANDLER (rig->source), uri, NULL));
  else
    g_object_set (rig->source, "camera", camera, NULL);
  return rig;
}

/* root may open anything, so another user tries. The process is the test's own
 * (check forks). */
static void
check_rights (const gchar *name, const gchar *node, gboolean as_uri)
{
  g_autoptr (Rig) rig = make_rig (name, as_uri);
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (seteuid (65534), 0);
  error = rig_run_into_error (rig, &debug);
  fail_unless_equals_int (seteuid (0), 0);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
                   GST_RESOURCE_ERROR_OPEN_READ_WRITE),
      "%s", error->message);
  fail_unless (
      strstr (error->message, "Permission denied") != NULL, error->message);
  fail_unless (strstr (error->message, node) != NULL, error->message);
}

GST_START_TEST (a_camera_that_one_may_not_open_is_not_said_to_be_missing)
{
  g_autoptr (TestCamera) camera = test_camera_new (DOOR);
  g_autofree gchar *bus_info = read_bus_info (camera->node);

  test_camera_settle ();
  fail_unless_equals_int (chmod (camera->node, 0600), 0);
  check_rights (__i__ & 2 ? bus_info : "Front Door", camera->node, __i__ & 1);
}
GST_END_TEST

static Suite *
camera_suite (void)
{
  Suite *suite = suite_create ("camera");
  TCase *tcase = tcase_create ("camera");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_camera_is_found_by_its_card_name);
  tcase_add_test (tcase, a_camera_is_found_by_its_bus_info);
  tcase_add_test (tcase, a_camera_is_looked_for_at_each_start);
  tcase_add_test (tcase, without_a_camera_the_device_counts);
  tcase_add_test (
      tcase, a_camera_that_is_not_there_gives_a_list_of_those_that_are);
  tcase_add_test (
      tcase, of_cameras_of_one_name_the_first_is_taken_with_a_warning);
  tcase_add_test (tcase, a_uri_of_a_path_plays);
  tcase_add_test (tcase, a_uri_of_a_name_plays);
  tcase_add_test (tcase, a_uri_makes_the_element);
  tcase_add_test (tcase, a_uri_of_a_path_unsets_the_camera);
  tcase_add_test (tcase, a_uri_is_refused_while_a_camera_is_open);
  tcase_add_test (tcase, a_path_that_begins_nowhere_has_no_uri);
  tcase_add_test (tcase, decoders_take_a_uri);
  tcase_add_test (tcase, a_node_that_is_open_already_is_used);
  tcase_add_test (tcase, an_open_file_that_is_no_camera_is_an_error);
  tcase_add_test (tcase, an_open_file_that_is_refused_is_left_as_it_was);
  tcase_add_loop_test (
      tcase, a_camera_that_one_may_not_open_is_not_said_to_be_missing, 0, 4);
  return suite;
}

GST_CHECK_MAIN (camera);
