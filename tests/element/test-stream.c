/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What arrives is what the camera made: every format, both ways. */

#include <gst/allocators/gstdmabuf.h>
#include <sys/mman.h>

#include "reader.h"
#include "rig.h"

#define N_FRAMES 60
#define N_FRAMES_IN_SHORT 10
#define STAMP_BLOCKS 128
#define STAMP_BLOCK 8

static const struct {
  guint width, height;
} sizes[] = { { 160, 120 }, { 640, 480 } };

/* $VIRTCAM_SHORT: the same is looked at elsewhere with all of them. */
static guint
n_frames (void)
{
  return g_getenv ("VIRTCAM_SHORT") ? N_FRAMES_IN_SHORT : N_FRAMES;
}

/* Frames as a bare reader gets them, and how to compare with them. */
typedef struct {
  guint8 *frames[N_FRAMES];
  guint32 sequence[N_FRAMES];
  gsize size;
  gsize stamp_bytes; /* at the start: they hold the time of drawing */
  guint64 duration;
  gboolean dmabuf;
  guint64 first_pts;
} Reference;

static void
read_reference (const gchar *device, guint32 fourcc, guint width, guint height,
    Reference *reference)
{
  g_autoptr (Reader) reader = reader_open (device);
  guint stamp_rows =
      (STAMP_BLOCKS + width / STAMP_BLOCK - 1) / (width / STAMP_BLOCK);

  reader_set_format (reader, fourcc, width, height, 0);
  reader_set_interval (reader, 1, 30);
  reader_start (reader, 4);
  reference->size = reader->format.fmt.pix.sizeimage;
  reference->stamp_bytes =
      stamp_rows * STAMP_BLOCK * reader->format.fmt.pix.bytesperline;
  for (guint i = 0; i < n_frames (); i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    reference->sequence[i] = buffer.sequence;
    reference->frames[i] =
        g_memdup2 (reader->data[buffer.index], reference->size);
    reader_queue (reader, buffer.index);
  }
}

static void
check_bytes (Reference *reference, GstBuffer *buffer, guint number)
{
  gsize skip = reference->stamp_bytes;
  GstMapInfo map;

  assert_equals_int (reference->sequence[number], number);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  assert_equals_uint64 (map.size, reference->size);
  fail_unless (memcmp (map.data + skip, reference->frames[number] + skip,
                   map.size - skip) == 0,
      "frame %u has other bytes than the reader's", number);
  gst_buffer_unmap (buffer, &map);
}

static void
check_frame (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Reference *reference = data;
  VirtcamStamp stamp = rig_read_stamp (rig, buffer);
  GstClockTime base_time = gst_element_get_base_time (rig->source);
  GstClockTime captured = GST_BUFFER_PTS (buffer) + base_time;

  assert_equals_int (stamp.sequence, number);
  assert_equals_uint64 (GST_BUFFER_OFFSET (buffer), number);
  assert_equals_uint64 (GST_BUFFER_OFFSET_END (buffer), number + 1);
  assert_equals_uint64 (GST_BUFFER_DURATION (buffer), reference->duration);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) ==
               (number == 0));
  assert_equals_int (gst_buffer_n_memory (buffer), 1);
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)) ==
               reference->dmabuf);

  /* V4L2 has microseconds only: the deadline may seem a bit early */
  fail_unless (captured <= stamp.time_ns);
  fail_unless (
      stamp.time_ns < captured + reference->duration + 2 * GST_USECOND);
  if (number == 0)
    reference->first_pts = GST_BUFFER_PTS (buffer);
  fail_unless (
      ABS (GST_CLOCK_DIFF (reference->first_pts, GST_BUFFER_PTS (buffer)) -
           (GstClockTimeDiff) (number * GST_SECOND / 30)) <= 2 * GST_USECOND);
  check_bytes (reference, buffer, number);
}

