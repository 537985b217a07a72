/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users call their camera, and what they may have meant. */

#include <linux/videodev2.h>

#include "driver.h"
#include "rig.h"

/* A loopback device says that it does both until somebody writes to it. */
static gboolean outputs_as_well;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  struct v4l2_capability *capability = argument;
  gint result = driver_ask (fd, request, argument);

  if (result == 0 && request == VIDIOC_QUERYCAP && outputs_as_well) {
    capability->capabilities |= V4L2_CAP_VIDEO_OUTPUT;
    capability->device_caps |= V4L2_CAP_VIDEO_OUTPUT;
  }
  return result;
}

GST_START_TEST (a_camera_that_is_written_to_as_well_is_found_by_its_path)
{
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Loop", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  outputs_as_well = TRUE;
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}
GST_END_TEST

GST_START_TEST (a_camera_that_is_written_to_as_well_is_found_by_its_name)
{
  g_autoptr (TestCamera) camera G_GNUC_UNUSED =
      test_camera_new ("card", "Loop", NULL);
  g_autoptr (Rig) rig = rig_new ("/dev/null");

  outputs_as_well = TRUE;
  g_object_set (rig->source, "camera", "Loop", NULL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}
GST_END_TEST

/* Slips */

static gchar *
run_into_message (const gchar *property, const gchar *value)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (GError) error = NULL;

  g_object_set (rig->source, property, value, NULL);
  error = rig_run_into_error (rig, NULL);
  return g_strdup (error->message);
}

static void
assert_meant (const gchar *property, const gchar *value, const gchar *meant)
{
  g_autofree gchar *message = run_into_message (property, value);
  const gchar *question = strstr (message, "Did you mean ");

  fail_unless (question != NULL, "%s=%s: %s", property, value, message);
  fail_unless (strstr (question, meant) != NULL, message);
}

GST_START_TEST (a_path_without_its_folder_is_guessed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  assert_meant ("device", strrchr (camera->node, '/') + 1, camera->node);
}
GST_END_TEST

GST_START_TEST (a_bare_number_is_guessed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  const gchar *number = camera->node + strlen ("/dev/video");

  assert_meant ("device", number, camera->node);
}
GST_END_TEST

GST_START_TEST (a_path_as_the_name_is_guessed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *meant = g_strdup_printf ("device=%s", camera->node);

  assert_meant ("camera", camera->node, meant);
}
GST_END_TEST

GST_START_TEST (a_name_in_another_case_is_guessed)
{
  g_autoptr (TestCamera) camera G_GNUC_UNUSED =
      test_camera_new ("card", "Back Garden", NULL);

  assert_meant ("camera", "back garden", "\"Back Garden\"");
}
GST_END_TEST

/* A question to which the answer is no helps nobody. */
GST_START_TEST (what_nobody_can_have_meant_is_not_guessed)
{
  static const struct {
    const gchar *property, *value;
  } names[] = {
    { "device", "/dev/video-that-is-not" },
    { "device", "video-that-is-not" },
    { "device", "4711" },
    { "device", "shm" },
    { "device", "" },
    { "camera", "/dev/video-that-is-not" },
    { "camera", "No such camera" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *message =
        run_into_message (names[i].property, names[i].value);

    fail_if (strstr (message, "Did you mean"), message);
  }
}
GST_END_TEST

GST_START_TEST (a_device_without_a_name_is_said_to_have_none)
{
  g_autofree gchar *message = run_into_message ("device", "");

  fail_unless (strstr (message, "\"device\" is empty") != NULL, message);
}
GST_END_TEST

static Suite *
names_suite (void)
{
  Suite *suite = suite_create ("names");
  TCase *tcase = tcase_create ("names");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, a_camera_that_is_written_to_as_well_is_found_by_its_path);
  tcase_add_test (
      tcase, a_camera_that_is_written_to_as_well_is_found_by_its_name);
  tcase_add_test (tcase, a_path_without_its_folder_is_guessed);
  tcase_add_test (tcase, a_bare_number_is_guessed);
  tcase_add_test (tcase, a_path_as_the_name_is_guessed);
  tcase_add_test (tcase, a_name_in_another_case_is_guessed);
  tcase_add_test (tcase, what_nobody_can_have_meant_is_not_guessed);
  tcase_add_test (tcase, a_device_without_a_name_is_said_to_have_none);
  return suite;
}

GST_CHECK_MAIN (names);
