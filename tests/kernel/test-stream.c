/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames: their stamps, numbers and times, in every way of getting them that
 * uses the camera's own memory. Times are exact only in an --icount guest.
 */
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

#define FRAMES 60

/* V4L2 timestamps are cut to microseconds. */
#define CUT_NS 1000

static const guint32 formats[] = {
  V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420,
  V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24, V4L2_PIX_FMT_XBGR32,
  V4L2_PIX_FMT_GREY, V4L2_PIX_FMT_SRGGB8,
};

/* A kernel that looks for faults takes many times as long to make a picture of
 * new settings, and is late with the first frames; then it has caught up. */
#define FRAMES_TO_CATCH_UP 10

static gboolean
kernel_is_quick (void)
{
  return !g_file_test ("/sys/kernel/debug/kmemleak", G_FILE_TEST_EXISTS);
}

static void
assert_times (Reader * reader, const struct v4l2_buffer *buffer,
    VirtcamStamp stamp, guint64 first_ns)
{
  guint64 ns = reader_timestamp (buffer);
  guint64 due = first_ns + reader_frames_to_ns (reader, buffer->sequence);

  g_assert_cmpuint (ns + CUT_NS, >=, due);
  g_assert_cmpuint (ns, <=, due + CUT_NS);
  g_assert_cmpuint (stamp.time_ns, >=, ns);
  if (kernel_is_quick () || buffer->sequence >= FRAMES_TO_CATCH_UP)
    g_assert_cmpuint (stamp.time_ns, <, ns + CUT_NS +
        reader_frames_to_ns (reader, 1));
}

static void
assert_frame (Reader * reader, const struct v4l2_buffer *buffer, guint sequence)
{
  g_assert_cmpuint (buffer->sequence, ==, sequence);
  g_assert_cmpuint (buffer->field, ==, V4L2_FIELD_NONE);
  g_assert_cmpuint (buffer->bytesused, ==, reader->format.fmt.pix.sizeimage);
  g_assert_cmphex (buffer->flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK |
          V4L2_BUF_FLAG_TSTAMP_SRC_MASK | V4L2_BUF_FLAG_ERROR), ==,
      V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
}

/* @count frames in a row, every one of them right. */
static void
assert_stream (Reader * reader, guint count)
{
  guint64 first_ns = 0;

  reader_start (reader, 4);
  for (guint i = 0; i < count; i++) {
    struct v4l2_buffer buffer;
    VirtcamStamp stamp;

    reader_dequeue (reader, &buffer);
    assert_frame (reader, &buffer, i);
    stamp = reader_stamp (reader, reader->data[buffer.index]);
    g_assert_cmpuint (stamp.sequence, ==, i);
    if (i == 0)
      first_ns = reader_timestamp (&buffer);
    assert_times (reader, &buffer, stamp, first_ns);
    reader_queue (reader, buffer.index);
  }
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_DROPPED), ==, 0);
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_CAPTURED), >=,
      count);
  reader_stream_off (reader);
  reader_unmap (reader);
}

static void
assert_every_format (Fixture * fixture, guint width, guint height)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    reader_set_format (reader, formats[i], width, height, 0);
    assert_stream (reader, FRAMES);
  }
}

static void
every_format_at_160x120_gives_sixty_frames_without_a_fault (Fixture * fixture)
{
  assert_every_format (fixture, 160, 120);
}

static void
every_format_at_640x480_gives_sixty_frames_without_a_fault (Fixture * fixture)
{
  assert_every_format (fixture, 640, 480);
}

static void
the_largest_size_streams (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_NV12, 3840, 2160, 0);
  reader_set_interval (reader, 1, 5);
  assert_stream (reader, 5);
}

static void
larger_bytesperline_streams_in_every_format (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    reader_set_format (reader, formats[i], 160, 120, 160 * 4 + 128);
    g_assert_cmpuint (reader->format.fmt.pix.bytesperline, ==, 160 * 4 + 128);
    assert_stream (reader, 8);
  }
}

static void
every_rate_keeps_its_deadlines (Fixture * fixture)
{
  static const guint rates[] = { 5, 10, 15, 24, 25, 30, 50, 60 };
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    reader_set_interval (reader, 1, rates[i]);
    assert_stream (reader, FRAMES);
  }
}

static void
ntsc_rates_do_not_drift_in_a_thousand_frames (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;

  fixture->camera = test_camera_new ("intervals", "1001/60000", "sizes",
      "160x120", "formats", "GREY", NULL);
  reader = reader_open (fixture->camera->node);
  assert_stream (reader, 1000);
}

static void
dma_sg_memory_streams_in_every_format (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;

  fixture->camera = test_camera_new ("memory", "dma-sg", NULL);
  reader = reader_open (fixture->camera->node);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    reader_set_format (reader, formats[i], 320, 240, 0);
    assert_stream (reader, 8);
  }
}

