/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A camera that is not paced goes to sleep while a buffer comes, stops while it
 * waits for one, and vanishes, with a second processor to do so at any moment.
 */
#include <fcntl.h>
#include <sched.h>

#include "unplug.h"

#define FRAMES 20000
#define LOOKS 100000
#define STARTS 300

/* Where the fixture has a camera, it is a paced one. */
static Reader *
open_unpaced (Fixture * fixture)
{
  test_camera_free (fixture->camera);
  fixture->camera = test_camera_new ("pacing", "none", "intervals", "1/1",
      "sizes", "160x120", "formats", "GREY", NULL);
  test_camera_settle ();
  return reader_open (fixture->camera->node);
}

static void
queue_all (Reader * reader)
{
  for (guint i = 0; i < reader->count; i++)
    reader_queue (reader, i);
}

/* Without sleeping: who sleeps comes back too late. A frame that never comes
 * ends in reader_dequeue()'s verdict. Returns whether it was there already. */
static gboolean
spin_and_dequeue (Reader * reader, struct v4l2_buffer *buffer)
{
  for (guint looks = 0; looks < LOOKS; looks++) {
    if (call_dqbuf (reader, buffer) == 0)
      return looks == 0;
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (EAGAIN));
  }
  reader_dequeue (reader, buffer);
  return FALSE;
}

/* One buffer comes when the thread is done with the other, and about to sleep:
 * a little earlier where it was asleep by then, and else a little later. */
static void
no_buffer_is_slept_over (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  gint delay = 0;
  guint late = 0;

  g_assert_no_errno (fcntl (reader->fd, F_SETFL, O_RDWR | O_NONBLOCK));
  reader_start (reader, 2);
  for (guint i = 0; i < FRAMES; i++) {
    gint jitter = g_random_int_range (0, 1000);
    struct v4l2_buffer buffer;
    gboolean was_late = spin_and_dequeue (reader, &buffer);

    g_assert_cmpuint (buffer.sequence, ==, i);
    late += was_late;
    delay = MAX (delay + (was_late ? -100 : 100), 0);
    for (volatile gint spin = 0; spin < delay + jitter; spin++);
    reader_queue (reader, buffer.index);
  }
  g_test_message ("%u of %u came too late; delay %d", late, FRAMES, delay);
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_DROPPED), ==, 0);
}

static void
a_blocked_dqbuf_gets_its_frame_when_a_buffer_is_queued (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  struct v4l2_buffer buffer;

  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  for (guint i = 1; i < 50; i++) {
    BlockedCall *blocked = blocked_call_start (reader, call_dqbuf, &buffer,
        SYS_ioctl);
    int error;

    reader_queue (reader, 0);
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, 0);
    g_assert_cmpuint (buffer.sequence, ==, i);
  }
}

static void
a_stream_may_stop_at_any_moment (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);

  reader_map (reader, 3);
  for (guint i = 0; i < STARTS; i++) {
    struct v4l2_buffer buffer;

    queue_all (reader);
    reader_stream_on (reader);
    for (guint f = 0; f < i % 6; f++) {
      reader_dequeue (reader, &buffer);
      g_assert_cmpuint (buffer.sequence, ==, f);
      if (i % 4)
        reader_queue (reader, buffer.index);
      else if (f == 2)
        break;
    }
    for (guint y = 0; y < i % 5; y++)
      sched_yield ();
    reader_stream_off (reader);
  }
}

static void
unpaced_camera_that_waits_for_a_buffer_goes (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  struct v4l2_buffer buffer;

  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  assert_unplug_ends (fixture, reader, unplug, call_dqbuf, &buffer);
}

/* Is seen asleep at once: with one buffer each frame is waited for. */
static void
busy_unpaced_stream_ends_with_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = open_unpaced (fixture);
  struct v4l2_buffer buffer;

  reader_start (reader, 1);
  assert_unplug_ends (fixture, reader, unplug, call_dqbuf_until_it_fails,
      &buffer);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/unpaced/" #name, name)
  ADD (no_buffer_is_slept_over);
  ADD (a_blocked_dqbuf_gets_its_frame_when_a_buffer_is_queued);
  ADD (a_stream_may_stop_at_any_moment);
#define ADD_UNPLUG(name) unplug_add (#name, name)
  ADD_UNPLUG (unpaced_camera_that_waits_for_a_buffer_goes);
  ADD_UNPLUG (busy_unpaced_stream_ends_with_enodev);
  return g_test_run ();
}
