/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that reach the viewer without a copy: buffers of both nodes that are the
 * same memory, and who sees what of it when somebody keeps it, writes into it or
 * leaves.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "feeder.h"
#include "fixture.h"

#define WIDTH 64
#define HEIGHT 48
/* No buffer can be missing, and none is empty while another is. */
#define BUFFERS 4

/**
 * Pair:
 * @feeder: the producer; maps its buffers and streams
 * @reader: the viewer, likewise
 * @index: the producer's next buffer
 * @number: that of the next frame
 */
typedef struct {
  Reader *feeder;
  Reader *reader;
  guint index;
  guint number;
} Pair;

static void
pair_clear (Pair *pair)
{
  g_clear_pointer (&pair->feeder, reader_close);
  g_clear_pointer (&pair->reader, reader_close);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static void
pair_init_feeder (Pair *pair, Fixture *fixture, guint buffers)
{
  pair->feeder = reader_open (fixture->camera->output);
  reader_set_format (pair->feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  reader_map (pair->feeder, buffers);
  reader_stream_on (pair->feeder);
}

static void
pair_init_reader (Pair *pair, Fixture *fixture, guint buffers)
{
  pair->reader = reader_open (fixture->camera->node);
  reader_start (pair->reader, buffers);
}

static void
pair_init (Pair *pair, Fixture *fixture)
{
  memset (pair, 0, sizeof (*pair));
  pair_init_feeder (pair, fixture, BUFFERS);
  pair_init_reader (pair, fixture, BUFFERS);
}

static guint
pair_size (Pair *pair)
{
  return pair->feeder->format.fmt.pix.sizeimage;
}

/* Fills and queues the producer's next buffer. Returns: the frame's number */
static guint
pair_send (Pair *pair)
{
  feeder_send (pair->feeder, pair->index, pair->number);
  pair->index = (pair->index + 1) % pair->feeder->count;
  return pair->number++;
}

/* A frame that passes, and both buffers come home. */
static void
pair_pass (Pair *pair)
{
  feeder_assert_next (pair->reader, pair_send (pair));
  feeder_take_back (pair->feeder);
}

/* Each pair of buffers becomes one. */
static void
pair_warm_up (Pair *pair)
{
  for (guint i = 0; i < 2 * pair->feeder->count; i++)
    pair_pass (pair);
}

static gint64
pair_count (Pair *pair, guint32 id)
{
  return reader_get_control (pair->feeder, id);
}

static void
frames_reach_a_viewer_that_maps_without_a_copy (Fixture *fixture)
{
  g_auto (Pair) pair;
  gint64 copies, out;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  copies = pair_count (&pair, FEEDER_COPIES);
  out = pair_count (&pair, FEEDER_FRAMES_OUT);
  for (guint i = 0; i < 50; i++)
    pair_pass (&pair);
  g_assert_cmpint (pair_count (&pair, FEEDER_COPIES), ==, copies);
  g_assert_cmpint (pair_count (&pair, FEEDER_FRAMES_OUT), ==, out + 50);
  g_assert_cmpint (copies, <=, 1);
}

static void
frames_reach_a_viewer_that_exports_without_a_copy (Fixture *fixture)
{
  g_auto (Pair) pair = { 0 };
  guint8 *data[BUFFERS];
  struct v4l2_buffer buffer;
  gint64 copies;

  pair_init (&pair, fixture);
  for (guint i = 0; i < BUFFERS; i++) {
    int fd = export_buffer (pair.reader, i, O_RDWR);

    data[i] = mmap (NULL, pair.reader->length[i], PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true (data[i] != MAP_FAILED);
    g_assert_no_errno (close (fd));
  }
  pair_warm_up (&pair);
  copies = pair_count (&pair, FEEDER_COPIES);
  for (guint i = 0; i < 50; i++) {
    guint number = pair_send (&pair);

    reader_dequeue (pair.reader, &buffer);
    feeder_assert_filled (data[buffer.index], buffer.bytesused, number);
    reader_queue (pair.reader, buffer.index);
    feeder_take_back (pair.feeder);
  }
  g_assert_cmpint (pair_count (&pair, FEEDER_COPIES), ==, copies);
  for (guint i = 0; i < BUFFERS; i++)
    g_assert_no_errno (munmap (data[i], pair.reader->length[i]));
}

static gboolean
feeder_gets_one_back (Reader *feeder, guint *index)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP,
  };
  int result;

  fcntl (feeder->fd, F_SETFL, O_NONBLOCK);
  result = ioctl (feeder->fd, VIDIOC_DQBUF, &buffer);
  fcntl (feeder->fd, F_SETFL, 0);
  *index = buffer.index;
  return result == 0;
}

static void
the_producer_has_its_buffer_back_when_the_viewer_has (Fixture *fixture)
{
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint index, sent;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  sent = pair.index;
  pair_send (&pair);
  g_assert_false (feeder_gets_one_back (pair.feeder, &index));
  reader_dequeue (pair.reader, &buffer);
  g_assert_false (feeder_gets_one_back (pair.feeder, &index));
  reader_queue (pair.reader, buffer.index);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, sent);
}

