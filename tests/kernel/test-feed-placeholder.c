/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What viewers see while nobody feeds the camera, and when that ends. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define WIDTH 160
#define HEIGHT 120
#define SIZE (WIDTH * HEIGHT)
#define MS G_GUINT64_CONSTANT (1000000)
/* A work of the kernel's starts at a tick, of which there are at least 100. */
#define TICK (10 * MS)

/* A viewer of small grey pictures, which nobody feeds */
static Reader *
watch (Fixture *fixture, const char *placeholder, const char *timeout,
    guint denominator)
{
  Reader *reader;

  fixture->camera =
      test_feed_new ("placeholder", placeholder, "timeout", timeout, "formats",
          "GREY", "sizes", "160x120", "intervals", "1/25 1/2", NULL);
  reader = reader_open (fixture->camera->node);
  reader_set_interval (reader, 1, denominator);
  reader_start (reader, 3);
  return reader;
}

/* Returns: when it came; it must be a picture with something on it. */
static guint64
take_picture (Reader *reader, guint sequence)
{
  struct v4l2_buffer buffer;
  const guint8 *data;
  guint different = 0;

  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.sequence, ==, sequence);
  g_assert_cmpuint (buffer.bytesused, ==, SIZE);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  data = reader->data[buffer.index];
  for (guint i = 1; i < SIZE; i++)
    different += data[i] != data[i - 1];
  g_assert_cmpuint (different, >, 100);
  reader_queue (reader, buffer.index);
  return reader_timestamp (&buffer);
}

static void
pictures_come_at_the_viewers_rate_from_the_timeout_on (Fixture *fixture)
{
  const guint64 start = reader_now ();
  g_autoptr (Reader) reader = watch (fixture, "picture", "200", 25);
  guint64 first, last = 0;

  first = take_picture (reader, 0);
  g_assert_cmpuint (first, >=, start + 200 * MS);
  for (guint i = 1; i <= 25; i++) {
    const guint64 time = take_picture (reader, i);

    g_assert_cmpuint (time, >, last);
    last = time;
  }
  g_assert_cmpuint (last, >=, first + 1000 * MS - TICK);
  g_assert_cmpuint (last, <=, first + 1000 * MS + TICK);
  {
    g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

    g_assert_cmpint (reader_get_control (feeder, FEEDER_PLACEHOLDERS), >=, 26);
    g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_IN), ==, 0);
    g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_OUT), ==, 0);
  }
}

static void
await (Reader *reader, guint ms)
{
  struct pollfd wait = { .fd = reader->fd, .events = POLLIN };

  g_assert_cmpint (poll (&wait, 1, (int) ms), ==, 0);
}

/* Also one that is slower than the viewer's rate, if not than the timeout */
static void
a_producer_that_comes_back_ends_them (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "picture", "200", 25);

  for (guint round = 0; round < 3; round++) {
    const guint sequence = round * 6;
    Reader *feeder;

    for (guint i = 0; i < 3; i++)
      take_picture (reader, sequence + i);
    feeder = reader_open (fixture->camera->output);
    for (guint i = 3; i < 6; i++) {
      if (i > 3)
        await (reader, 100);
      feeder_write (feeder, i);
      g_assert_cmpuint (feeder_assert_next (reader, i), ==, sequence + i);
    }
    reader_close (feeder);
  }
}

static void
none_means_that_nothing_comes (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "none", "1", 25);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  await (reader, 2000);
  feeder_write (feeder, 0);
  g_assert_cmpuint (feeder_assert_next (reader, 0), ==, 0);
  await (reader, 2000);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_PLACEHOLDERS), ==, 0);
}

static void
the_last_frame_comes_again_and_again (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "last", "200", 25);
  Reader *feeder = reader_open (fixture->camera->output);
  guint sequence = 2;

  /* There is no last one yet. */
  for (guint i = 0; i < 2; i++)
    take_picture (reader, i);
  for (guint round = 0; round < 2; round++) {
    feeder_write (feeder, 10 + round);
    for (guint i = 0; i < 5; i++)
      g_assert_cmpuint (
          feeder_assert_next (reader, 10 + round), ==, sequence++);
  }
  reader_map (feeder, 1);
  reader_stream_on (feeder);
  feeder_send (feeder, 0, 20);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (feeder_assert_next (reader, 20), ==, sequence++);
  reader_close (feeder);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (feeder_assert_next (reader, 20), ==, sequence++);
}

/* Another viewer's frames, or those of the stream before, are none of them. */
static void
a_stream_begins_without_a_last_frame (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "last", "200", 25);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  feeder_write (feeder, 1);
  g_assert_cmpuint (feeder_assert_next (reader, 1), ==, 0);
  reader_close (g_steal_pointer (&feeder));
  reader_close (reader);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, 2);
  take_picture (reader, 0);
}

/* Two intervals, since the timeout is below that. */
static void
a_slow_producer_gets_none_in_between (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "picture", "1", 2);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  feeder_write (feeder, 0);
  g_assert_cmpuint (feeder_assert_next (reader, 0), ==, 0);
  for (guint i = 1; i < 6; i++) {
    await (reader, 900);
    feeder_write (feeder, i);
    g_assert_cmpuint (feeder_assert_next (reader, i), ==, i);
  }
  g_assert_cmpint (reader_get_control (feeder, FEEDER_PLACEHOLDERS), ==, 0);
  take_picture (reader, 6);
}

static void
compressed_formats_get_none (Fixture *fixture)
{
  g_autoptr (Reader) reader = NULL;

  fixture->camera = test_feed_new (
      "formats", "MJPG", "sizes", "160x120", "timeout", "1", NULL);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, 2);
  await (reader, 2000);
}

static void
a_viewer_without_empty_buffers_holds_nothing_up (Fixture *fixture)
{
  g_autoptr (Reader) reader = watch (fixture, "picture", "200", 25);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  struct v4l2_buffer buffers[3];

  for (guint i = 0; i < 3; i++)
    reader_dequeue (reader, &buffers[i]);
  await (reader, 1000);
  feeder_write (feeder, 0);
  for (guint i = 0; i < 3; i++)
    reader_queue (reader, buffers[i].index);
  feeder_write (feeder, 1);
  g_assert_cmpuint (feeder_assert_next (reader, 1), ==, 4);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/feed-placeholder/" #name, name)
  ADD (pictures_come_at_the_viewers_rate_from_the_timeout_on);
  ADD (a_producer_that_comes_back_ends_them);
  ADD (none_means_that_nothing_comes);
  ADD (the_last_frame_comes_again_and_again);
  ADD (a_stream_begins_without_a_last_frame);
  ADD (a_slow_producer_gets_none_in_between);
  ADD (compressed_formats_get_none);
  ADD (a_viewer_without_empty_buffers_holds_nothing_up);
  return g_test_run ();
}
