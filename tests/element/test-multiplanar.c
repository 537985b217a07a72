/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device of the multi-planar API: vivid, loaded anew as one, against v4l2src. */

#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver.h"
#include "rig.h"
#include "vivid.h"

#define SIZE "width=640,height=360,framerate=25/1"

/* A format, and in how many pieces of memory its frames are to be. */
typedef struct {
  const gchar *name;
  guint n_memories;
} Format;

static const Format formats[] = { { "NV12", 1 }, { "I420", 1 }, { "RGB", 1 },
  { "GRAY8", 1 } };
static const Format apart[] = { { "I420", 3 }, { "YV12", 3 }, { "Y42B", 3 },
  { "NV16", 2 }, { "NV61", 2 } };

/* Where planes can be apart from one another, the driver knows no other form. */
static gboolean only_apart;

static gboolean
is_together (guint32 fourcc)
{
  static const guint32 together[] = { V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YVU420,
    V4L2_PIX_FMT_YUV422P, V4L2_PIX_FMT_NV16, V4L2_PIX_FMT_NV61 };

  for (guint i = 0; i < G_N_ELEMENTS (together); i++)
    if (together[i] == fourcc)
      return TRUE;
  return FALSE;
}

static gint
leave_out_together (gint fd, struct v4l2_fmtdesc *format)
{
  guint wanted = format->index;
  gint result = 0;

  for (guint i = 0, n = 0; n <= wanted && result == 0; i++) {
    format->index = i;
    result = driver_ask (fd, VIDIOC_ENUM_FMT, format);
    n += result == 0 && !is_together (format->pixelformat);
  }
  format->index = wanted;
  return result;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  struct v4l2_format *format = argument;

  if (request == VIDIOC_ENUM_FMT && only_apart)
    return leave_out_together (fd, argument);
  if (request == VIDIOC_S_FMT && only_apart &&
      is_together (format->fmt.pix_mp.pixelformat))
    format->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_YUYV;
  return driver_ask (fd, request, argument);
}

/* Not by GLib: what the program that forks the tests has from it, for a thread
 * of its own, is a leak to the sanitizer. */
static void
run_command (const gchar *command)
{
  fail_unless (system (command) == 0, command);
}

static void
load_multiplanar (void)
{
  run_command ("modprobe -r vivid && modprobe vivid n_devs=1 multiplanar=2 && "
               "udevadm settle");
}

static void
load_usual (void)
{
  run_command ("modprobe -r vivid && modprobe vivid n_devs=1 && "
               "udevadm settle");
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

/* The last of some frames of our source, whose properties are such. */
static GstBuffer *
capture (const gchar *source, const gchar *node, const Format *format)
{
  g_autofree gchar *line = g_strdup_printf (
      "%s device=%s num-buffers=12 ! video/x-raw,format=%s," SIZE
      " ! fakesink name=sink",
      source, node, format->name);
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
  assert_equals_int (
      gst_buffer_n_memory (gst_sample_get_buffer (sample)), format->n_memories);
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
check (const gchar *source, const Format *format)
{
  g_autofree gchar *node = find_device ();
  gsize size;
  /* first: it may ask for other colours than vivid's, which keeps them */
  g_autofree gchar *theirs = capture_theirs (node, format->name, &size);
  g_autoptr (GstBuffer) ours = capture (source, node, format);

  assert_same_bytes (ours, theirs + size / 2, size / 2);
}

GST_START_TEST (mapped_frames_are_those_of_v4l2src)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    check ("virtcamsrc io-mode=mmap", &formats[i]);
}
GST_END_TEST

GST_START_TEST (exported_frames_are_those_of_v4l2src)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    check ("virtcamsrc io-mode=dmabuf", &formats[i]);
}
GST_END_TEST

static void
check_apart (const gchar *source)
{
  g_autofree gchar *node = find_device ();

  for (guint i = 0; i < G_N_ELEMENTS (apart); i++) {
    const Format together = { apart[i].name, 1 };
    g_autoptr (GstBuffer) expected = NULL;
    g_autoptr (GstBuffer) found = NULL;
    GstMapInfo map;

    only_apart = FALSE;
    expected = capture (source, node, &together);
    only_apart = TRUE;
    found = capture (source, node, &apart[i]);
    gst_buffer_map (expected, &map, GST_MAP_READ);
    assert_same_bytes (found, (const gchar *) map.data, map.size);
    gst_buffer_unmap (expected, &map);
  }
}

/* vivid has 128 bytes before the pictures of NV16 and NV61. */
GST_START_TEST (mapped_planes_apart_are_those_that_are_together)
{
  check_apart ("virtcamsrc io-mode=mmap");
}
GST_END_TEST

GST_START_TEST (exported_planes_apart_are_those_that_are_together)
{
  check_apart ("virtcamsrc io-mode=dmabuf");
}
GST_END_TEST

GST_START_TEST (planes_apart_are_those_of_v4l2src)
{
  only_apart = TRUE;
  check ("virtcamsrc", &apart[0]);
}
GST_END_TEST

/* Downstream holds one plane of each of some frames, and nothing else. */

#define N_MARKED 64
#define N_HELD 3
#define N_FRAMES 40

static void
mark (GstMemory *memory)
{
  GstMapInfo map;

  fail_unless (gst_memory_map (memory, &map, GST_MAP_WRITE));
  memset (map.data, 0xab, N_MARKED);
  gst_memory_unmap (memory, &map);
}

static void
assert_marked (GstMemory *memory)
{
  GstMapInfo map;

  fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
  for (gsize i = 0; i < N_MARKED; i++)
    assert_equals_int (map.data[i], 0xab);
  gst_memory_unmap (memory, &map);
}

static void
hold_planes (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstMemory **held = data;

  assert_equals_int (gst_buffer_n_memory (buffer), 3);
  if (number < N_HELD) {
    held[number] = gst_memory_ref (gst_buffer_peek_memory (buffer, number));
    mark (held[number]);
  }
  if (number != N_FRAMES / 2)
    return;
  for (guint i = 0; i < N_HELD; i++) {
    assert_marked (held[i]);
    gst_memory_unref (held[i]);
  }
}

GST_START_TEST (a_plane_that_is_held_keeps_its_frame)
{
  g_autofree gchar *node = find_device ();
  g_autoptr (Rig) rig = rig_new (node);
  GstMemory *held[N_HELD];

  only_apart = TRUE;
  rig_set_caps (rig, "video/x-raw,format=I420," SIZE);
  rig_on_frame (rig, hold_planes, held);
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
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
  tcase_add_test (tcase, mapped_planes_apart_are_those_that_are_together);
  tcase_add_test (tcase, exported_planes_apart_are_those_that_are_together);
  tcase_add_test (tcase, planes_apart_are_those_of_v4l2src);
  tcase_add_test (tcase, a_plane_that_is_held_keeps_its_frame);
  return suite;
}

GST_CHECK_MAIN (multiplanar);
