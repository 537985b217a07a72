/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver that does not free buffers while somebody holds one, as all did
 * before Linux 5.0. */

#include <errno.h>

#include "driver.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=320,height=240"
#define LARGE "video/x-raw,format=YUY2,width=640,height=480"

static GstBuffer *held;
static gboolean drains;
static gboolean makes_no_more; /* buffers while it streams */

static gboolean
needs_all_buffers (unsigned long request, gpointer argument)
{
  const struct v4l2_requestbuffers *buffers = argument;

  return request == VIDIOC_S_FMT ||
         (request == VIDIOC_REQBUFS && buffers->count == 0);
}

static gboolean
is_for_more (unsigned long request, gpointer argument)
{
  const struct v4l2_create_buffers *buffers = argument;

  return request == VIDIOC_CREATE_BUFS && buffers->count > 0;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  struct v4l2_requestbuffers *buffers = argument;
  gint result;

  if (held && needs_all_buffers (request, argument)) {
    errno = EBUSY;
    return -1;
  }
  if (makes_no_more && is_for_more (request, argument)) {
    errno = EINVAL;
    return -1;
  }
  result = driver_ask (fd, request, argument);
  if (request == VIDIOC_REQBUFS)
    buffers->capabilities &= ~V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
  return result;
}

static void
hold_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  if (number == 0)
    held = gst_buffer_ref (buffer);
}

static GstPadProbeReturn
answer_drain (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) == GST_QUERY_DRAIN &&
      drains)
    gst_clear_buffer (&held);
  return GST_PAD_PROBE_OK;
}

static Rig *
play_and_change (TestCamera *camera)
{
  Rig *rig = rig_new (camera->node);

  rig_answer_allocation (rig, answer_drain, NULL);
  rig_on_frame (rig, hold_first, NULL);
  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  rig_set_caps (rig, LARGE);
  return rig;
}

GST_START_TEST (downstream_is_asked_to_let_go_before_the_mode_changes)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = NULL;

  drains = TRUE;
  rig = play_and_change (camera);
  rig_wait_for_caps (rig, LARGE);
  fail_unless (held == NULL);
}
GST_END_TEST

GST_START_TEST (a_buffer_that_is_not_let_go_is_said_to_be_in_the_way)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  drains = FALSE;
  rig = play_and_change (camera);
  error = rig_wait_for_error (rig, &debug);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED),
      error->message);
  fail_unless (strstr (debug, "downstream holds some") != NULL, debug);
  rig_stop (rig);
  gst_clear_buffer (&held);
}
GST_END_TEST

/* It cannot be started anew with more of them. */
GST_START_TEST (a_stream_with_few_buffers_goes_on_while_one_is_held)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  makes_no_more = TRUE;
  rig_on_frame (rig, hold_first, NULL);
  rig_set_caps (rig, SMALL);
  rig_run (rig, 40);
  assert_equals_int (rig->n_frames, 40);
  gst_clear_buffer (&held);
}
GST_END_TEST

static Suite *
no_orphans_suite (void)
{
  Suite *suite = suite_create ("no-orphans");
  TCase *tcase = tcase_create ("no-orphans");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, downstream_is_asked_to_let_go_before_the_mode_changes);
  tcase_add_test (tcase, a_buffer_that_is_not_let_go_is_said_to_be_in_the_way);
  tcase_add_test (tcase, a_stream_with_few_buffers_goes_on_while_one_is_held);
  return suite;
}

GST_CHECK_MAIN (no_orphans);
