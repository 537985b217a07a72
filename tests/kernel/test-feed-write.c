/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames by write(): each byte arrives, and what is no frame is refused. */
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

/* The viewer waits for frames. */
static void
pair_open (FeederPair *pair, Fixture *fixture, guint buffers)
{
  feeder_pair_open (pair, fixture->camera);
  g_assert_cmpuint (pair->reader->format.fmt.pix.sizeimage, ==, FEEDER_SIZE);
  reader_start (pair->reader, buffers);
}

static void
every_raw_format_arrives_byte_for_byte (Fixture *fixture)
{
  static const char formats[] = "YUYV UYVY NV12 YU12 RGB3 BGR3 XR24 GREY RGGB "
                                "YVYU NV21 NV16 NV61 P010 YV12 422P RGBP AR24 "
                                "AB24 XB24 BA24 BX24";
  g_auto (GStrv) names = g_strsplit (formats, " ", -1);

  fixture->camera =
      test_feed_new ("formats", formats, "placeholder", "none", NULL);
  for (guint i = 0; names[i]; i++) {
    const char *n = names[i];
    const guint32 fourcc = v4l2_fourcc (n[0], n[1], n[2], n[3]);
    g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
    g_autoptr (Reader) reader = NULL;

    g_test_message ("%s", n);
    reader_set_format (feeder, fourcc, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
    reader = reader_open (fixture->camera->node);
    reader_start (reader, 2);
    for (guint frame = 0; frame < 3; frame++) {
      feeder_write (feeder, frame);
      g_assert_cmpuint (feeder_assert_next (reader, frame), ==, frame);
    }
    g_assert_cmpint (reader_get_control (feeder, FEEDER_PLACEHOLDERS), ==, 0);
  }
}

/* Three planes at most: each a part of the first one's stride and height. */
static void
assert_rows (Reader *feeder, const guint8 *from, Reader *reader,
    const guint8 *to, guint planes)
{
  const guint width = feeder->format.fmt.pix.width;
  const guint bytes = planes == 3 ? 1 : 2;
  gsize from_at = 0, to_at = 0;

  for (guint plane = 0; plane < planes; plane++) {
    const guint part = plane ? 2 : 1;
    const guint rows = feeder->format.fmt.pix.height / part;

    for (guint row = 0; row < rows; row++) {
      const gsize used = width * bytes / part;

      g_assert_cmpmem (to + to_at, used, from + from_at, used);
      from_at += feeder->format.fmt.pix.bytesperline / part;
      to_at += reader->format.fmt.pix.bytesperline / part;
    }
  }
}

static void
assert_strides_differ (Fixture *fixture, guint32 fourcc, guint planes,
    guint from_stride, guint to_stride)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  g_autoptr (Reader) reader = NULL;
  g_autofree guint8 *frame = NULL;
  struct v4l2_buffer buffer;

  g_assert_no_errno (feeder_ask_format (feeder, fourcc, FEEDER_WIDTH,
      FEEDER_HEIGHT, from_stride,
      from_stride * FEEDER_HEIGHT * (planes == 3 ? 3 : 2) / 2));
  reader = reader_open (fixture->camera->node);
  reader_set_format (reader, fourcc, FEEDER_WIDTH, FEEDER_HEIGHT, to_stride);
  reader_start (reader, 2);
  frame = feeder_make_frame (feeder, 5);
  feeder_write (feeder, 5);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.bytesused, ==, reader->format.fmt.pix.sizeimage);
  assert_rows (feeder, frame, reader, reader->data[buffer.index], planes);
}

static void
rows_arrive_where_the_viewers_stride_wants_them (Fixture *fixture)
{
  assert_strides_differ (
      fixture, V4L2_PIX_FMT_YUYV, 1, FEEDER_WIDTH * 2, FEEDER_WIDTH * 2 + 64);
  assert_strides_differ (
      fixture, V4L2_PIX_FMT_YUYV, 1, FEEDER_WIDTH * 2 + 64, FEEDER_WIDTH * 2);
  assert_strides_differ (
      fixture, V4L2_PIX_FMT_YUV420, 3, FEEDER_WIDTH + 32, FEEDER_WIDTH + 64);
  assert_strides_differ (
      fixture, V4L2_PIX_FMT_YUV420, 3, FEEDER_WIDTH, FEEDER_WIDTH + 32);
}