static void
check_mode (const gchar *device, const RigFormat *format, guint width,
    guint height, const gchar *io_mode, Reference *reference)
{
  g_autofree gchar *caps = g_strdup_printf (
      "%s,width=%u,height=%u,framerate=30/1", format->caps, width, height);
  g_autoptr (Rig) rig = rig_new (device);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, check_frame, reference);
  reference->dmabuf = g_str_equal (io_mode, "dmabuf");
  reference->duration = gst_util_uint64_scale_round (GST_SECOND, 1, 30);
  rig_run (rig, n_frames ());
  assert_equals_int (rig->n_frames, n_frames ());
  assert_equals_uint64 (rig_get_count (rig, "captured"), n_frames ());
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  assert_equals_uint64 (rig_get_count (rig, "corrupted"), 0);
}

/* Loop test: a number is a format and a size. */
GST_START_TEST (frames_are_byte_identical_to_a_bare_readers)
{
  const RigFormat *format = &rig_formats[__i__ / G_N_ELEMENTS (sizes)];
  guint width = sizes[__i__ % G_N_ELEMENTS (sizes)].width;
  guint height = sizes[__i__ % G_N_ELEMENTS (sizes)].height;
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Reference reference = { 0 };

  read_reference (camera->node, format->fourcc, width, height, &reference);
  check_mode (camera->node, format, width, height, "mmap", &reference);
  check_mode (camera->node, format, width, height, "dmabuf", &reference);
  for (guint i = 0; i < n_frames (); i++)
    g_free (reference.frames[i]);
}
GST_END_TEST

/* The driver's buffers, seen through an fd of the test's own. */
typedef struct {
  Reader *reader;
  guint n_buffers;
} Spy;

static void
map_driver_buffers (Spy *spy)
{
  while (spy->n_buffers < READER_MAX_BUFFERS) {
    struct v4l2_buffer query = { .index = spy->n_buffers,
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

    if (ioctl (spy->reader->fd, VIDIOC_QUERYBUF, &query) < 0)
      break;
    reader_map_one (spy->reader, spy->n_buffers++);
  }
}

/* What changes in one of the driver's buffers changes in the pad's as well. */
static void
find_in_driver (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Spy *spy = data;
  guint n_same = 0;
  GstMapInfo map;

  /* some are made later */
  map_driver_buffers (spy);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (guint i = 0; i < spy->n_buffers; i++) {
    volatile guint8 *mine = &spy->reader->data[i][map.size - 1];
    volatile guint8 *theirs = &map.data[map.size - 1];
    guint8 before = *mine, other = before ^ 0xff;

    *mine = other;
    n_same += *theirs == other;
    *mine = before;
    n_same -= *theirs == other;
  }
  assert_equals_int (n_same, 1);
  gst_buffer_unmap (buffer, &map);
}

static void
check_identity (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Spy spy = { .reader = reader_open (camera->node) };

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=160,height=120");
  rig_on_frame (rig, find_in_driver, &spy);
  rig_run (rig, 10);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  fail_unless (spy.n_buffers > 0);
  reader_close (spy.reader);
}

GST_START_TEST (mmap_buffers_are_the_drivers_own_memory)
{
  check_identity ("mmap");
}
GST_END_TEST

GST_START_TEST (dmabuf_buffers_are_the_drivers_own_memory)
{
  check_identity ("dmabuf");
}
GST_END_TEST

static Suite *
stream_suite (void)
{
  Suite *suite = suite_create ("stream");
  TCase *tcase = tcase_create ("stream");

  tcase_set_timeout (tcase, 600);
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, frames_are_byte_identical_to_a_bare_readers, 0,
      RIG_N_FORMATS * G_N_ELEMENTS (sizes));
  tcase_add_test (tcase, mmap_buffers_are_the_drivers_own_memory);
  tcase_add_test (tcase, dmabuf_buffers_are_the_drivers_own_memory);
  return suite;
}

GST_CHECK_MAIN (stream);
