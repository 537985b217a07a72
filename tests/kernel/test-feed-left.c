/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that was lent to the other node: who sees what of it when somebody stops or
 * leaves, and what the next one finds.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "lending.h"

/* A program that maps a buffer and gives it back by REQBUFS. */
static void
reader_let_go (Reader *reader)
{
  struct v4l2_requestbuffers request = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };

  reader_stream_off (reader);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
}

static void
a_viewer_that_left_sees_nothing_that_comes_later (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint number, index;
  int fd;

  number = lending_begin (&pair, fixture, &index, &buffer);
  fd = export_buffer (pair.reader, buffer.index, O_RDONLY);
  reader_let_go (pair.reader);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  memset (pair.feeder->data[index], 0x55, lending_size (&pair));
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  {
    guint8 *late = mmap (NULL, buffer.length, PROT_READ, MAP_SHARED, fd, 0);

    g_assert_true (late != MAP_FAILED);
    feeder_assert_filled (late, buffer.bytesused, number);
    g_assert_no_errno (munmap (late, buffer.length));
  }
  g_assert_no_errno (close (fd));
  reader_unmap (pair.reader);
}

/* Each lets go of its buffers and writes into what it has mapped. */
static void
what_a_producer_that_left_writes_nobody_sees (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  number = lending_begin (&pair, fixture, &index, &buffer);
  reader_let_go (pair.feeder);
  memset (pair.feeder->data[index], 0x55, buffer.bytesused);
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
}

static void
a_producer_that_stops_writes_into_no_frame (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  number = lending_begin (&pair, fixture, &index, &buffer);
  reader_stream_off (pair.feeder);
  /* What the producer had in its buffer it has still. */
  feeder_assert_filled (pair.feeder->data[index], lending_size (&pair), number);
  memset (pair.feeder->data[index], 0x55, lending_size (&pair));
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  reader_queue (pair.reader, buffer.index);
  reader_stream_on (pair.feeder);
  lending_warm_up (&pair);
}

/* And the producer has its buffer again, whenever the viewer goes on. */
static void
a_viewer_that_stops_keeps_its_frame (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint number, index, sent;

  number = lending_begin (&pair, fixture, &sent, &buffer);
  reader_stream_off (pair.reader);
  g_assert_true (lending_gets_one_back (&pair, &index));
  g_assert_cmpuint (index, ==, sent);
  memset (pair.feeder->data[sent], 0x55, lending_size (&pair));
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  for (guint i = 0; i < LENDING_BUFFERS; i++)
    reader_queue (pair.reader, i);
  reader_stream_on (pair.reader);
  lending_warm_up (&pair);
}

static void
the_next_viewer_shares_as_well (Fixture *fixture)
{
  g_auto (Lending) pair;
  gint64 copies;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  g_clear_pointer (&pair.reader, reader_close);
  for (guint i = 0; i < LENDING_BUFFERS; i++) {
    lending_send (&pair);
    feeder_take_back (pair.feeder);
  }
  lending_init_reader (&pair, fixture, LENDING_BUFFERS);
  copies = lending_count (&pair, FEEDER_COPIES);
  lending_warm_up (&pair);
  g_assert_cmpint (lending_count (&pair, FEEDER_COPIES), ==, copies);
}

/* Nobody learns what somebody else had in that memory. */
static void
the_next_producer_finds_no_frame_of_the_one_before (Fixture *fixture)
{
  g_auto (Lending) pair;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  g_clear_pointer (&pair.feeder, reader_close);
  lending_init_feeder (&pair, fixture, LENDING_BUFFERS);
  pair.index = 0;
  for (guint i = 0; i < LENDING_BUFFERS; i++)
    for (gsize byte = 0; byte < lending_size (&pair); byte++)
      g_assert_cmphex (pair.feeder->data[i][byte], ==, 0);
  lending_warm_up (&pair);
}