static void
each_frame_has_the_next_number_and_a_time_of_its_own (Fixture *fixture)
{
  struct v4l2_buffer buffer;
  guint64 last = 0;
  FeederPair pair;

  pair_open (&pair, fixture, 3);
  for (guint i = 0; i < 10; i++) {
    const guint64 before = reader_now ();

    feeder_write (pair.feeder, i);
    reader_dequeue (pair.reader, &buffer);
    g_assert_cmpuint (buffer.sequence, ==, i);
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK, ==,
        V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
    g_assert_cmpuint (reader_timestamp (&buffer), >, last);
    last = reader_timestamp (&buffer);
    g_assert_cmpuint (last, >=, before / 1000 * 1000);
    g_assert_cmpuint (last, <=, reader_now ());
    reader_queue (pair.reader, buffer.index);
  }
  feeder_pair_close (&pair);
}

static void
assert_counts (Reader *feeder, guint in, guint out, guint no_buffer,
    guint no_viewer, guint copies)
{
  g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_IN), ==, in);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_OUT), ==, out);
  g_assert_cmpint (
      reader_get_control (feeder, FEEDER_NO_BUFFER), ==, no_buffer);
  g_assert_cmpint (
      reader_get_control (feeder, FEEDER_NO_VIEWER), ==, no_viewer);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_COPIES), ==, copies);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_PLACEHOLDERS), ==, 0);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_REFUSED), ==, 0);
}

static void
a_slow_viewer_misses_frames_and_is_told_how_many (Fixture *fixture)
{
  struct v4l2_buffer buffer;
  FeederPair pair;

  pair_open (&pair, fixture, 2);
  for (guint i = 0; i < 10; i++)
    feeder_write (pair.feeder, i);
  assert_counts (pair.feeder, 10, 2, 8, 0, 2);
  g_assert_cmpint (
      reader_get_control (pair.reader, READER_FRAMES_DROPPED), ==, 8);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  feeder_write (pair.feeder, 10);
  reader_dequeue (pair.reader, &buffer);
  g_assert_cmpuint (buffer.sequence, ==, 10);
  assert_counts (pair.feeder, 11, 3, 8, 0, 3);
  feeder_pair_close (&pair);
}

static void
frames_that_nobody_watches_are_taken_and_counted (Fixture *fixture)
{
  KernelLog *log = kernel_log_open ();
  FeederPair pair;

  pair_open (&pair, fixture, 2);
  reader_stream_off (pair.reader);
  for (guint i = 0; i < 5; i++)
    feeder_write (pair.feeder, i);
  assert_counts (pair.feeder, 5, 0, 0, 5, 0);
  g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_LOG_STATUS));
  kernel_log_await (log, "Frames Without Viewer: 5");
  kernel_log_close (log);
  feeder_pair_close (&pair);
}

static void
what_is_no_frame_is_refused_and_leaves_nothing_behind (Fixture *fixture)
{
  static const gsize sizes[] = {
    FEEDER_SIZE / 2,
    FEEDER_SIZE * 2,
    FEEDER_SIZE - 1,
    FEEDER_SIZE + 1,
    1,
    640 * 480 * 2,
  };
  g_autofree guint8 *bytes = g_malloc0 (640 * 480 * 2);
  FeederPair pair;

  pair_open (&pair, fixture, 2);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    assert_refused (write (pair.feeder->fd, bytes, sizes[i]), EINVAL);
  g_assert_cmpint (write (pair.feeder->fd, bytes, 0), ==, 0);
  g_assert_false (feeder_has_frame (pair.reader));
  assert_counts (pair.feeder, 0, 0, 0, 0, 0);
  feeder_write (pair.feeder, 7);
  g_assert_cmpuint (feeder_assert_next (pair.reader, 7), ==, 0);
  feeder_pair_close (&pair);
}

