/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames by buffers of the output node: what arrives, and with which time. */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)

static void
frames_arrive_and_buffers_come_back (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 3);
  for (guint i = 0; i < 12; i++) {
    feeder_send (pair.feeder, i % 3, i);
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
    g_assert_cmpuint (feeder_take_back (pair.feeder), ==, i % 3);
  }
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_FRAMES_IN), ==, 12);
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_FRAMES_OUT), ==, 12);
  feeder_pair_close (&pair);
}

/* The viewer can be lent three of four buffers; it misses the fourth. */
static void
frames_queued_before_the_stream_arrive_in_their_order (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 4);
  for (guint round = 0; round < 2; round++) {
    reader_map (pair.feeder, 4);
    for (guint i = 0; i < 4; i++)
      feeder_send (pair.feeder, 3 - i, i);
    g_assert_false (feeder_has_frame (pair.reader));
    reader_stream_on (pair.feeder);
    g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 0);
    for (guint i = 0; i < 3; i++) {
      struct v4l2_buffer buffer = {
        .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
        .memory = V4L2_MEMORY_MMAP,
      };

      g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, round * 4 + i);
      g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_DQBUF, &buffer));
      g_assert_cmpuint (buffer.index, ==, 3 - i);
      g_assert_cmpuint (buffer.sequence, ==, 1 + i);
      g_assert_cmpuint (buffer.field, ==, V4L2_FIELD_NONE);
    }
    reader_stream_off (pair.feeder);
    reader_unmap (pair.feeder);
    reader_set_format (
        pair.feeder, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
  }
  feeder_pair_close (&pair);
}

static void
a_producer_never_waits_for_a_viewer (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  feeder_send (pair.feeder, 0, 0);
  for (guint i = 1; i < 20; i++) {
    feeder_send (pair.feeder, 1, i);
    g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 1);
  }
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 0);
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_NO_BUFFER), ==, 18);
  reader_stream_off (pair.reader);
  for (guint i = 0; i < 20; i++) {
    feeder_send (pair.feeder, i % 2, i);
    feeder_take_back (pair.feeder);
  }
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_NO_VIEWER), ==, 20);
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_COPIES), ==, 1);
  feeder_pair_close (&pair);
}

static void
a_frame_that_is_too_short_is_refused (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  feeder_fill (pair.feeder->data[0], FEEDER_SIZE, 1);
  assert_refused (feeder_queue (pair.feeder, 0, FEEDER_SIZE - 1, 0), EINVAL);
  assert_refused (feeder_queue (pair.feeder, 0, 1, 0), EINVAL);
  assert_refused (feeder_queue (pair.feeder, 0, FEEDER_SIZE * 4, 0), EINVAL);
  g_assert_false (feeder_has_frame (pair.reader));
  g_assert_no_errno (feeder_queue (pair.feeder, 0, FEEDER_SIZE, 0));
  g_assert_cmpuint (feeder_assert_next (pair.reader, 1), ==, 0);
  feeder_take_back (pair.feeder);
  /* Programs that leave it 0 mean all. */
  feeder_fill (pair.feeder->data[0], FEEDER_SIZE, 2);
  g_assert_no_errno (feeder_queue (pair.feeder, 0, 0, 0));
  g_assert_cmpuint (feeder_assert_next (pair.reader, 2), ==, 1);
  feeder_pair_close (&pair);
}

static guint64
send_at (FeederPair *pair, guint64 timestamp)
{
  struct v4l2_buffer buffer;
  guint64 time;

  feeder_fill (pair->feeder->data[0], FEEDER_SIZE, 0);
  g_assert_no_errno (feeder_queue (pair->feeder, 0, FEEDER_SIZE, timestamp));
  reader_dequeue (pair->reader, &buffer);
  time = reader_timestamp (&buffer);
  g_assert_cmpuint (time, <=, reader_now ());
  reader_queue (pair->reader, buffer.index);
  feeder_take_back (pair->feeder);
  return time;
}

static void
a_time_that_can_be_the_captures_is_kept (Fixture *fixture)
{
  guint64 now, last;
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  for (guint i = 0; i < 5; i++) {
    now = reader_now () / 1000 * 1000;
    g_assert_cmpuint (send_at (&pair, now), ==, now);
  }
  /* Not after the one before: as near to it as can be */
  last = now;
  for (guint i = 0; i < 3; i++) {
    now = send_at (&pair, last - 1000);
    g_assert_cmpuint (now, >, last);
    g_assert_cmpuint (now, <=, last + 2000);
    last = now;
  }
  feeder_pair_close (&pair);
}

static void
a_time_that_is_none_of_a_capture_becomes_now (Fixture *fixture)
{
  guint64 last = 0;
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  for (guint i = 0; i < 40; i++) {
    const guint64 before = reader_now () / 1000 * 1000;
    const guint64 times[] = {
      0,                                     /* none */
      i * SECOND / 30,                       /* a PTS that begins at 0 */
      before + SECOND,                       /* the future */
      G_GUINT64_CONSTANT (1 << 30) * SECOND, /* far of it */
      before > 5 * SECOND ? before - 5 * SECOND : 1000,
      (guint64) g_get_real_time () * 1000,
      G_MAXUINT64,
    };
    /* Early after the boot, 0 + PTS may be a time of capture. */
    const guint64 time = times[i % G_N_ELEMENTS (times)];
    const guint64 seen = send_at (&pair, time);

    g_assert_cmpuint (seen, >, last);
    if (time > before || time + 2 * SECOND < before)
      g_assert_cmpuint (seen, >=, before);
    last = seen;
  }
  feeder_pair_close (&pair);
}

