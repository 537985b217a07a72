/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Producer and viewer at once, at full speed: no frame is torn, nobody waits. */
#include <string.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define WIDTH 320
#define HEIGHT 240
#define FRAMES (g_getenv ("VIRTCAM_SHORT") ? 400 : 10000)
#define BUFFERS 4
#define ROUNDS 60

typedef struct {
  Fixture *fixture;
  gint ends; /* set by the test */
  guint frames;
} Producer;

/* Every row tells the number. */
static void
fill_rows (guint8 *data, gsize size, guint32 number)
{
  for (gsize at = 0; at < size; at += sizeof (number))
    memcpy (data + at, &number, sizeof (number));
}

static guint32
assert_whole (const guint8 *data, gsize size)
{
  guint32 first, number;

  memcpy (&first, data, sizeof (first));
  for (gsize at = 0; at < size; at += sizeof (number)) {
    memcpy (&number, data + at, sizeof (number));
    if (number != first)
      g_error ("a torn frame: %u, and %u at byte %zu", first, number, at);
  }
  return first;
}

static gpointer
write_frames (gpointer data)
{
  Producer *producer = data;
  g_autoptr (Reader) feeder = reader_open (producer->fixture->camera->output);
  g_autofree guint8 *frame = NULL;
  gsize size;

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  size = feeder->format.fmt.pix.sizeimage;
  frame = g_malloc (size);
  while (!g_atomic_int_get (&producer->ends)) {
    fill_rows (frame, size, producer->frames++);
    g_assert_cmpint (write (feeder->fd, frame, size), ==, (gssize) size);
  }
  return NULL;
}

static gpointer
queue_frames (gpointer data)
{
  Producer *producer = data;
  g_autoptr (Reader) feeder = reader_open (producer->fixture->camera->output);
  gsize size;

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  size = feeder->format.fmt.pix.sizeimage;
  reader_map (feeder, BUFFERS);
  reader_stream_on (feeder);
  while (!g_atomic_int_get (&producer->ends)) {
    guint index = producer->frames;

    /* One is always there, whatever the viewer has. */
    if (index >= BUFFERS)
      index = feeder_take_back (feeder);
    fill_rows (feeder->data[index], size, producer->frames++);
    g_assert_no_errno (feeder_queue (feeder, index, (guint) size, 0));
  }
  return NULL;
}

/* The mode is the viewer's before the producer comes, and stays. */
static Reader *
open_viewer (Fixture *fixture)
{
  Reader *reader = reader_open (fixture->camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  return reader;
}

static void
assert_none_is_torn (Fixture *fixture, GThreadFunc produce)
{
  g_autoptr (Reader) reader = open_viewer (fixture);
  Producer producer = { .fixture = fixture };
  struct v4l2_buffer buffer;
  guint32 last = 0;
  GThread *thread;

  reader_start (reader, 3);
  thread = g_thread_new ("producer", produce, &producer);
  for (guint i = 0; i < FRAMES; i++) {
    guint32 number;

    reader_dequeue (reader, &buffer);
    number = assert_whole (reader->data[buffer.index], buffer.bytesused);
    if (i)
      g_assert_cmpuint (number, >, last);
    last = number;
    /* A viewer that is slow now and then, and a frame that must not change */
    for (guint again = 0; i % 100 == 0 && again < 50; again++)
      g_assert_cmpuint (
          assert_whole (reader->data[buffer.index], buffer.bytesused), ==,
          number);
    reader_queue (reader, buffer.index);
  }
  g_atomic_int_set (&producer.ends, TRUE);
  g_thread_join (thread);
}

static void
no_written_frame_is_torn (Fixture *fixture)
{
  assert_none_is_torn (fixture, write_frames);
}

static void
no_queued_frame_is_torn (Fixture *fixture)
{
  assert_none_is_torn (fixture, queue_frames);
}

static void
assert_viewers_come_and_go (Fixture *fixture, GThreadFunc produce)
{
  g_autoptr (Reader) holder = NULL;
  Producer producer = { .fixture = fixture };
  GThread *thread;

  /* Another node holds the mode, so that it is the same all the time. */
  fixture->camera = test_feed_new ("viewers", "2", "placeholder", "none", NULL);
  {
    g_autofree char *node = test_feed_viewer_node (fixture->camera, 1);

    holder = reader_open (node);
    reader_set_format (holder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
    reader_start (holder, 2);
  }
  thread = g_thread_new ("producer", produce, &producer);
  for (guint i = 0; i < ROUNDS; i++) {
    g_autoptr (Reader) reader = open_viewer (fixture);
    struct v4l2_buffer buffer;

    reader_start (reader, 1 + i % 3);
    for (guint frame = 0; frame < i % 4; frame++) {
      reader_dequeue (reader, &buffer);
      assert_whole (reader->data[buffer.index], buffer.bytesused);
      reader_queue (reader, buffer.index);
    }
    if (i % 2) {
      reader_stream_off (reader);
      reader_unmap (reader);
    }
  }
  g_atomic_int_set (&producer.ends, TRUE);
  g_thread_join (thread);
  g_assert_cmpint (reader_get_control (holder, READER_FRAMES_CAPTURED), >, 0);
}

static void
viewers_come_and_go_while_frames_are_written (Fixture *fixture)
{
  assert_viewers_come_and_go (fixture, write_frames);
}

static void
viewers_come_and_go_while_frames_are_queued (Fixture *fixture)
{
  assert_viewers_come_and_go (fixture, queue_frames);
}

static gpointer
come_and_go (gpointer data)
{
  Producer *producer = data;

  while (!g_atomic_int_get (&producer->ends)) {
    g_autoptr (Reader) feeder = reader_open (producer->fixture->camera->output);
    const gsize size = feeder->format.fmt.pix.sizeimage;

    reader_map (feeder, 3);
    for (guint i = 0; i < 3; i++) {
      fill_rows (feeder->data[i], size, producer->frames++);
      g_assert_no_errno (feeder_queue (feeder, i, (guint) size, 0));
    }
    reader_stream_on (feeder);
    if (producer->frames % 2) {
      reader_stream_off (feeder);
      reader_unmap (feeder);
    }
  }
  return NULL;
}

static void
producers_come_and_go_while_a_viewer_streams (Fixture *fixture)
{
  assert_none_is_torn (fixture, come_and_go);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-race/" #name, name)
#define ADD_BARE(name) fixture_add_without_camera ("/feed-race/" #name, name)
  ADD (no_written_frame_is_torn);
  ADD (no_queued_frame_is_torn);
  ADD (producers_come_and_go_while_a_viewer_streams);
  ADD_BARE (viewers_come_and_go_while_frames_are_written);
  ADD_BARE (viewers_come_and_go_while_frames_are_queued);
  return g_test_run ();
}
