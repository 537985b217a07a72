/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Neither a producer nor a viewer waits for what the other one has. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"
#include "unplug.h"

#define BUFFERS 4
#define MANY 8
#define LENT 3

/* The viewer has taken all frames that it was lent, and gives none back. */
static void
lend (FeederPair *pair, guint count)
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < count; i++) {
    feeder_send (pair->feeder, i, i);
    reader_dequeue (pair->reader, &buffer);
    feeder_assert_filled (
        pair->reader->data[buffer.index], buffer.bytesused, i);
  }
}

static void
assert_none_was_copied (FeederPair *pair)
{
  g_assert_cmpint (reader_get_control (pair->feeder, FEEDER_COPIES), ==, 0);
}

static void
a_producer_that_has_set_no_format_gets_its_buffer_back (Fixture *fixture)
{
  FeederPair pair;

  pair.reader = reader_open (fixture->camera->node);
  reader_start (pair.reader, BUFFERS);
  pair.feeder = reader_open (fixture->camera->output);
  reader_map (pair.feeder, BUFFERS);
  reader_stream_on (pair.feeder);
  lend (&pair, 1);
  assert_none_was_copied (&pair);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 0);
  feeder_pair_close (&pair);
}

static void
a_producer_that_waits_already_gets_its_buffer_back (Fixture *fixture)
{
  struct v4l2_buffer buffer;
  BlockedCall *waits;
  FeederPair pair;
  int error;

  feeder_pair_start (&pair, fixture->camera, BUFFERS);
  waits = blocked_call_start (pair.feeder, call_dqbuf, &buffer, SYS_ioctl);
  lend (&pair, 1);
  if (!blocked_call_ends (waits))
    g_error ("the producer waits for the viewer");
  g_assert_cmpint (blocked_call_join (waits, &error), ==, 0);
  g_assert_cmpuint (buffer.index, ==, 0);
  feeder_pair_close (&pair);
}

/* Five are there to be filled: nobody knows which one the producer waits for. */
static void
a_producer_that_polls_gets_a_buffer_back (Fixture *fixture)
{
  struct pollfd wait = { .events = POLLOUT };
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, MANY);
  wait.fd = pair.feeder->fd;
  g_assert_no_errno (fcntl (wait.fd, F_SETFL, O_NONBLOCK));
  lend (&pair, LENT);
  assert_none_was_copied (&pair);
  g_assert_cmpint (poll (&wait, 1, -1), ==, 1);
  g_assert_cmphex (wait.revents, ==, POLLOUT);
  feeder_take_back (pair.feeder);
  feeder_pair_close (&pair);
}

static void
a_viewer_that_keeps_what_it_was_lent_misses_nothing (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, MANY);
  lend (&pair, LENT);
  assert_none_was_copied (&pair);
  for (guint i = LENT; i < MANY; i++)
    feeder_send (pair.feeder, i, i);
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_NO_BUFFER), ==, 0);
  for (guint i = LENT; i < MANY; i++)
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  feeder_pair_close (&pair);
}

/* The viewer's only buffer is taken by the first half of a frame. */
static void
a_producer_that_stops_within_a_frame_keeps_no_placeholder_back (
    Fixture *fixture)
{
  g_autofree guint8 *frame = NULL;
  struct v4l2_buffer buffer;
  g_autoptr (Reader) feeder = NULL;
  g_autoptr (Reader) reader = NULL;
  gsize half;

  fixture->camera = test_feed_new (NULL, NULL);
  feeder = reader_open (fixture->camera->output);
  reader = reader_open (fixture->camera->node);
  half = reader->format.fmt.pix.sizeimage / 2;
  reader_start (reader, 1);
  frame = feeder_make_frame (feeder, 7);
  g_assert_cmpint (write (feeder->fd, frame, half), ==, half);
  for (guint i = 0; i < 3; i++) {
    reader_dequeue (reader, &buffer);
    reader_queue (reader, buffer.index);
  }
  g_assert_cmpint (write (feeder->fd, frame + half, half), ==, half);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_OUT), ==, 0);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_NO_BUFFER), ==, 1);
  g_assert_cmpint (write (feeder->fd, frame, 2 * half), ==, 2 * half);
  feeder_assert_next (reader, 7);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-waits/" #name, name)
  ADD (a_producer_that_has_set_no_format_gets_its_buffer_back);
  ADD (a_producer_that_waits_already_gets_its_buffer_back);
  ADD (a_producer_that_polls_gets_a_buffer_back);
  ADD (a_viewer_that_keeps_what_it_was_lent_misses_nothing);
  fixture_add_without_camera (
      "/feed-waits/"
      "a_producer_that_stops_within_a_frame_keeps_no_placeholder_back",
      a_producer_that_stops_within_a_frame_keeps_no_placeholder_back);
  return g_test_run ();
}