static void
pictures_too_small_for_a_stamp_stream_without_one (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;
  struct v4l2_buffer buffer;
  VirtcamStamp stamp;

  fixture->camera = test_camera_new ("sizes", "16x16", NULL);
  reader = reader_open (fixture->camera->node);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    reader_set_format (reader, formats[i], 16, 16, 0);
    reader_start (reader, 2);
    reader_dequeue (reader, &buffer);
    assert_frame (reader, &buffer, 0);
    assert_refused (virtcam_stamp_decode (reader->data[buffer.index],
            reader->format.fmt.pix.bytesperline, 1, 0, 16, 16, &stamp),
        ERANGE);
    reader_stream_off (reader);
    reader_unmap (reader);
  }
}

/* Something moves: no two pictures in a row are the same below the stamp. */
static void
pictures_differ_from_frame_to_frame (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;
  const gsize below = 64 * pix->bytesperline;
  g_autofree guint8 *before = g_malloc0 (pix->sizeimage);

  reader_start (reader, 4);
  for (guint i = 0; i < 10; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    g_assert_cmpint (memcmp (before + below, reader->data[buffer.index] +
            below, pix->sizeimage - below), !=, 0);
    memcpy (before, reader->data[buffer.index], pix->sizeimage);
    reader_queue (reader, buffer.index);
  }
}

static void
a_restarted_stream_counts_from_zero (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint i = 0; i < 5; i++) {
    assert_stream (reader, 3);
    g_assert_cmpint (reader_get_control (reader, READER_FRAMES_CAPTURED), <,
        3 + 5);
  }
}

static void
streamoff_gives_every_buffer_back (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  reader_start (reader, 4);
  reader_stream_off (reader);
  for (guint i = 0; i < 4; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .memory = V4L2_MEMORY_MMAP,
      .index = i,
    };

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYBUF, &buffer));
    g_assert_cmphex (buffer.flags & (V4L2_BUF_FLAG_QUEUED |
            V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_PREPARED), ==, 0);
    reader_queue (reader, i);
  }
  reader_stream_on (reader);
}

/* Read until a frame's number shows how many were skipped before it. */
static guint
count_gap (Reader * reader, guint last_sequence)
{
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (reader_stamp (reader, reader->data[buffer.index]).sequence,
      ==, buffer.sequence);
  reader_queue (reader, buffer.index);
  return buffer.sequence - last_sequence - 1;
}

static void
a_slow_reader_loses_exactly_the_frames_that_are_counted (Fixture * fixture)
{
  static const gint64 held_for[] = { 1, 2, 5, 17 };
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  gint64 lost = 0;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_start (reader, 3);
  for (guint i = 0; i < G_N_ELEMENTS (held_for); i++) {
    struct v4l2_buffer buffers[3];
    gint64 dropped;

    for (guint b = 0; b < 3; b++)
      reader_dequeue (reader, &buffers[b]);
    do
      sched_yield ();
    while (reader_get_control (reader, READER_FRAMES_DROPPED) <
        lost + held_for[i]);
    for (guint b = 0; b < 3; b++)
      reader_queue (reader, buffers[b].index);
    lost += count_gap (reader, buffers[2].sequence);
    dropped = reader_get_control (reader, READER_FRAMES_DROPPED);
    g_assert_cmpint (lost, ==, dropped);
    g_assert_cmpint (lost, >=, held_for[i]);
  }
}

static void
a_stream_without_any_empty_buffer_keeps_its_rhythm (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer first, second;
  guint64 frames;

  reader_start (reader, 1);
  reader_dequeue (reader, &first);
  while (reader_get_control (reader, READER_FRAMES_DROPPED) < 3)
    sched_yield ();
  reader_queue (reader, first.index);
  reader_dequeue (reader, &second);
  frames = second.sequence - first.sequence;
  g_assert_cmpuint (frames, >, 3);
  g_assert_cmpuint (reader_timestamp (&second) + CUT_NS, >=,
      reader_timestamp (&first) + reader_frames_to_ns (reader, frames));
  g_assert_cmpuint (reader_timestamp (&second), <=, reader_timestamp (&first) +
      reader_frames_to_ns (reader, frames) + CUT_NS);
}

static void
poll_waits_for_a_frame_and_complains_when_not_streaming (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct pollfd wait = {.fd = reader->fd,.events = POLLIN };
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_MMAP,
  };

  reader_map (reader, 2);
  g_assert_cmpint (poll (&wait, 1, -1), ==, 1);
  g_assert_cmphex (wait.revents & POLLERR, ==, POLLERR);
  assert_refused (ioctl (reader->fd, VIDIOC_DQBUF, &buffer), EINVAL);
  reader_queue (reader, 0);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  g_assert_cmpint (poll (&wait, 1, 0), ==, 0);
}

