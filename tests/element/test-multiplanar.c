/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device of the multi-planar API: vivid, loaded anew as one, against v4l2src. */

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "rig.h"
#include "vivid.h"

#define SIZE "width=640,height=360,framerate=25/1"

static const gchar *const formats[] = { "NV12", "I420", "RGB", "GRAY8" };

static void
run_command (const gchar *command)
{
  const gchar *argv[] = { "sh", "-c", command, NULL };
  gint status;

  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH,
                   NULL, NULL, NULL, NULL, &status, NULL) &&
               status == 0);
}

static void
load_vivid (const gchar *arguments)
{
  g_autofree gchar *command = g_strdup_printf (
      "modprobe -r vivid && modprobe vivid n_devs=1 %s", arguments);

  run_command (command);
  test_camera_settle ();
}

static void
load_multiplanar (void)
{
  load_vivid ("multiplanar=2");
}

static void
load_usual (void)
{
  load_vivid ("");
}

/* Without the text that tells the time, so that every frame is the same. */
static gboolean
prepare (const gchar *node)
{
  struct v4l2_capability capability = { 0 };
  struct v4l2_control no_text = { .id = VIVID_CID_BASE + 1, .value = 2 };
  gint fd = open (node, O_RDWR | O_CLOEXEC);
  gboolean found;

  ioctl (fd, VIDIOC_QUERYCAP, &capability);
  found = (capability.device_caps & V4L2_CAP_VIDEO_CAPTURE_MPLANE) != 0;
  if (found)
    fail_unless_equals_int (ioctl (fd, VIDIOC_S_CTRL, &no_text), 0);
  close (fd);
  return found;
}

static gchar *
find_device (void)
{
  for (guint i = 0; i < 16; i++) {
    g_autofree gchar *node = g_strdup_printf ("/dev/video%u", i);

    if (g_file_test (node, G_FILE_TEST_EXISTS) && prepare (node))
      return g_steal_pointer (&node);
  }
  fail ("vivid has no node of the multi-planar API");
  return NULL;
}

/* The second frame of our source, whose properties are such. */
static GstBuffer *
capture (const gchar *source, const gchar *node, const gchar *format)
{
  g_autofree gchar *line = g_strdup_printf (
      "%s device=%s num-buffers=2 ! video/x-raw,format=%s," SIZE
      " ! fakesink name=sink",
      source, node, format);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstSample) sample = NULL;
  GstBuffer *copy;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  g_object_get (sink, "last-sample", &sample, NULL);
  copy = gst_buffer_copy_deep (gst_sample_get_buffer (sample));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return copy;
}

/* The bytes of v4l2src's first two frames, by another program: it leaks. */
static gchar *
capture_theirs (const gchar *node, const gchar *format, gsize *size)
{
  g_autofree gchar *command = g_strdup_printf (
      "GST_TRACERS= gst-launch-1.0 -q v4l2src device=%s num-buffers=2 ! "
      "video/x-raw,format=%s," SIZE " ! filesink location=/run/theirs.raw",
      node, format);
  gchar *bytes;

  run_command (command);
  fail_unless (g_file_get_contents ("/run/theirs.raw", &bytes, size, NULL));
  return bytes;
}

static void
assert_same_bytes (GstBuffer *ours, const gchar *theirs, gsize size)
{
  assert_equals_uint64 (gst_buffer_get_size (ours), size);
  assert_equals_int (gst_buffer_memcmp (ours, 0, theirs, size), 0);
}

static void
check (const gchar *source)
{
  g_autofree gchar *node = find_device ();

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autoptr (GstBuffer) ours = capture (source, node, formats[i]);
    gsize size;
    g_autofree gchar *theirs = capture_theirs (node, formats[i], &size);

    assert_same_bytes (ours, theirs + size / 2, size / 2);
  }
}

GST_START_TEST (mapped_frames_are_those_of_v4l2src)
{
  check ("virtcamsrc io-mode=mmap");
}
GST_END_TEST

GST_START_TEST (exported_frames_are_those_of_v4l2src)
{
  check ("virtcamsrc io-mode=dmabuf");
}
GST_END_TEST

static Suite *
multiplanar_suite (void)
{
  Suite *suite = suite_create ("multiplanar");
  TCase *tcase = tcase_create ("multiplanar");

  tcase_set_timeout (tcase, 120);
  tcase_add_unchecked_fixture (tcase, load_multiplanar, load_usual);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, mapped_frames_are_those_of_v4l2src);
  tcase_add_test (tcase, exported_frames_are_those_of_v4l2src);
  return suite;
}

GST_CHECK_MAIN (multiplanar);
