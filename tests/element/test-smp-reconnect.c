/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With on-disconnect=wait the camera that went away is found again, and it
 * alone. */

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

/* What arrived: frames must go on in time and number whatever happened. */
typedef struct {
  GstClockTime pts;
  guint64 offset;
  guint n_discont;
  GstClockTime base_time; /* when the one before arrived */
} Course;

static void
follow (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Course *course = data;
  const GstClockTime base_time = gst_element_get_base_time (rig->source);
  const VirtcamStamp stamp = rig_read_stamp (rig, buffer);

  if (number > 0) {
    fail_unless (GST_BUFFER_PTS (buffer) > course->pts);
    fail_unless (GST_BUFFER_OFFSET (buffer) > course->offset);
  } else {
    course->base_time = base_time;
  }
  /* The stamp tells when the frame was finished, soon after it was due. One that
   * the sink had at a pause has the base time of before. */
  fail_unless (GST_BUFFER_PTS (buffer) + base_time <= stamp.time_ns ||
               GST_BUFFER_PTS (buffer) + course->base_time <= stamp.time_ns);
  course->pts = GST_BUFFER_PTS (buffer);
  course->offset = GST_BUFFER_OFFSET (buffer);
  course->base_time = base_time;
  course->n_discont += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);
}

/* Nobody but the element has the node open, and the sink keeps no frame: a
 * mapping holds the node's number as well. */
static Rig *
rig_new_waiting (TestCamera *camera)
{
  Rig *rig = rig_new (camera->node);

  test_camera_settle ();
  g_object_set (rig->sink, "enable-last-sample", FALSE, NULL);

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, SMALL);
  return rig;
}

static void
expect_message (Rig *rig, const gchar *name)
{
  gst_structure_free (rig_wait_for_message (rig, name));
}

static void
unplug (Rig *rig, TestCamera *camera)
{
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
}

static gchar *
read_bus_info (TestCamera *camera)
{
  struct v4l2_capability cap;
  int fd = open (camera->node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &cap) == 0);
  close (fd);
  return g_strdup ((const gchar *) cap.bus_info);
}

/* It goes on, and with this camera. */
static void
expect_return (Rig *rig, TestCamera *camera)
{
  g_autoptr (GstStructure) back =
      rig_wait_for_message (rig, "virtcamsrc-reconnected");
  g_autofree gchar *bus_info = read_bus_info (camera);

  assert_equals_string (
      gst_structure_get_string (back, "device"), camera->node);
  assert_equals_string (gst_structure_get_string (back, "bus-info"), bus_info);
  rig_wait_for_frames (rig, rig->n_frames + 5);
}

static void
check_return (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *node = g_strdup (camera->node);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  Course course = { 0 };
  GstState state;

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_on_frame (rig, follow, &course);
  rig_play (rig);
  rig_wait_for_frames (rig, 5);
  unplug (rig, camera);
  test_camera_bind (camera);
  expect_return (rig, camera);
  /* nobody keeps the old one open */
  assert_equals_string (camera->node, node);
  gst_element_get_state (rig->source, &state, NULL, GST_CLOCK_TIME_NONE);
  fail_unless_equals_int (state, GST_STATE_PLAYING);
  rig_stop (rig);
  /* each loss of a slow machine is one more */
  if (rig_get_count (rig, "dropped") == 0)
    assert_equals_int (course.n_discont, 2);
  fail_unless (course.n_discont >= 2);
}

GST_START_TEST (the_camera_that_comes_back_goes_on_while_playing)
{
  check_return ("mmap");
  check_return ("dmabuf");
}
GST_END_TEST

GST_START_TEST (a_camera_with_another_node_number_is_found)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *node = g_strdup (camera->node);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  gint fd = open (node, O_RDWR | O_CLOEXEC);

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  unplug (rig, camera);
  test_camera_bind (camera);
  expect_return (rig, camera);
  fail_if (g_str_equal (camera->node, node));
  close (fd);
}
GST_END_TEST

/* The stranger has the number and the place of the camera that went away. */
GST_START_TEST (another_camera_on_the_same_node_is_not_taken)
{
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Door", NULL);
  g_autofree gchar *node = g_strdup (camera->node);
  g_autofree gchar *device = g_strdup (camera->device);
  g_autoptr (TestCamera) stranger = NULL;
  g_autoptr (TestCamera) moved = NULL;
  g_autoptr (Rig) rig = rig_new_waiting (camera);

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_remove (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  stranger = test_camera_new ("card", "Garden", NULL);
  assert_equals_string (stranger->node, node);
  moved = test_camera_new ("card", "Door", NULL);
  fail_if (g_str_equal (moved->device, device));
  expect_return (rig, moved);
}
GST_END_TEST

GST_START_TEST (a_twin_that_was_there_all_the_time_is_not_taken)
{
  g_autoptr (TestCamera) twin G_GNUC_UNUSED =
      test_camera_new ("card", "Twin", NULL);
  g_autoptr (TestCamera) camera = test_camera_new ("card", "Twin", NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  unplug (rig, camera);
  test_camera_bind (camera);
  expect_return (rig, camera);
}
GST_END_TEST

GST_START_TEST (each_of_many_returns_leaves_nothing_behind)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  Course course = { 0 };
  g_autofree gchar *before = NULL, *after = NULL;
  guint n, n_frames;

  rig_on_frame (rig, follow, &course);
  rig_play (rig);
  /* by the second all is open that it waits by */
  rig_wait_for_frames (rig, 2);
  before = rig_list_fds (&n);
  for (guint i = 0; i < 10; i++) {
    unplug (rig, camera);
    test_camera_bind (camera);
    expect_return (rig, camera);
  }
  rig_wait_for_frames (rig, rig->n_frames + 2);
  after = rig_list_fds (&n);
  fail_unless_equals_string (after, before);
  assert_equals_uint64 (rig_get_count (rig, "disconnects"), 10);
  n_frames = rig->n_frames;
  fail_unless (rig_get_count (rig, "captured") >= n_frames);
}
GST_END_TEST

/* It is gone again before the element can have streamed, at any moment. */
GST_START_TEST (a_camera_that_leaves_again_at_once_is_waited_for)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  Course course = { 0 };

  rig_on_frame (rig, follow, &course);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  for (guint i = 0; i < 20; i++) {
    test_camera_unbind (camera);
    test_camera_bind (camera);
    g_usleep (i * 1000);
  }
  test_camera_settle ();
  rig_wait_for_frames (rig, rig->n_frames + 5);
}
GST_END_TEST