static void
write_is_refused_while_the_producer_has_buffers (Fixture *fixture)
{
  g_autofree guint8 *frame = NULL;
  FeederPair pair;

  pair_open (&pair, fixture, 2);
  frame = feeder_make_frame (pair.feeder, 0);
  reader_map (pair.feeder, 2);
  assert_refused (write (pair.feeder->fd, frame, FEEDER_SIZE), EBUSY);
  reader_unmap (pair.feeder);
  feeder_write (pair.feeder, 1);
  g_assert_cmpuint (feeder_assert_next (pair.reader, 1), ==, 0);
  feeder_pair_close (&pair);
}

static void
poll_says_that_write_can_be_called_also_to_an_idle_node (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  struct pollfd wait = { .fd = feeder->fd, .events = POLLOUT | POLLIN };

  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint (poll (&wait, 1, 0), ==, 1);
    g_assert_cmphex (wait.revents, ==, POLLOUT);
    feeder_write (feeder, i);
  }
}

static void
a_child_that_inherits_the_file_is_the_same_producer (Fixture *fixture)
{
  int status = -1;
  pid_t child;
  FeederPair pair;

  pair_open (&pair, fixture, 3);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (!child) {
    feeder_write (pair.feeder, 0);
    _exit (0);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  feeder_write (pair.feeder, 1);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  feeder_pair_close (&pair);
}

static void
producers_come_and_go_while_a_viewer_streams (Fixture *fixture)
{
  FeederPair pair;

  pair_open (&pair, fixture, 3);
  for (guint i = 0; i < 12; i++) {
    if (i % 3 == 0) {
      reader_close (pair.feeder);
      pair.feeder = reader_open (fixture->camera->output);
    }
    if (i % 3 == 1)
      reader_set_format (
          pair.feeder, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
    feeder_write (pair.feeder, i);
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  }
  feeder_pair_close (&pair);
}

/* OBS Studio 29 takes a node only if STREAMON succeeds, and has no buffers. */
static void
streamon_is_taken_of_the_producer_that_writes_and_of_nobody_else (
    Fixture *fixture)
{
  int output = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      capture = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  struct v4l2_requestbuffers none = { .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP };
  g_autoptr (Reader) stranger = reader_open (fixture->camera->output);
  FeederPair pair;

  assert_refused (ioctl (stranger->fd, VIDIOC_STREAMON, &output), EINVAL);
  pair_open (&pair, fixture, 2);
  g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_STREAMON, &output));
  assert_refused (ioctl (pair.feeder->fd, VIDIOC_STREAMON, &capture), EINVAL);
  assert_refused (ioctl (stranger->fd, VIDIOC_STREAMON, &output), EINVAL);
  feeder_write (pair.feeder, 0);
  feeder_assert_next (pair.reader, 0);

  g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_STREAMOFF, &output));
  feeder_write (pair.feeder, 1);
  feeder_assert_next (pair.reader, 1);
  g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_REQBUFS, &none));
  assert_refused (ioctl (pair.feeder->fd, VIDIOC_STREAMON, &output), EINVAL);
  feeder_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add_without_camera (
      "/feed-write/every_raw_format_arrives_byte_for_byte",
      every_raw_format_arrives_byte_for_byte);
#define ADD(name) fixture_add_feed ("/feed-write/" #name, name)
  ADD (rows_arrive_where_the_viewers_stride_wants_them);
  ADD (each_frame_has_the_next_number_and_a_time_of_its_own);
  ADD (a_slow_viewer_misses_frames_and_is_told_how_many);
  ADD (frames_that_nobody_watches_are_taken_and_counted);
  ADD (what_is_no_frame_is_refused_and_leaves_nothing_behind);
  ADD (write_is_refused_while_the_producer_has_buffers);
  ADD (poll_says_that_write_can_be_called_also_to_an_idle_node);
  ADD (a_child_that_inherits_the_file_is_the_same_producer);
  ADD (producers_come_and_go_while_a_viewer_streams);
  ADD (streamon_is_taken_of_the_producer_that_writes_and_of_nobody_else);
  return g_test_run ();
}
