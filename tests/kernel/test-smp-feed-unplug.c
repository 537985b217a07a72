/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A feed that vanishes while programs give frames to it and take them. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feeder.h"
#include "missing-page.h"
#include "unplug.h"

#define WIDTH 64
#define HEIGHT 48
#define SIZE (WIDTH * HEIGHT * 2)

static Reader *
open_feeder (Fixture *fixture)
{
  Reader *feeder = reader_open (fixture->camera->output);

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  return feeder;
}

static Reader *
open_viewer (Fixture *fixture, guint buffers)
{
  Reader *reader = reader_open (fixture->camera->node);

  reader_start (reader, buffers);
  return reader;
}

static int
write_until_it_fails (Reader *feeder, gpointer data)
{
  while (write (feeder->fd, data, SIZE) == SIZE)
    ;
  return -1;
}

static int
queue_until_it_fails (Reader *feeder, gpointer data)
{
  do
    if (feeder_queue (feeder, 0, SIZE, 0) < 0)
      return -1;
  while (call_dqbuf (feeder, data) == 0);
  return -1;
}

static void
assert_ended (BlockedCall *call)
{
  int error, result;

  if (!blocked_call_ends (call))
    g_error ("a call goes on though its camera has gone");
  result = blocked_call_join (call, &error);
  g_assert_cmpint (result, ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
}

static void
idle_files_say_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  g_autoptr (Reader) held = open_viewer (fixture, 2);
  guint8 byte = 0;

  unplug (fixture->camera);
  assert_gone (feeder);
  assert_gone (held);
  assert_refused (write (feeder->fd, &byte, 1), ENODEV);
}

static void
busy_writer_and_viewer_end_with_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 3);
  g_autofree guint8 *frame = feeder_make_frame (feeder, 0);
  struct v4l2_buffer buffer;
  BlockedCall *writes, *reads;

  writes = blocked_call_begin (feeder, write_until_it_fails, frame);
  reads = blocked_call_begin (reader, call_dqbuf_until_it_fails, &buffer);
  while (reader_get_control (reader, READER_FRAMES_CAPTURED) < 50)
    ;
  unplug (fixture->camera);
  assert_ended (writes);
  assert_ended (reads);
  assert_gone (feeder);
  assert_gone (reader);
}

static void
busy_producer_with_buffers_ends_with_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 3);
  struct v4l2_buffer given, taken;
  BlockedCall *writes, *reads;

  reader_map (feeder, 1);
  reader_stream_on (feeder);
  writes = blocked_call_begin (feeder, queue_until_it_fails, &given);
  reads = blocked_call_begin (reader, call_dqbuf_until_it_fails, &taken);
  while (reader_get_control (reader, READER_FRAMES_CAPTURED) < 50)
    ;
  unplug (fixture->camera);
  assert_ended (writes);
  assert_ended (reads);
  assert_gone (feeder);
  assert_gone (reader);
}

static void
producers_blocked_dqbuf_returns_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  struct v4l2_buffer buffer;

  /* Nothing is queued, so nothing comes back. */
  reader_map (feeder, 1);
  reader_stream_on (feeder);
  assert_unplug_ends (fixture, feeder, unplug, call_dqbuf, &buffer);
}

static void
viewers_blocked_dqbuf_returns_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = open_viewer (fixture, 1);
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  assert_unplug_ends (fixture, reader, unplug, call_dqbuf, &buffer);
}

static int
call_dqevent (Reader *feeder, gpointer event)
{
  return ioctl (feeder->fd, VIDIOC_DQEVENT, event);
}

static void
producers_blocked_dqevent_returns_enodev (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  struct v4l2_event event;

  feeder_subscribe (feeder, V4L2_EVENT_CTRL, FEEDER_VIEWERS, 0);
  assert_unplug_ends (fixture, feeder, unplug, call_dqevent, &event);
}

static int
call_poll (Reader *feeder, gpointer data)
{
  struct pollfd *wait = data;

  wait->fd = feeder->fd;
  return poll (wait, 1, -1);
}

static void
producers_blocked_poll_returns_err_and_hup (Fixture *fixture, Unplug unplug)
{
  struct pollfd wait = { .events = POLLPRI };
  g_autoptr (Reader) feeder = open_feeder (fixture);
  BlockedCall *blocked =
      blocked_call_start (feeder, call_poll, &wait, SYS_poll);
  int error;

  unplug (fixture->camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 1);
  g_assert_cmphex (wait.revents & (POLLERR | POLLHUP), ==, POLLERR | POLLHUP);
  assert_gone (feeder);
}

typedef struct {
  MissingPage *page;
  gsize size;
} Source;

static int
call_write (Reader *feeder, gpointer data)
{
  Source *source = data;

  return (int) write (feeder->fd, source->page->data, source->size);
}

/* Returns: whether there can be missing pages; skips the test otherwise */
static gboolean
prepare (Source *source)
{
  source->size = SIZE;
  source->page = missing_page_new (SIZE);
  if (!source->page)
    g_test_skip_printf ("no userfaultfd: %s", g_strerror (errno));
  return source->page != NULL;
}

typedef struct {
  TestCamera *camera;
  Unplug unplug;
} Departure;

static int
call_unplug (Reader *reader, gpointer data)
{
  Departure *departure = data;

  (void) reader;
  departure->unplug (departure->camera);
  return 0;
}

