/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "v4l2/find.h"

static void
assert_parsed (const gchar *uri, const gchar *device, const gchar *camera)
{
  g_autofree gchar *got_device = NULL;
  g_autofree gchar *got_camera = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (gst_virtcam_uri_parse (uri, &got_device, &got_camera, &error));
  fail_unless (g_strcmp0 (got_device, device) == 0, "%s", got_device);
  fail_unless (g_strcmp0 (got_camera, camera) == 0, "%s", got_camera);
  fail_unless (error == NULL);
}

GST_START_TEST (a_path_is_a_device)
{
  assert_parsed ("virtcam:///dev/video2", "/dev/video2", NULL);
  assert_parsed ("VIRTCAM:///dev/video2", "/dev/video2", NULL);
  assert_parsed ("virtcam:///dev/v4l/by-path/pci-0000:00:14.0%23x",
      "/dev/v4l/by-path/pci-0000:00:14.0#x", NULL);
}
GST_END_TEST

GST_START_TEST (a_name_is_a_camera)
{
  assert_parsed ("virtcam://Front%20Door", NULL, "Front Door");
  assert_parsed ("virtcam://usb-0000:00:14.0-1", NULL, "usb-0000:00:14.0-1");
  assert_parsed ("virtcam://T%C3%BCr", NULL, "T\xc3\xbcr");
}
GST_END_TEST

GST_START_TEST (a_name_may_begin_with_an_escaped_slash)
{
  assert_parsed ("virtcam://%2Fa%2fb", NULL, "/a/b");
}
GST_END_TEST

static void
assert_refused (const gchar *uri, const gchar *reason)
{
  g_autoptr (GError) error = NULL;
  gchar *device, *camera;

  fail_if (gst_virtcam_uri_parse (uri, &device, &camera, &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  fail_unless (strstr (error->message, reason) != NULL, error->message);
  fail_unless (strstr (error->message, "virtcam:///dev/video0") != NULL);
  fail_unless (device == NULL && camera == NULL);
}

GST_START_TEST (a_bad_uri_is_refused_with_the_reason)
{
  assert_refused ("virtcam:/dev/video0", "begin");
  assert_refused ("virtcam:", "begin");
  assert_refused ("", "begin");
  assert_refused ("v4l2:///dev/video0", "begin");
  assert_refused ("virtcam://", "names no camera");
  assert_refused ("virtcam://a?b=1", "?");
  assert_refused ("virtcam://a#b", "#");
  assert_refused ("virtcam://100%", "percent");
  assert_refused ("virtcam://a%zz", "percent");
  assert_refused ("virtcam://a%00b", "percent");
  assert_refused ("virtcam://a%FF", "percent");
}
GST_END_TEST

static void
assert_there_and_back (
    const gchar *device, const gchar *camera, const gchar *expected)
{
  g_autofree gchar *uri = gst_virtcam_uri_new (device, camera);

  fail_unless_equals_string (uri, expected);
  assert_parsed (uri, camera && camera[0] ? NULL : device,
      camera && camera[0] ? camera : NULL);
}

GST_START_TEST (a_uri_leads_back_to_what_it_was_made_of)
{
  assert_there_and_back ("/dev/video2", NULL, "virtcam:///dev/video2");
  assert_there_and_back ("/dev/video2", "", "virtcam:///dev/video2");
  assert_there_and_back ("/dev/a b?#%", NULL, "virtcam:///dev/a%20b%3F%23%25");
  assert_there_and_back ("/dev/video2", "Front Door", "virtcam://Front%20Door");
  assert_there_and_back ("/dev/video2", "/?#", "virtcam://%2F%3F%23");
  assert_there_and_back (
      "/dev/video2", "platform:virtcam.0", "virtcam://platform:virtcam.0");
}
GST_END_TEST

static void
assert_no_uri (const gchar *device, const gchar *camera)
{
  g_autofree gchar *uri = gst_virtcam_uri_new (device, camera);

  fail_unless (uri == NULL, "%s", uri);
}

/* A URI has no place for a path that begins nowhere, and is UTF-8. */
GST_START_TEST (what_no_uri_leads_back_to_has_none)
{
  assert_no_uri ("video0", NULL);
  assert_no_uri ("./video0", "");
  assert_no_uri ("", NULL);
  assert_no_uri ("/dev/\xff", NULL);
  assert_no_uri ("/dev/video0", "\xff");
}
GST_END_TEST

static Suite *
uri_suite (void)
{
  Suite *suite = suite_create ("uri");
  TCase *tcase = tcase_create ("uri");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_path_is_a_device);
  tcase_add_test (tcase, a_name_is_a_camera);
  tcase_add_test (tcase, a_name_may_begin_with_an_escaped_slash);
  tcase_add_test (tcase, a_bad_uri_is_refused_with_the_reason);
  tcase_add_test (tcase, a_uri_leads_back_to_what_it_was_made_of);
  tcase_add_test (tcase, what_no_uri_leads_back_to_has_none);
  return suite;
}

GST_CHECK_MAIN (uri);
