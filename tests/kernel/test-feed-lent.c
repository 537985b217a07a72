/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that reach the viewer without a copy: buffers of both nodes that are the
 * same memory, and who sees what of it when somebody keeps it or writes into it.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "lending.h"

static void
frames_reach_a_viewer_that_maps_without_a_copy (Fixture *fixture)
{
  g_auto (Lending) pair;
  gint64 copies, out;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  copies = lending_count (&pair, FEEDER_COPIES);
  out = lending_count (&pair, FEEDER_FRAMES_OUT);
  for (guint i = 0; i < 50; i++)
    lending_pass (&pair);
  g_assert_cmpint (lending_count (&pair, FEEDER_COPIES), ==, copies);
  g_assert_cmpint (lending_count (&pair, FEEDER_FRAMES_OUT), ==, out + 50);
  g_assert_cmpint (copies, <=, 1);
}

static void
frames_reach_a_viewer_that_exports_without_a_copy (Fixture *fixture)
{
  g_auto (Lending) pair = { 0 };
  guint8 *data[LENDING_BUFFERS];
  struct v4l2_buffer buffer;
  gint64 copies;

  lending_init (&pair, fixture);
  for (guint i = 0; i < LENDING_BUFFERS; i++) {
    int fd = export_buffer (pair.reader, i, O_RDWR);

    data[i] = mmap (NULL, pair.reader->length[i], PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true (data[i] != MAP_FAILED);
    g_assert_no_errno (close (fd));
  }
  lending_warm_up (&pair);
  copies = lending_count (&pair, FEEDER_COPIES);
  for (guint i = 0; i < 50; i++) {
    guint number = lending_send (&pair);

    reader_dequeue (pair.reader, &buffer);
    feeder_assert_filled (data[buffer.index], buffer.bytesused, number);
    reader_queue (pair.reader, buffer.index);
    feeder_take_back (pair.feeder);
  }
  g_assert_cmpint (lending_count (&pair, FEEDER_COPIES), ==, copies);
  for (guint i = 0; i < LENDING_BUFFERS; i++)
    g_assert_no_errno (munmap (data[i], pair.reader->length[i]));
}

static void
the_producer_has_its_buffer_back_when_the_viewer_has (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint index, sent;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  sent = pair.index;
  lending_send (&pair);
  g_assert_false (lending_gets_one_back (&pair, &index));
  reader_dequeue (pair.reader, &buffer);
  g_assert_false (lending_gets_one_back (&pair, &index));
  reader_queue (pair.reader, buffer.index);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, sent);
}

/* The viewer fetches nothing: all but one of the producer's buffers are lent. */
static void
one_buffer_is_always_the_producers (Fixture *fixture)
{
  g_auto (Lending) pair;
  gint64 missed;
  guint index;

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  missed = lending_count (&pair, FEEDER_NO_BUFFER);
  for (guint i = 0; i < LENDING_BUFFERS - 1; i++)
    lending_send (&pair);
  g_assert_false (lending_gets_one_back (&pair, &index));
  for (guint i = 0; i < 10; i++) {
    guint last = pair.index;

    lending_send (&pair);
    pair.index = last;
    g_assert_cmpuint (feeder_take_back (pair.feeder), ==, last);
  }
  g_assert_cmpint (lending_count (&pair, FEEDER_NO_BUFFER), ==, missed + 10);
}

/* A producer that uses but one of its buffers, and waits for it: the frame stays the
 * viewer's. */
static void
a_producer_that_waits_gets_its_buffer_back (Fixture *fixture)
{
  g_auto (Lending) pair;
  guint number = 0, index;

  lending_init (&pair, fixture);
  for (guint i = 0; i < 10; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      .memory = V4L2_MEMORY_MMAP,
    };

    feeder_send (pair.feeder, 0, i);
    g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_DQBUF, &buffer));
    g_assert_cmpuint (buffer.index, ==, 0);
    feeder_assert_filled (pair.feeder->data[0], lending_size (&pair), i);
    memset (pair.feeder->data[0], 0x55, lending_size (&pair));
    feeder_assert_next (pair.reader, i);
  }
  /* One that has them all queued is about to wait, too. */
  for (index = 0; index < LENDING_BUFFERS; index++)
    feeder_send (pair.feeder, index, number++);
  feeder_take_back (pair.feeder);
}

/* What the viewer keeps stays as it is, and other frames go on. */
static void
a_viewer_that_keeps_frames_gets_the_next_ones (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer kept[LENDING_BUFFERS - 1];
  guint numbers[LENDING_BUFFERS - 1];

  lending_init (&pair, fixture);
  lending_warm_up (&pair);
  for (guint i = 0; i < LENDING_BUFFERS - 1; i++) {
    numbers[i] = lending_send (&pair);
    reader_dequeue (pair.reader, &kept[i]);
  }
  for (guint i = 0; i < 20; i++) {
    guint last = pair.index;
    guint number = lending_send (&pair);

    pair.index = feeder_take_back (pair.feeder);
    g_assert_cmpuint (pair.index, ==, last);
    feeder_assert_next (pair.reader, number);
    for (guint k = 0; k < LENDING_BUFFERS - 1; k++)
      feeder_assert_filled (
          pair.reader->data[kept[k].index], kept[k].bytesused, numbers[k]);
  }
}