/* The viewer fetches nothing: all but one of the producer's buffers are lent. */
static void
one_buffer_is_always_the_producers (Fixture *fixture)
{
  g_auto (Pair) pair;
  gint64 missed;
  guint index;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  missed = pair_count (&pair, FEEDER_NO_BUFFER);
  for (guint i = 0; i < BUFFERS - 1; i++)
    pair_send (&pair);
  g_assert_false (feeder_gets_one_back (pair.feeder, &index));
  for (guint i = 0; i < 10; i++) {
    guint last = pair.index;

    pair_send (&pair);
    pair.index = last;
    g_assert_cmpuint (feeder_take_back (pair.feeder), ==, last);
  }
  g_assert_cmpint (pair_count (&pair, FEEDER_NO_BUFFER), ==, missed + 10);
}

/* A producer that uses but one of its buffers, and waits for it: the frame stays the
 * viewer's. */
static void
a_producer_that_waits_gets_its_buffer_back (Fixture *fixture)
{
  g_auto (Pair) pair;
  guint number = 0, index;

  pair_init (&pair, fixture);
  for (guint i = 0; i < 10; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      .memory = V4L2_MEMORY_MMAP,
    };

    feeder_send (pair.feeder, 0, i);
    g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_DQBUF, &buffer));
    g_assert_cmpuint (buffer.index, ==, 0);
    feeder_assert_filled (pair.feeder->data[0], pair_size (&pair), i);
    memset (pair.feeder->data[0], 0x55, pair_size (&pair));
    feeder_assert_next (pair.reader, i);
  }
  /* One that has them all queued is about to wait, too. */
  for (index = 0; index < BUFFERS; index++)
    feeder_send (pair.feeder, index, number++);
  feeder_take_back (pair.feeder);
}

/* What the viewer keeps stays as it is, and other frames go on. */
static void
a_viewer_that_keeps_frames_gets_the_next_ones (Fixture *fixture)
{
  g_auto (Pair) pair;
  struct v4l2_buffer kept[BUFFERS - 1];
  guint numbers[BUFFERS - 1];

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  for (guint i = 0; i < BUFFERS - 1; i++) {
    numbers[i] = pair_send (&pair);
    reader_dequeue (pair.reader, &kept[i]);
  }
  for (guint i = 0; i < 20; i++) {
    guint last = pair.index;
    guint number = pair_send (&pair);

    pair.index = feeder_take_back (pair.feeder);
    g_assert_cmpuint (pair.index, ==, last);
    feeder_assert_next (pair.reader, number);
    for (guint k = 0; k < BUFFERS - 1; k++)
      feeder_assert_filled (
          pair.reader->data[kept[k].index], kept[k].bytesused, numbers[k]);
  }
}

static void
what_the_viewer_writes_is_its_own (Fixture *fixture)
{
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  index = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  memset (pair.reader->data[buffer.index] + 5000, 0xee, 100);
  feeder_assert_filled (pair.feeder->data[index], pair_size (&pair), number);
  g_assert_cmphex (pair.reader->data[buffer.index][5050], ==, 0xee);
  memset (pair.reader->data[buffer.index] + 5000, 0, 100);
  feeder_fill (pair.reader->data[buffer.index], buffer.bytesused, number);
  reader_queue (pair.reader, buffer.index);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  pair_warm_up (&pair);
}

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
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint number, index;
  int fd;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  index = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  fd = export_buffer (pair.reader, buffer.index, O_RDONLY);
  reader_let_go (pair.reader);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  memset (pair.feeder->data[index], 0x55, pair_size (&pair));
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
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  index = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  reader_let_go (pair.feeder);
  memset (pair.feeder->data[index], 0x55, buffer.bytesused);
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
}