static void
read_in_pieces (Reader * reader, guint8 * data, gsize size, gsize piece)
{
  for (gsize at = 0; at < size;) {
    ssize_t got = read (reader->fd, data + at, MIN (piece, size - at));

    g_assert_no_errno ((int) got);
    g_assert_cmpint (got, >, 0);
    at += (gsize) got;
  }
}

static void
read_gives_the_frames_one_after_the_other (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *data = g_malloc (size);

  for (guint i = 0; i < 20; i++) {
    g_assert_cmpint (read (reader->fd, data, size), ==, (gssize) size);
    g_assert_cmpuint (reader_stamp (reader, data).sequence, ==, i);
  }
}

static void
read_in_small_pieces_gives_whole_frames (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  gsize size;
  g_autofree guint8 *data = NULL;

  reader_set_format (reader, V4L2_PIX_FMT_NV12, 320, 240, 0);
  size = reader->format.fmt.pix.sizeimage;
  data = g_malloc (size);
  for (guint i = 0; i < 5; i++) {
    read_in_pieces (reader, data, size, 10007);
    g_assert_cmpuint (reader_stamp (reader, data).sequence, ==, i);
  }
}

static void
read_and_buffers_exclude_each_other (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_MMAP,.count = 2,
  };
  guint8 byte;

  reader_map (reader, 2);
  assert_refused (read (reader->fd, &byte, 1), EBUSY);
  reader_unmap (reader);
  g_assert_cmpint (read (reader->fd, &byte, 1), ==, 1);
  assert_refused (ioctl (reader->fd, VIDIOC_REQBUFS, &request), EBUSY);
}

static void
create_bufs_while_streaming_adds_buffers_that_are_filled (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_create_buffers create = {
    .count = 2,.memory = V4L2_MEMORY_MMAP,.format = reader->format,
  };
  guint32 seen = 0;

  reader_start (reader, 3);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create));
  g_assert_cmpuint (create.index, ==, 3);
  g_assert_cmpuint (create.count, ==, 2);
  for (guint i = 3; i < 5; i++) {
    reader_map_one (reader, i);
    reader_queue (reader, i);
  }
  for (guint i = 0; i < 12; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    assert_frame (reader, &buffer, i);
    g_assert_cmpuint (reader_stamp (reader,
            reader->data[buffer.index]).sequence, ==, i);
    seen |= 1u << buffer.index;
    reader_queue (reader, buffer.index);
  }
  g_assert_cmphex (seen, ==, 0x1f);
}

static void
create_bufs_refuses_buffers_too_small_for_a_frame (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_create_buffers create = {
    .count = 1,.memory = V4L2_MEMORY_MMAP,.format = reader->format,
  };

  create.format.fmt.pix.sizeimage--;
  assert_refused (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create), EINVAL);
}

static void
a_prepared_buffer_is_filled_like_any_other (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_MMAP,
  };

  reader_map (reader, 2);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_PREPARE_BUF, &buffer));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYBUF, &buffer));
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_PREPARED, ==,
      V4L2_BUF_FLAG_PREPARED);
  reader_queue (reader, 0);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  assert_frame (reader, &buffer, 0);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/stream/" #name, name)
  ADD (every_format_at_160x120_gives_sixty_frames_without_a_fault);
  ADD (every_format_at_640x480_gives_sixty_frames_without_a_fault);
  ADD (the_largest_size_streams);
  ADD (larger_bytesperline_streams_in_every_format);
  ADD (every_rate_keeps_its_deadlines);
  ADD (pictures_differ_from_frame_to_frame);
  ADD (a_restarted_stream_counts_from_zero);
  ADD (streamoff_gives_every_buffer_back);
  ADD (a_slow_reader_loses_exactly_the_frames_that_are_counted);
  ADD (a_stream_without_any_empty_buffer_keeps_its_rhythm);
  ADD (poll_waits_for_a_frame_and_complains_when_not_streaming);
  ADD (read_gives_the_frames_one_after_the_other);
  ADD (read_in_small_pieces_gives_whole_frames);
  ADD (read_and_buffers_exclude_each_other);
  ADD (create_bufs_while_streaming_adds_buffers_that_are_filled);
  ADD (create_bufs_refuses_buffers_too_small_for_a_frame);
  ADD (a_prepared_buffer_is_filled_like_any_other);
#define ADD_BARE(name) fixture_add_without_camera ("/stream/" #name, name)
  ADD_BARE (ntsc_rates_do_not_drift_in_a_thousand_frames);
  ADD_BARE (dma_sg_memory_streams_in_every_format);
  ADD_BARE (pictures_too_small_for_a_stamp_stream_without_one);
  return g_test_run ();
}