static void
what_the_viewer_writes_is_its_own (Fixture *fixture)
{
  g_auto (Lending) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  number = lending_begin (&pair, fixture, &index, &buffer);
  memset (pair.reader->data[buffer.index] + 5000, 0xee, 100);
  feeder_assert_filled (pair.feeder->data[index], lending_size (&pair), number);
  g_assert_cmphex (pair.reader->data[buffer.index][5050], ==, 0xee);
  memset (pair.reader->data[buffer.index] + 5000, 0, 100);
  feeder_fill (pair.reader->data[buffer.index], buffer.bytesused, number);
  reader_queue (pair.reader, buffer.index);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  lending_warm_up (&pair);
}

static void
other_strides_are_copied (Fixture *fixture)
{
  g_auto (Lending) pair = { 0 };
  gint64 copies;

  lending_init_feeder (&pair, fixture, LENDING_BUFFERS);
  pair.reader = reader_open (fixture->camera->node);
  reader_set_format (pair.reader, V4L2_PIX_FMT_YUYV, LENDING_WIDTH,
      LENDING_HEIGHT, LENDING_WIDTH * 2 + 64);
  reader_start (pair.reader, LENDING_BUFFERS);
  copies = lending_count (&pair, FEEDER_COPIES);
  for (guint i = 0; i < 10; i++) {
    guint number = lending_send (&pair);
    guint8 *sent = feeder_make_frame (pair.feeder, number);
    struct v4l2_buffer buffer;

    reader_dequeue (pair.reader, &buffer);
    for (guint y = 0; y < LENDING_HEIGHT; y++)
      g_assert_cmpmem (
          pair.reader->data[buffer.index] + y * (LENDING_WIDTH * 2 + 64),
          LENDING_WIDTH * 2, sent + y * LENDING_WIDTH * 2, LENDING_WIDTH * 2);
    reader_queue (pair.reader, buffer.index);
    feeder_take_back (pair.feeder);
    g_free (sent);
  }
  g_assert_cmpint (lending_count (&pair, FEEDER_COPIES), ==, copies + 10);
}

static void
fewer_buffers_of_the_viewers_do (Fixture *fixture)
{
  for (guint mine = 2; mine <= 5; mine++)
    for (guint theirs = 1; theirs <= 5; theirs++) {
      g_auto (Lending) pair = { 0 };

      lending_init_feeder (&pair, fixture, mine);
      lending_init_reader (&pair, fixture, theirs);
      for (guint i = 0; i < 20; i++) {
        feeder_assert_next (pair.reader, lending_send (&pair));
        pair.index = feeder_take_back (pair.feeder);
      }
    }
}

static void
a_viewer_that_reads_gets_copies (Fixture *fixture)
{
  g_auto (Lending) pair = { 0 };
  g_autofree guint8 *frame = NULL;

  lending_init_feeder (&pair, fixture, LENDING_BUFFERS);
  pair.reader = reader_open (fixture->camera->node);
  frame = g_malloc (lending_size (&pair));
  /* The first call starts the stream. */
  fcntl (pair.reader->fd, F_SETFL, O_NONBLOCK);
  assert_refused (read (pair.reader->fd, frame, lending_size (&pair)), EAGAIN);
  fcntl (pair.reader->fd, F_SETFL, 0);
  for (guint i = 0; i < 20; i++) {
    guint number = lending_send (&pair);

    g_assert_cmpint (read (pair.reader->fd, frame, lending_size (&pair)), ==,
        (gssize) lending_size (&pair));
    feeder_assert_filled (frame, lending_size (&pair), number);
    pair.index = feeder_take_back (pair.feeder);
  }
}

int
main (int argc, char **argv)
{
#define ADD(test) fixture_add_feed ("/feed-lent/" #test, test)
  fixture_init (argc, argv);
  ADD (frames_reach_a_viewer_that_maps_without_a_copy);
  ADD (frames_reach_a_viewer_that_exports_without_a_copy);
  ADD (the_producer_has_its_buffer_back_when_the_viewer_has);
  ADD (one_buffer_is_always_the_producers);
  ADD (a_producer_that_waits_gets_its_buffer_back);
  ADD (a_viewer_that_keeps_frames_gets_the_next_ones);
  ADD (what_the_viewer_writes_is_its_own);
  ADD (other_strides_are_copied);
  ADD (fewer_buffers_of_the_viewers_do);
  ADD (a_viewer_that_reads_gets_copies);
  return g_test_run ();
}
