/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cameras that leave at an odd moment, or can be opened only a while after
 * their return. The plugin's open is the one below, since this program exports
 * it. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "driver.h"
#include "rig.h"
#include "vivid.h"

static gint n_set_format;
static gint goes_at = -1;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  if (request == VIDIOC_S_FMT && n_set_format++ == goes_at) {
    errno = ENODEV;
    return -1;
  }
  return driver_ask (fd, request, argument);
}

/* The element's opens of one node are counted. */
static GThread *test_thread;
static const gchar *refused_node;
static gint n_opened, refused_at;

static gboolean
is_refused (const char *path)
{
  return g_thread_self () != test_thread &&
         g_strcmp0 (path, refused_node) == 0 && n_opened++ == refused_at;
}

int
open (const char *path, int flags, ...)
{
  va_list arguments;
  int mode;

  va_start (arguments, flags);
  mode = va_arg (arguments, int);
  va_end (arguments);
  if (is_refused (path)) {
    errno = EBUSY;
    return -1;
  }
  return syscall (SYS_openat, AT_FDCWD, path, flags, mode);
}

static void
expect_message (Rig *rig, const gchar *name)
{
  gst_structure_free (rig_wait_for_message (rig, name));
}

GST_START_TEST (a_camera_that_leaves_as_its_source_changes_is_waited_for)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);

  vivid_give_timings (vivid, VIVID_720P25);
  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_accept_video_meta (rig);
  rig_set_caps (rig, "video/x-raw,format=YUY2");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  goes_at = n_set_format;
  vivid_give_timings (vivid, VIVID_1080P30);
  expect_message (rig, "virtcamsrc-disconnected");
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_caps (rig, "video/x-raw,width=1920,height=1080");
  assert_equals_uint64 (rig_get_count (rig, "disconnects"), 1);
}
GST_END_TEST

/* Another program looks into the node just then, and the driver lets but one
 * in. No event tells when it has left. nth: of the element's opens. */
static void
check_refused_once (gint nth)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  test_camera_settle ();
  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, "video/x-raw,width=160,height=120,framerate=60/1");
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  test_camera_bind (camera);
  test_camera_settle ();
  test_thread = g_thread_self ();
  refused_at = nth;
  refused_node = camera->node;
  rig_play (rig);
  expect_message (rig, "virtcamsrc-reconnected");
  refused_node = NULL;
  fail_unless (n_opened > nth + 1, "%d opened of %s", n_opened, camera->node);
}

GST_START_TEST (a_camera_that_is_busy_when_first_looked_at_is_taken_later)
{
  check_refused_once (0);
}
GST_END_TEST

GST_START_TEST (a_camera_that_is_busy_when_first_taken_is_taken_later)
{
  check_refused_once (1);
}
GST_END_TEST

static Suite *
odd_returns_suite (void)
{
  Suite *suite = suite_create ("odd-returns");
  TCase *tcase = tcase_create ("odd-returns");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, a_camera_that_leaves_as_its_source_changes_is_waited_for);
  tcase_add_test (
      tcase, a_camera_that_is_busy_when_first_looked_at_is_taken_later);
  tcase_add_test (tcase, a_camera_that_is_busy_when_first_taken_is_taken_later);
  return suite;
}

GST_CHECK_MAIN (odd_returns);