static void
a_writer_whose_memory_is_missing_holds_no_unplug_up (
    Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 2);
  Departure departure = { fixture->camera, unplug };
  BlockedCall *writes, *away;
  Source source;
  int error;

  if (!prepare (&source))
    return;
  writes = blocked_call_begin (feeder, call_write, &source);
  missing_page_await_fault (source.page);
  away = blocked_call_begin (NULL, call_unplug, &departure);
  if (!blocked_call_ends (away))
    g_error ("the unplug waits for a writer whose memory is missing");
  blocked_call_join (away, &error);
  missing_page_resolve (source.page);
  assert_ended (writes);
  assert_gone (feeder);
  assert_gone (reader);
  missing_page_free (source.page);
}

static int
stop_and_start (Reader *reader, gpointer data)
{
  (void) data;
  reader_stream_off (reader);
  reader_unmap (reader);
  reader_start (reader, 2);
  return 0;
}

static void
a_writer_whose_memory_is_missing_holds_no_other_program_up (Fixture *fixture)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 2);
  g_autofree guint8 *frame = feeder_make_frame (feeder, 0);
  BlockedCall *writes, *other;
  Source source;
  int error;

  if (!prepare (&source))
    return;
  writes = blocked_call_begin (feeder, call_write, &source);
  missing_page_await_fault (source.page);
  other = blocked_call_begin (reader, stop_and_start, NULL);
  if (!blocked_call_ends (other))
    g_error ("a viewer waits for a writer whose memory is missing");
  g_assert_cmpint (blocked_call_join (other, &error), ==, 0);
  /* Nor are there two at once, which would mix their frames. */
  assert_refused (write (feeder->fd, frame, SIZE), EBUSY);
  assert_refused (ioctl (feeder->fd, VIDIOC_S_FMT, &feeder->format), EBUSY);
  g_assert_false (feeder_has_frame (reader));
  missing_page_resolve (source.page);
  if (!blocked_call_ends (writes))
    g_error ("write() goes on waiting though it has its memory");
  g_assert_cmpint (blocked_call_join (writes, &error), ==, SIZE);
  /* That was for a stream that has ended. */
  g_assert_false (feeder_has_frame (reader));
  feeder_write (feeder, 1);
  feeder_assert_next (reader, 1);
  missing_page_free (source.page);
}

static void
a_frame_whose_page_comes_late_is_whole (Fixture *fixture)
{
  g_autoptr (Reader) feeder = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 2);
  struct v4l2_buffer buffer;
  BlockedCall *writes;
  Source source;
  int error;

  memset (reader->data[0], 0xff, SIZE);
  if (!prepare (&source))
    return;
  writes = blocked_call_begin (feeder, call_write, &source);
  missing_page_await_fault (source.page);
  missing_page_resolve (source.page);
  g_assert_cmpint (blocked_call_join (writes, &error), ==, SIZE);
  reader_dequeue (reader, &buffer);
  for (guint i = 0; i < SIZE; i++)
    g_assert_cmpuint (reader->data[buffer.index][i], ==, 0);
  missing_page_free (source.page);
}

static void
a_writer_killed_within_a_frame_leaves_nothing_of_it (Fixture *fixture)
{
  g_autoptr (Reader) first = open_feeder (fixture);
  g_autoptr (Reader) reader = open_viewer (fixture, 2);
  g_autoptr (Reader) feeder = NULL;
  Source source;
  pid_t child;

  reader_close (g_steal_pointer (&first));
  for (guint i = 0; i < 3; i++) {
    int ready[2];
    char byte;

    g_assert_no_errno (pipe (ready));
    child = fork ();
    g_assert_cmpint (child, >=, 0);
    if (!child) {
      feeder = open_feeder (fixture);
      source.page = missing_page_new (SIZE);
      if (source.page) {
        source.size = SIZE;
        blocked_call_begin (feeder, call_write, &source);
        missing_page_await_fault (source.page);
      }
      g_assert_cmpint (write (ready[1], source.page ? "y" : "n", 1), ==, 1);
      pause ();
    }
    g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
    g_assert_no_errno (kill (child, SIGKILL));
    g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
    close (ready[0]);
    close (ready[1]);
    if (byte == 'n') {
      g_test_skip ("no userfaultfd");
      return;
    }
  }
  feeder = open_feeder (fixture);
  for (guint i = 0; i < 3; i++) {
    feeder_write (feeder, i);
    g_assert_cmpuint (feeder_assert_next (reader, i), ==, i);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-write/" #name, name)
  ADD (a_frame_whose_page_comes_late_is_whole);
  ADD (a_writer_whose_memory_is_missing_holds_no_other_program_up);
  ADD (a_writer_killed_within_a_frame_leaves_nothing_of_it);
#undef ADD
#define ADD(name) unplug_add_feed (#name, name)
  ADD (idle_files_say_enodev);
  ADD (busy_writer_and_viewer_end_with_enodev);
  ADD (busy_producer_with_buffers_ends_with_enodev);
  ADD (producers_blocked_dqbuf_returns_enodev);
  ADD (viewers_blocked_dqbuf_returns_enodev);
  ADD (producers_blocked_dqevent_returns_enodev);
  ADD (producers_blocked_poll_returns_err_and_hup);
  ADD (a_writer_whose_memory_is_missing_holds_no_unplug_up);
  return g_test_run ();
}
