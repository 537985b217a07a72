/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A camera that is not paced: frames come as fast as buffers do, and none is
 * lost. Times are exact only in an --icount guest.
 */
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

#define FRAMES 50
#define WIDTH 160
#define HEIGHT 120

/* V4L2 timestamps are cut to microseconds. */
#define CUT_NS 1000
#define SECOND G_GUINT64_CONSTANT (1000000000)

/* The needle goes through the picture in this time. */
#define SWEEP (4 * SECOND)

/* A frame a second, if anybody paced it */
static Reader *
open_unpaced (Fixture * fixture)
{
  fixture->camera = test_camera_new ("pacing", "none", "intervals", "1/1",
      "sizes", "160x120", "formats", "GREY", NULL);
  return reader_open (fixture->camera->node);
}

/* The next frame, with the number @sequence. */
static guint64
dequeue_and_check (Reader * reader, struct v4l2_buffer *buffer, guint sequence)
{
  VirtcamStamp stamp;

  reader_dequeue (reader, buffer);
  g_assert_cmpuint (buffer->sequence, ==, sequence);
  g_assert_cmpuint (buffer->bytesused, ==, reader->format.fmt.pix.sizeimage);
  g_assert_cmphex (buffer->flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK |
          V4L2_BUF_FLAG_TSTAMP_SRC_MASK | V4L2_BUF_FLAG_ERROR), ==,
      V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
  stamp = reader_stamp (reader, reader->data[buffer->index]);
  g_assert_cmpuint (stamp.sequence, ==, sequence);
  g_assert_cmpuint (stamp.time_ns, >=, reader_timestamp (buffer));
  g_assert_cmpuint (stamp.time_ns, <=, reader_now ());
  return reader_timestamp (buffer);
}

static void
assert_nothing_is_dropped (Reader * reader)
{
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_DROPPED), ==, 0);
}

/* @count frames in a row; returns how long they took. */
static guint64
assert_stream (Reader * reader, guint count)
{
  guint64 first_ns = 0, last_ns = 0;

  for (guint i = 0; i < count; i++) {
    struct v4l2_buffer buffer;
    guint64 ns = dequeue_and_check (reader, &buffer, i);

    if (i == 0)
      first_ns = ns;
    else
      g_assert_cmpuint (ns, >, last_ns);
    last_ns = ns;
    reader_queue (reader, buffer.index);
  }
  assert_nothing_is_dropped (reader);
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_CAPTURED), >=,
      count);
  return last_ns - first_ns;
}

static void
frames_come_faster_than_the_interval_and_without_a_gap (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);

  for (guint buffers = 1; buffers <= 8; buffers *= 2) {
    reader_start (reader, buffers);
    g_assert_cmpuint (assert_stream (reader, FRAMES), <, SECOND);
    reader_stream_off (reader);
    reader_unmap (reader);
  }
}

static void
a_paced_camera_of_the_same_interval_keeps_it (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;

  fixture->camera = test_camera_new ("pacing", "interval", "intervals", "1/1",
      "sizes", "160x120", "formats", "GREY", NULL);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, 4);
  g_assert_cmpuint (assert_stream (reader, 3) + CUT_NS, >=, 2 * SECOND);
}

static void
the_interval_is_negotiated_all_the_same (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;

  fixture->camera = test_camera_new ("pacing", "none", NULL);
  reader = reader_open (fixture->camera->node);
  g_assert_cmpuint (reader->interval.denominator, ==, 30);
  reader_set_interval (reader, 1, 5);
  reader_close (g_steal_pointer (&reader));
  reader = reader_open (fixture->camera->node);
  g_assert_cmpuint (reader->interval.numerator, ==, 1);
  g_assert_cmpuint (reader->interval.denominator, ==, 5);
}

/* The state of the thread that draws for @node: 'S' where it sleeps */
static char
read_state (const char *node)
{
  g_autofree char *name = g_strdup_printf ("(virtcam-%s) ", node + 5);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *entry;

  while ((entry = g_dir_read_name (proc))) {
    g_autofree char *path = g_build_filename ("/proc", entry, "stat", NULL);
    g_autofree char *text = NULL;
    const char *at;

    if (g_ascii_isdigit (entry[0]) &&
        g_file_get_contents (path, &text, NULL, NULL) &&
        (at = g_strstr_len (text, -1, name)))
      return at[strlen (name)];
  }
  g_error ("no thread draws for %s", node);
}

/* Takes every buffer there is, the next frame being number @sequence, and
 * returns when the thread has nothing to do. */
