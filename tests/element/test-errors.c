/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every failure posts an error that says what to do, and leaves nothing. */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader.h"
#include "rig.h"

static void
assert_error (Rig *rig, GQuark domain, gint code, const gchar *words)
{
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = rig_run_into_error (rig, &debug);

  fail_unless (g_error_matches (error, domain, code), "%s: %d, not %d, %s",
      g_quark_to_string (error->domain), error->code, code, error->message);
  fail_unless (strstr (error->message, words) != NULL, error->message);
  fail_unless (debug != NULL && strlen (debug) > strlen (error->message) / 2);
}

GST_START_TEST (no_such_device)
{
  g_autoptr (Rig) rig = rig_new ("/dev/video-that-is-not");

  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "There is no camera /dev/video-that-is-not");
}
GST_END_TEST

GST_START_TEST (not_a_capture_device)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");

  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "/dev/null is not a camera");
}
GST_END_TEST

GST_START_TEST (a_plain_file_is_not_a_camera)
{
  g_autofree gchar *name = NULL;
  gint fd = g_file_open_tmp (NULL, &name, NULL);
  g_autoptr (Rig) rig = rig_new (name);

  assert_error (
      rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "is not a camera");
  close (fd);
  unlink (name);
}
GST_END_TEST

/* root may open anything, so another user does. The process is the test's
 * own (check forks), so it need not become root again. */
GST_START_TEST (permission_denied)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  test_camera_settle ();
  fail_unless_equals_int (chmod (camera->node, 0600), 0);
  fail_unless_equals_int (seteuid (65534), 0);
  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      "Permission denied");
  fail_unless_equals_int (seteuid (0), 0);
}
GST_END_TEST

GST_START_TEST (busy)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) other = reader_open (camera->node);
  g_autoptr (Rig) rig = rig_new (camera->node);

  reader_start (other, 4);
  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY, "is busy");
  reader_stream_off (other);
}
GST_END_TEST

GST_START_TEST (a_failure_does_not_spoil_the_next_try)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (Reader) other = reader_open (camera->node);

  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "");
  rig_stop (rig);
  g_object_set (rig->source, "device", camera->node, NULL);
  reader_start (other, 4);
  assert_error (rig, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY, "");
  rig_stop (rig);
  reader_stream_off (other);
  reader_unmap (other);
  gst_bus_set_flushing (rig->bus, TRUE);
  gst_bus_set_flushing (rig->bus, FALSE);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}
GST_END_TEST

/* One failure, one message: the base class's "Internal data stream error" would
 * follow before the source's end of stream does. */
static GstPadProbeReturn
end_on_eos (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Rig *rig = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    gst_bus_post (rig->bus, gst_message_new_eos (NULL));
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (a_failure_is_told_once_and_never_as_internal_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstMessage) next = NULL;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, end_on_eos, rig, NULL);
  rig_set_caps (rig, "video/x-raw,width=1");
  error = rig_run_into_error (rig, NULL);
  fail_unless (strstr (error->message, "Internal") == NULL, error->message);
  next = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (next), GST_MESSAGE_EOS);
}
GST_END_TEST

/* A camera of a frame every five seconds gives nothing for a long time; guest
 * time makes that exact: the stop must not wait for it. */
GST_START_TEST (stop_does_not_wait_for_a_frame)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstClockTime before;

  rig_set_caps (rig, "video/x-raw,width=160");
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  before = gst_util_get_timestamp ();
  rig_stop (rig);
  fail_unless (gst_util_get_timestamp () - before < GST_SECOND);
}
GST_END_TEST

static Suite *
errors_suite (void)
{
  Suite *suite = suite_create ("errors");
  TCase *tcase = tcase_create ("errors");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, no_such_device);
  tcase_add_test (tcase, not_a_capture_device);
  tcase_add_test (tcase, a_plain_file_is_not_a_camera);
  tcase_add_test (tcase, permission_denied);
  tcase_add_test (tcase, busy);
  tcase_add_test (tcase, a_failure_does_not_spoil_the_next_try);
  tcase_add_test (tcase, a_failure_is_told_once_and_never_as_internal_error);
  tcase_add_test (tcase, stop_does_not_wait_for_a_frame);
  return suite;
}

GST_CHECK_MAIN (errors);