static void
a_producer_that_stops_writes_into_no_frame (Fixture *fixture)
{
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint number, index;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  index = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  reader_stream_off (pair.feeder);
  /* What the producer had in its buffer it has still. */
  feeder_assert_filled (pair.feeder->data[index], pair_size (&pair), number);
  memset (pair.feeder->data[index], 0x55, pair_size (&pair));
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  reader_queue (pair.reader, buffer.index);
  reader_stream_on (pair.feeder);
  pair_warm_up (&pair);
}

/* And the producer has its buffer again, whenever the viewer goes on. */
static void
a_viewer_that_stops_keeps_its_frame (Fixture *fixture)
{
  g_auto (Pair) pair;
  struct v4l2_buffer buffer;
  guint number, index, sent;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  sent = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  reader_stream_off (pair.reader);
  g_assert_true (feeder_gets_one_back (pair.feeder, &index));
  g_assert_cmpuint (index, ==, sent);
  memset (pair.feeder->data[sent], 0x55, pair_size (&pair));
  feeder_assert_filled (
      pair.reader->data[buffer.index], buffer.bytesused, number);
  for (guint i = 0; i < BUFFERS; i++)
    reader_queue (pair.reader, i);
  reader_stream_on (pair.reader);
  pair_warm_up (&pair);
}

static void
the_next_viewer_shares_as_well (Fixture *fixture)
{
  g_auto (Pair) pair;
  gint64 copies;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  g_clear_pointer (&pair.reader, reader_close);
  for (guint i = 0; i < BUFFERS; i++) {
    pair_send (&pair);
    feeder_take_back (pair.feeder);
  }
  pair_init_reader (&pair, fixture, BUFFERS);
  copies = pair_count (&pair, FEEDER_COPIES);
  pair_warm_up (&pair);
  g_assert_cmpint (pair_count (&pair, FEEDER_COPIES), ==, copies);
}

/* Nobody learns what somebody else had in that memory. */
static void
the_next_producer_finds_no_frame_of_the_one_before (Fixture *fixture)
{
  g_auto (Pair) pair;

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  g_clear_pointer (&pair.feeder, reader_close);
  pair_init_feeder (&pair, fixture, BUFFERS);
  pair.index = 0;
  for (guint i = 0; i < BUFFERS; i++)
    for (gsize byte = 0; byte < pair_size (&pair); byte++)
      g_assert_cmphex (pair.feeder->data[i][byte], ==, 0);
  pair_warm_up (&pair);
}

static void
other_strides_are_copied (Fixture *fixture)
{
  g_auto (Pair) pair = { 0 };
  gint64 copies;

  pair_init_feeder (&pair, fixture, BUFFERS);
  pair.reader = reader_open (fixture->camera->node);
  reader_set_format (
      pair.reader, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, WIDTH * 2 + 64);
  reader_start (pair.reader, BUFFERS);
  copies = pair_count (&pair, FEEDER_COPIES);
  for (guint i = 0; i < 10; i++) {
    guint number = pair_send (&pair);
    guint8 *sent = feeder_make_frame (pair.feeder, number);
    struct v4l2_buffer buffer;

    reader_dequeue (pair.reader, &buffer);
    for (guint y = 0; y < HEIGHT; y++)
      g_assert_cmpmem (pair.reader->data[buffer.index] + y * (WIDTH * 2 + 64),
          WIDTH * 2, sent + y * WIDTH * 2, WIDTH * 2);
    reader_queue (pair.reader, buffer.index);
    feeder_take_back (pair.feeder);
    g_free (sent);
  }
  g_assert_cmpint (pair_count (&pair, FEEDER_COPIES), ==, copies + 10);
}

static void
fewer_buffers_of_the_viewers_do (Fixture *fixture)
{
  for (guint mine = 2; mine <= 5; mine++)
    for (guint theirs = 1; theirs <= 5; theirs++) {
      g_auto (Pair) pair = { 0 };

      pair_init_feeder (&pair, fixture, mine);
      pair_init_reader (&pair, fixture, theirs);
      for (guint i = 0; i < 20; i++) {
        feeder_assert_next (pair.reader, pair_send (&pair));
        pair.index = feeder_take_back (pair.feeder);
      }
    }
}