static void
hold_all (Fixture * fixture, Reader * reader, struct v4l2_buffer *buffers,
    guint count, guint sequence)
{
  struct pollfd wait = {.fd = reader->fd,.events = POLLIN };

  for (guint i = 0; i < count; i++)
    dequeue_and_check (reader, &buffers[i], sequence + i);
  while (read_state (fixture->camera->node) != 'S')
    sched_yield ();
  g_assert_cmpint (poll (&wait, 1, 0), ==, 0);
}

static void
a_stream_whose_buffers_are_all_held_goes_on_when_one_is_queued (Fixture *
    fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  struct v4l2_buffer buffers[3];
  guint sequence = 0;

  reader_start (reader, 3);
  for (guint round = 0; round < 10; round++) {
    guint64 queued_ns;

    hold_all (fixture, reader, buffers, 3, sequence);
    sequence += 3;
    queued_ns = reader_now ();
    reader_queue (reader, buffers[round % 3].index);
    g_assert_cmpuint (dequeue_and_check (reader, &buffers[round % 3],
            sequence++) + CUT_NS, >, queued_ns);
    assert_nothing_is_dropped (reader);
    for (guint i = 0; i < 3; i++)
      reader_queue (reader, buffers[i].index);
  }
}

static void
streamoff_while_it_waits_for_a_buffer_returns (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  struct v4l2_buffer buffers[2];

  reader_map (reader, 2);
  for (guint round = 0; round < 10; round++) {
    for (guint i = 0; i < 2; i++)
      reader_queue (reader, i);
    reader_stream_on (reader);
    hold_all (fixture, reader, buffers, 2, 0);
    reader_stream_off (reader);
  }
}

static void
streamoff_gives_back_the_frames_that_nobody_took (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);

  reader_map (reader, 4);
  for (guint round = 0; round < 10; round++) {
    for (guint i = 0; i < 4; i++)
      reader_queue (reader, i);
    reader_stream_on (reader);
    for (guint i = 0; i < round; i++) {
      struct v4l2_buffer buffer;

      dequeue_and_check (reader, &buffer, i);
      reader_queue (reader, buffer.index);
    }
    reader_stream_off (reader);
  }
}

static void
read_gives_the_frames_one_after_the_other (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *data = g_malloc (size);
  guint64 begin = reader_now ();

  for (guint i = 0; i < FRAMES; i++) {
    g_assert_cmpint (read (reader->fd, data, size), ==, (gssize) size);
    g_assert_cmpuint (reader_stamp (reader, data).sequence, ==, i);
  }
  g_assert_cmpuint (reader_now () - begin, <, SECOND);
  assert_nothing_is_dropped (reader);
}

/* Where the needle's point is: the last row's brightest pixel */
static guint
find_needle (const guint8 * data)
{
  const guint8 *row = data + WIDTH * (HEIGHT - 1);
  guint at = 0;

  for (guint x = 1; x < WIDTH; x++)
    if (row[x] > row[at])
      at = x;
  return at;
}

/* Not how many frames there were, but how long ago the first was. */
static void
the_picture_moves_with_the_time (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  g_autoptr (TestCamera) clock = test_camera_new ("intervals", "1/10", NULL);
  g_autoptr (Reader) ticks = reader_open (clock->node);
  guint64 first_ns = 0;

  reader_start (reader, 1);
  reader_start (ticks, 2);
  for (guint i = 0; i < 12; i++) {
    struct v4l2_buffer buffer, tick;
    guint64 ns = dequeue_and_check (reader, &buffer, i);
    guint needle = find_needle (reader->data[buffer.index]);
    guint expected, distance;

    if (i == 0)
      first_ns = ns;
    /* The point is behind where the sweep has come to. */
    expected = (guint) ((ns - first_ns) % SWEEP * WIDTH / SWEEP);
    distance = (expected + WIDTH - needle) % WIDTH;
    g_assert_cmpuint (distance, <=, 4);
    for (guint t = 0; t < 7; t++) {
      reader_dequeue (ticks, &tick);
      reader_queue (ticks, tick.index);
    }
    reader_queue (reader, buffer.index);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/unpaced/" #name, name)
  ADD (frames_come_faster_than_the_interval_and_without_a_gap);
  ADD (a_paced_camera_of_the_same_interval_keeps_it);
  ADD (the_interval_is_negotiated_all_the_same);
  ADD (a_stream_whose_buffers_are_all_held_goes_on_when_one_is_queued);
  ADD (streamoff_while_it_waits_for_a_buffer_returns);
  ADD (streamoff_gives_back_the_frames_that_nobody_took);
  ADD (read_gives_the_frames_one_after_the_other);
  ADD (the_picture_moves_with_the_time);
  return g_test_run ();
}