/* Another camera's node takes the viewer's dma-buf, and so pins its memory. */
static void
a_device_that_keeps_a_frame_sees_nothing_that_comes_later (Fixture *fixture)
{
  g_auto (Lending) pair;
  g_autoptr (TestCamera) other = test_feed_new (NULL, NULL);
  g_autoptr (Reader) importer = reader_open (other->output);
  struct v4l2_buffer buffer, import = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_DMABUF,
  };
  struct v4l2_requestbuffers request = {
    .count = 1,
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_DMABUF,
  };
  guint number, index;
  guint8 *mapped;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  reader_set_format (
      importer, V4L2_PIX_FMT_YUYV, LENDING_WIDTH, LENDING_HEIGHT, 0);
  g_assert_no_errno (ioctl (importer->fd, VIDIOC_REQBUFS, &request));
  index = pair.index;
  number = lending_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  import.m.fd = export_buffer (pair.reader, buffer.index, O_RDWR);
  import.bytesused = lending_size (&pair);
  g_assert_no_errno (ioctl (importer->fd, VIDIOC_QBUF, &import));
  mapped = mmap (NULL, buffer.length, PROT_READ, MAP_SHARED, import.m.fd, 0);
  g_assert_true (mapped != MAP_FAILED);
  feeder_assert_filled (mapped, buffer.bytesused, number);
  g_clear_pointer (&pair.reader, reader_close);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  feeder_assert_filled (pair.feeder->data[index], lending_size (&pair), number);
  memset (pair.feeder->data[index], 0x55, lending_size (&pair));
  feeder_assert_filled (mapped, buffer.bytesused, number);
  g_assert_no_errno (munmap (mapped, buffer.length));
  g_assert_no_errno (close (import.m.fd));
  lending_init_reader (&pair, fixture, LENDING_BUFFERS);
  lending_warm_up (&pair);
}

/* One stops with a frame in its hands, and the other goes on with the camera. */
static void
frames_of_two_viewers_are_not_taken_for_each_other (Fixture *fixture)
{
  g_auto (Lending) pair = { 0 };
  g_autoptr (Reader) other = NULL;
  g_autofree char *second = NULL;
  struct v4l2_buffer kept;
  guint number;

  fixture->camera = test_feed_new ("viewers", "2", "placeholder", "none", NULL);
  second = test_feed_viewer_node (fixture->camera, 1);
  lending_init (&pair, fixture);
  number = lending_send (&pair);
  reader_dequeue (pair.reader, &kept);
  reader_stream_off (pair.reader);
  other = reader_open (second);
  reader_start (other, LENDING_BUFFERS);
  for (guint i = 0; i < 12; i++) {
    feeder_assert_next (other, lending_send (&pair));
    pair.index = feeder_take_back (pair.feeder);
    feeder_assert_filled (
        pair.reader->data[kept.index], kept.bytesused, number);
  }
  reader_stream_off (other);
  g_clear_pointer (&pair.reader, reader_close);
  /* The one that was kept is the producer's again, too. */
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 0);
}

int
main (int argc, char **argv)
{
#define ADD(test) fixture_add_feed ("/feed-left/" #test, test)
  fixture_init (argc, argv);
  ADD (a_viewer_that_left_sees_nothing_that_comes_later);
  ADD (what_a_producer_that_left_writes_nobody_sees);
  ADD (a_producer_that_stops_writes_into_no_frame);
  ADD (a_viewer_that_stops_keeps_its_frame);
  ADD (the_next_viewer_shares_as_well);
  ADD (the_next_producer_finds_no_frame_of_the_one_before);
  ADD (a_device_that_keeps_a_frame_sees_nothing_that_comes_later);
  fixture_add_without_camera (
      "/feed-left/frames_of_two_viewers_are_not_taken_for_each_other",
      frames_of_two_viewers_are_not_taken_for_each_other);
  return g_test_run ();
}