static void
a_viewer_that_reads_gets_copies (Fixture *fixture)
{
  g_auto (Pair) pair = { 0 };
  g_autofree guint8 *frame = NULL;

  pair_init_feeder (&pair, fixture, BUFFERS);
  pair.reader = reader_open (fixture->camera->node);
  frame = g_malloc (pair_size (&pair));
  /* The first call starts the stream. */
  fcntl (pair.reader->fd, F_SETFL, O_NONBLOCK);
  assert_refused (read (pair.reader->fd, frame, pair_size (&pair)), EAGAIN);
  fcntl (pair.reader->fd, F_SETFL, 0);
  for (guint i = 0; i < 20; i++) {
    guint number = pair_send (&pair);

    g_assert_cmpint (read (pair.reader->fd, frame, pair_size (&pair)), ==,
        (gssize) pair_size (&pair));
    feeder_assert_filled (frame, pair_size (&pair), number);
    pair.index = feeder_take_back (pair.feeder);
  }
}

/* Another camera's node takes the viewer's dma-buf, and so pins its memory. */
static void
a_device_that_keeps_a_frame_sees_nothing_that_comes_later (Fixture *fixture)
{
  g_auto (Pair) pair;
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

  pair_init (&pair, fixture);
  pair_warm_up (&pair);
  reader_set_format (importer, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  g_assert_no_errno (ioctl (importer->fd, VIDIOC_REQBUFS, &request));
  index = pair.index;
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &buffer);
  import.m.fd = export_buffer (pair.reader, buffer.index, O_RDWR);
  import.bytesused = pair_size (&pair);
  g_assert_no_errno (ioctl (importer->fd, VIDIOC_QBUF, &import));
  mapped = mmap (NULL, buffer.length, PROT_READ, MAP_SHARED, import.m.fd, 0);
  g_assert_true (mapped != MAP_FAILED);
  feeder_assert_filled (mapped, buffer.bytesused, number);
  g_clear_pointer (&pair.reader, reader_close);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, index);
  feeder_assert_filled (pair.feeder->data[index], pair_size (&pair), number);
  memset (pair.feeder->data[index], 0x55, pair_size (&pair));
  feeder_assert_filled (mapped, buffer.bytesused, number);
  g_assert_no_errno (munmap (mapped, buffer.length));
  g_assert_no_errno (close (import.m.fd));
  pair_init_reader (&pair, fixture, BUFFERS);
  pair_warm_up (&pair);
}

/* One stops with a frame in its hands, and the other goes on with the camera. */
static void
frames_of_two_viewers_are_not_taken_for_each_other (Fixture *fixture)
{
  g_auto (Pair) pair = { 0 };
  g_autoptr (Reader) other = NULL;
  g_autofree char *second = NULL;
  struct v4l2_buffer kept;
  guint number;

  fixture->camera = test_feed_new ("viewers", "2", "placeholder", "none", NULL);
  second = test_feed_viewer_node (fixture->camera, 1);
  pair_init (&pair, fixture);
  number = pair_send (&pair);
  reader_dequeue (pair.reader, &kept);
  reader_stream_off (pair.reader);
  other = reader_open (second);
  reader_start (other, BUFFERS);
  for (guint i = 0; i < 12; i++) {
    feeder_assert_next (other, pair_send (&pair));
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
#define ADD(test) fixture_add_feed ("/feed-lent/" #test, test)
  fixture_init (argc, argv);
  ADD (frames_reach_a_viewer_that_maps_without_a_copy);
  ADD (frames_reach_a_viewer_that_exports_without_a_copy);
  ADD (the_producer_has_its_buffer_back_when_the_viewer_has);
  ADD (one_buffer_is_always_the_producers);
  ADD (a_producer_that_waits_gets_its_buffer_back);
  ADD (a_viewer_that_keeps_frames_gets_the_next_ones);
  ADD (what_the_viewer_writes_is_its_own);
  ADD (a_viewer_that_left_sees_nothing_that_comes_later);
  ADD (what_a_producer_that_left_writes_nobody_sees);
  ADD (a_producer_that_stops_writes_into_no_frame);
  ADD (a_viewer_that_stops_keeps_its_frame);
  ADD (the_next_viewer_shares_as_well);
  ADD (the_next_producer_finds_no_frame_of_the_one_before);
  ADD (other_strides_are_copied);
  ADD (fewer_buffers_of_the_viewers_do);
  ADD (a_viewer_that_reads_gets_copies);
  ADD (a_device_that_keeps_a_frame_sees_nothing_that_comes_later);
  fixture_add_without_camera (
      "/feed-lent/frames_of_two_viewers_are_not_taken_for_each_other",
      frames_of_two_viewers_are_not_taken_for_each_other);
  return g_test_run ();
}
