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
static TestCamera *goes_at_start; /* for real, or NULL */

/* Another program captures, until the element has been told so often enough. */
static struct {
  guint left;    /* answers */
  guint *n_gaps; /* counted downstream */
  guint first_gap, last_gap;
} busy;

static gboolean
is_busy (gulong request)
{
  if (busy.left == 0 || (request != VIDIOC_S_FMT && request != VIDIOC_REQBUFS))
    return FALSE;
  if (busy.first_gap == 0)
    busy.first_gap = *busy.n_gaps;
  busy.last_gap = *busy.n_gaps;
  busy.left--;
  errno = EBUSY;
  return TRUE;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  if (request == VIDIOC_STREAMON && goes_at_start)
    test_camera_unbind (g_steal_pointer (&goes_at_start));
  if (request == VIDIOC_S_FMT && n_set_format++ == goes_at) {
    errno = ENODEV;
    return -1;
  }
  if (is_busy (request))
    return -1;
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

/* What downstream gets in an absence. */

typedef struct {
  GMutex lock;
  GCond changed;
  guint n_segments, n_gaps;
} Events;

static GstPadProbeReturn
count_event (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEventType type = GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info));
  Events *events = data;

  g_mutex_lock (&events->lock);
  events->n_segments += type == GST_EVENT_SEGMENT;
  events->n_gaps += type == GST_EVENT_GAP;
  /* nothing may precede it */
  fail_if (type == GST_EVENT_GAP && events->n_segments == 0);
  g_cond_broadcast (&events->changed);
  g_mutex_unlock (&events->lock);
  return GST_PAD_PROBE_OK;
}

static void
count_events (Rig *rig, Events *events)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->sink, "sink");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count_event, events, NULL);
}

static void
await_gaps (Events *events)
{
  g_mutex_lock (&events->lock);
  while (events->n_gaps < 3)
    g_cond_wait (&events->changed, &events->lock);
  g_mutex_unlock (&events->lock);
}

static void
check_absence (Rig *rig, TestCamera *camera, Events *events)
{
  await_gaps (events);
  test_camera_bind (camera);
  rig_wait_for_frames (rig, rig->n_frames + 3);
  assert_equals_int (events->n_segments, 1);
}

GST_START_TEST (one_segment_comes_though_gaps_come_before_the_first_frame)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Events events = { 0 };

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, "video/x-raw,width=160,height=120,framerate=60/1");
  count_events (rig, &events);
  goes_at_start = camera;
  rig_play (rig);
  check_absence (rig, camera, &events);
}
GST_END_TEST

GST_START_TEST (one_segment_comes_though_gaps_come_after_a_flush)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Events events = { 0 };

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, "video/x-raw,width=160,height=120,framerate=60/1");
  rig_keep_state (rig);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  gst_element_send_event (rig->source, gst_event_new_flush_start ());
  count_events (rig, &events);
  gst_element_send_event (rig->source, gst_event_new_flush_stop (TRUE));
  check_absence (rig, camera, &events);
}
GST_END_TEST

static GstBusSyncReply
count_disconnect (GstBus *bus, GstMessage *message, gpointer data)
{
  *(guint *) data += gst_message_has_name (message, "virtcamsrc-disconnected");
  return GST_BUS_PASS;
}

/* As where another program takes the camera first. Its node can be opened all
 * the same. */
GST_START_TEST (a_camera_that_another_program_uses_at_its_return_is_taken_later)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Events events = { 0 };
  guint n_disconnected = 0;

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, "video/x-raw,width=160,height=120,framerate=60/1");
  gst_bus_set_sync_handler (rig->bus, count_disconnect, &n_disconnected, NULL);
  count_events (rig, &events);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  await_gaps (&events);
  busy.n_gaps = &events.n_gaps;
  busy.left = 20;
  test_camera_bind (camera);
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  assert_equals_int (busy.left, 0);
  assert_equals_int (n_disconnected, 1);
  assert_equals_uint64 (rig_get_count (rig, "disconnects"), 1);
  fail_unless (busy.last_gap > busy.first_gap, "no GAPs while it was busy");
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
  tcase_add_test (
      tcase, a_camera_that_another_program_uses_at_its_return_is_taken_later);
  tcase_add_test (
      tcase, one_segment_comes_though_gaps_come_before_the_first_frame);
  tcase_add_test (tcase, one_segment_comes_though_gaps_come_after_a_flush);
  return suite;
}

GST_CHECK_MAIN (odd_returns);