static gpointer
unbind_thread (gpointer camera)
{
  test_camera_unbind (camera);
  return NULL;
}

/* While the element negotiates, allocates, starts. */
GST_START_TEST (unplug_during_the_start_is_survived)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  for (guint i = 0; i < 20; i++) {
    g_autoptr (Rig) rig = rig_new_waiting (camera);
    GThread *thread;

    gst_element_set_state (rig->pipeline, GST_STATE_READY);
    thread = g_thread_new ("unbind", unbind_thread, camera);
    rig_play (rig);
    g_thread_join (thread);
    test_camera_bind (camera);
    rig_wait_for_frames (rig, 3);
  }
}
GST_END_TEST

GST_START_TEST (unplug_in_ready_is_waited_out)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  test_camera_unbind (camera);
  rig_play (rig);
  expect_message (rig, "virtcamsrc-disconnected");
  test_camera_bind (camera);
  expect_return (rig, camera);
}
GST_END_TEST

GST_START_TEST (unplug_and_return_in_paused_go_on_when_playing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  Course course = { 0 };

  rig_on_frame (rig, follow, &course);
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  test_camera_unbind (camera);
  test_camera_bind (camera);
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  expect_return (rig, camera);
}
GST_END_TEST

static void
hold_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstBuffer **held = data;

  if (number == 0)
    *held = gst_buffer_ref (buffer);
}

GST_START_TEST (a_frame_of_before_the_absence_stays_readable)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (GstBuffer) held = NULL;
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  GstClockTime drawn;

  rig_on_frame (rig, hold_first, &held);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  drawn = rig_read_stamp (rig, held).time_ns;
  unplug (rig, camera);
  test_camera_bind (camera);
  expect_return (rig, camera);
  assert_equals_uint64 (rig_read_stamp (rig, held).time_ns, drawn);
}
GST_END_TEST

GST_START_TEST (what_was_set_is_set_again_when_the_camera_is_back)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);
  gint brightness = 0;

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  gst_child_proxy_set (
      GST_CHILD_PROXY (rig->source), "controls::brightness", 77, NULL);
  unplug (rig, camera);
  test_camera_bind (camera);
  expect_return (rig, camera);
  gst_child_proxy_get (
      GST_CHILD_PROXY (rig->source), "controls::brightness", &brightness, NULL);
  assert_equals_int (brightness, 77);
}
GST_END_TEST

/* Of this thread, and of those that it makes; glibc's would change all. */
static void
become (uid_t user)
{
  fail_unless_equals_int (syscall (SYS_setresuid, -1, user, -1), 0);
}

/* The node is root's until udev gives it away. */
GST_START_TEST (a_permission_that_comes_late_is_waited_for)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_waiting (camera);

  chmod (camera->node, 0666);
  become (65534);
  rig_play (rig);
  become (0);
  rig_wait_for_frames (rig, 1);
  unplug (rig, camera);
  test_camera_bind (camera);
  chmod (camera->node, 0600);
  test_camera_settle ();
  chmod (camera->node, 0666);
  expect_return (rig, camera);
}
GST_END_TEST

static Suite *
reconnect_suite (void)
{
  Suite *suite = suite_create ("reconnect");
  TCase *tcase = tcase_create ("reconnect");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, the_camera_that_comes_back_goes_on_while_playing);
  tcase_add_test (tcase, a_camera_with_another_node_number_is_found);
  tcase_add_test (tcase, another_camera_on_the_same_node_is_not_taken);
  tcase_add_test (tcase, a_twin_that_was_there_all_the_time_is_not_taken);
  tcase_add_test (tcase, each_of_many_returns_leaves_nothing_behind);
  tcase_add_test (tcase, a_camera_that_leaves_again_at_once_is_waited_for);
  tcase_add_test (tcase, unplug_during_the_start_is_survived);
  tcase_add_test (tcase, unplug_in_ready_is_waited_out);
  tcase_add_test (tcase, unplug_and_return_in_paused_go_on_when_playing);
  tcase_add_test (tcase, a_frame_of_before_the_absence_stays_readable);
  tcase_add_test (tcase, what_was_set_is_set_again_when_the_camera_is_back);
  tcase_add_test (tcase, a_permission_that_comes_late_is_waited_for);
  return suite;
}

GST_CHECK_MAIN (reconnect);