static void
a_prepared_buffer_has_the_time_of_its_queueing (Fixture *fixture)
{
  struct v4l2_buffer buffer;
  guint64 now;
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  for (guint i = 0; i < 3; i++) {
    buffer = (struct v4l2_buffer){
      .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      .memory = V4L2_MEMORY_MMAP,
      .bytesused = FEEDER_SIZE,
    };
    feeder_fill (pair.feeder->data[0], FEEDER_SIZE, i);
    g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_PREPARE_BUF, &buffer));
    now = reader_now () / 1000 * 1000;
    g_assert_no_errno (feeder_queue (pair.feeder, 0, FEEDER_SIZE, now));
    reader_dequeue (pair.reader, &buffer);
    g_assert_cmpuint (reader_timestamp (&buffer), ==, now);
    feeder_assert_filled (pair.reader->data[buffer.index], FEEDER_SIZE, i);
    reader_queue (pair.reader, buffer.index);
    feeder_take_back (pair.feeder);
  }
  feeder_pair_close (&pair);
}

static void
poll_tells_of_buffers_that_have_come_back (Fixture *fixture)
{
  struct pollfd wait = { .events = POLLOUT };
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  wait.fd = pair.feeder->fd;
  reader_map (pair.feeder, 1);
  g_assert_cmpint (poll (&wait, 1, 0), ==, 1);
  g_assert_cmphex (wait.revents & (POLLERR | POLLOUT), ==, POLLERR);
  reader_stream_on (pair.feeder);
  feeder_send (pair.feeder, 0, 0);
  g_assert_cmpint (poll (&wait, 1, 0), ==, 1);
  g_assert_cmphex (wait.revents & (POLLERR | POLLOUT), ==, POLLOUT);
  feeder_take_back (pair.feeder);
  feeder_pair_close (&pair);
}

static void
rows_arrive_where_the_viewers_stride_wants_them (Fixture *fixture)
{
  static const guint strides[][2] = {
    { FEEDER_WIDTH * 2 + 64, FEEDER_WIDTH * 2 },
    { FEEDER_WIDTH * 2, FEEDER_WIDTH * 2 + 64 },
    { FEEDER_WIDTH * 2 + 32, FEEDER_WIDTH * 2 + 64 },
  };

  for (guint c = 0; c < G_N_ELEMENTS (strides); c++) {
    const guint from = strides[c][0], to = strides[c][1];
    struct v4l2_buffer buffer;
    FeederPair pair;

    feeder_pair_open (&pair, fixture->camera);
    g_assert_no_errno (feeder_ask_format (pair.feeder, V4L2_PIX_FMT_YUYV,
        FEEDER_WIDTH, FEEDER_HEIGHT, from, from * FEEDER_HEIGHT));
    reader_set_format (
        pair.reader, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, to);
    g_assert_cmpuint (pair.reader->format.fmt.pix.bytesperline, ==, to);
    reader_map (pair.feeder, 1);
    reader_stream_on (pair.feeder);
    reader_start (pair.reader, 1);
    feeder_send (pair.feeder, 0, c);
    reader_dequeue (pair.reader, &buffer);
    g_assert_cmpuint (buffer.bytesused, ==, to * FEEDER_HEIGHT);
    for (guint row = 0; row < FEEDER_HEIGHT; row++)
      g_assert_cmpmem (pair.reader->data[0] + row * to, FEEDER_WIDTH * 2,
          pair.feeder->data[0] + row * from, FEEDER_WIDTH * 2);
    feeder_pair_close (&pair);
  }
}

static void
a_killed_producer_leaves_the_camera_to_the_next (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  reader_close (pair.feeder);
  for (guint i = 0; i < 3; i++) {
    int status = 0;
    pid_t child = fork ();

    g_assert_cmpint (child, >=, 0);
    if (!child) {
      pair.feeder = reader_open (fixture->camera->output);
      reader_map (pair.feeder, 2);
      reader_stream_on (pair.feeder);
      for (guint frame = 0; frame < 2; frame++)
        feeder_send (pair.feeder, frame, frame);
      kill (getpid (), SIGKILL);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_true (WIFSIGNALED (status));
    for (guint frame = 0; frame < 2; frame++)
      g_assert_cmpuint (
          feeder_assert_next (pair.reader, frame), ==, i * 2 + frame);
  }
  pair.feeder = reader_open (fixture->camera->output);
  feeder_write (pair.feeder, 9);
  g_assert_cmpuint (feeder_assert_next (pair.reader, 9), ==, 6);
  feeder_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-buffers/" #name, name)
  ADD (frames_arrive_and_buffers_come_back);
  ADD (frames_queued_before_the_stream_arrive_in_their_order);
  ADD (a_producer_never_waits_for_a_viewer);
  ADD (a_frame_that_is_too_short_is_refused);
  ADD (a_time_that_can_be_the_captures_is_kept);
  ADD (a_time_that_is_none_of_a_capture_becomes_now);
  ADD (a_prepared_buffer_has_the_time_of_its_queueing);
  ADD (poll_tells_of_buffers_that_have_come_back);
  ADD (rows_arrive_where_the_viewers_stride_wants_them);
  ADD (a_killed_producer_leaves_the_camera_to_the_next);
  return g_test_run ();
}
