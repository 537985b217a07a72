/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many cameras at once. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "breaking.h"
#include "load-trace.h"
#include "unplug.h"

#define CAMERAS 16
#define BUFFERS 4
#define RATE 30
#define QUICK_SECONDS 5
#define FULL_SECONDS 60

#define MANY 64
#define MANY_FRAMES 5
#define HANDS 4

/* Only so that a stream that has died fails the test instead of the guest. */
#define STALL_MS (120 * 1000)

/* V4L2 timestamps are cut to microseconds. */
#define CUT_NS 1000

typedef struct
{
  TestCamera *camera;
  Reader *reader;
  guint64 first_ns;
  guint frames;                 /* that the program has got */
  guint last;                   /* the number of the last of them */
} Stream;

static Stream *
stream_new (const char *size, const char *format)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->camera = test_camera_new ("sizes", size, "formats", format, NULL);
  stream->reader = reader_open (stream->camera->node);
  reader_set_interval (stream->reader, 1, RATE);
  return stream;
}

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  reader_close (stream->reader);
  test_camera_free (stream->camera);
  g_free (stream);
}

/* The time of frame 0 is known from any of them. */
static void
assert_times (Stream * stream, guint64 ns, guint64 stamp_ns)
{
  Reader *reader = stream->reader;
  guint64 since = reader_frames_to_ns (reader, stream->last);

  if (stream->frames == 0)
    stream->first_ns = ns - since;
  g_assert_cmpuint (ns + CUT_NS, >=, stream->first_ns + since);
  g_assert_cmpuint (ns, <=, stream->first_ns + since + CUT_NS);
  g_assert_cmpuint (stamp_ns, >=, ns);
}

static void
take_frame (Stream * stream)
{
  Reader *reader = stream->reader;
  struct v4l2_buffer buffer;
  VirtcamStamp stamp;

  reader_dequeue (reader, &buffer);
  stamp = reader_stamp (reader, reader->data[buffer.index]);
  g_assert_cmpuint (stamp.sequence, ==, buffer.sequence);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  g_assert_cmpuint (buffer.bytesused, ==, reader->format.fmt.pix.sizeimage);
  if (stream->frames)
    g_assert_cmpuint (buffer.sequence, >, stream->last);
  stream->last = buffer.sequence;
  assert_times (stream, reader_timestamp (&buffer), stamp.time_ns);
  stream->frames++;
  reader_queue (reader, buffer.index);
}

/* Takes frames as they come until each camera has come to this number. */
static void
take_frames (GPtrArray * streams, guint number)
{
  g_autofree struct pollfd *waits = g_new0 (struct pollfd, streams->len);
  guint left = streams->len;

  for (guint i = 0; i < streams->len; i++) {
    Stream *stream = g_ptr_array_index (streams, i);

    waits[i] = (struct pollfd) {.fd = stream->reader->fd,.events = POLLIN };
  }
  while (left) {
    g_assert_cmpint (poll (waits, streams->len, STALL_MS), >, 0);
    for (guint i = 0; i < streams->len; i++) {
      Stream *stream = g_ptr_array_index (streams, i);
      const gboolean before = stream->frames && stream->last >= number;

      if (!waits[i].revents)
        continue;
      take_frame (stream);
      if (!before && stream->last >= number)
        left--;
    }
  }
}

static void
assert_drops_explained (Stream * stream, LoadTrace * trace, LoadStory * sum)
{
  LoadStory story = {.last = stream->last };

  load_trace_read (trace, stream->camera->node, &story);
  g_assert_cmpuint (story.filled, ==, stream->frames);
  g_assert_cmpuint (story.missed + story.late, ==,
      stream->last + 1 - stream->frames);
  g_assert_cmpint (reader_get_control (stream->reader, READER_FRAMES_DROPPED),
      ==, story.dropped);
  sum->filled += story.filled;
  sum->missed += story.missed;
  sum->late += story.late;
}

/* One processor: time counts instructions, and none is late. */
static gboolean
has_time_enough (void)
{
  return g_get_num_processors () == 1;
}

static void
assert_load (GPtrArray * streams, LoadTrace * trace)
{
  const guint seconds = breaking_times (QUICK_SECONDS, FULL_SECONDS);
  LoadStory sum = { 0 };

  for (guint i = 0; i < streams->len; i++)
    reader_start (((Stream *) g_ptr_array_index (streams, i))->reader,
        BUFFERS);
  take_frames (streams, seconds * RATE);
  for (guint i = 0; i < streams->len; i++)
    reader_stream_off (((Stream *) g_ptr_array_index (streams, i))->reader);
  load_trace_stop (trace);
  for (guint i = 0; i < streams->len; i++)
    assert_drops_explained (g_ptr_array_index (streams, i), trace, &sum);
  breaking_figure ("%u cameras, 640x480, %u frames a second, %u s: %u frames,"
      " %u dropped for want of a buffer, %u because the machine was late",
      CAMERAS, RATE, seconds, sum.filled, sum.missed, sum.late);
  if (has_time_enough ())
    g_assert_cmpuint (sum.missed + sum.late, ==, 0);
}

static void
sixteen_cameras_at_once_lose_no_frame_without_a_reason (Fixture * fixture)
{
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (stream_free);
  LoadTrace *trace;

  (void) fixture;
  for (guint i = 0; i < CAMERAS; i++)
    g_ptr_array_add (streams, stream_new ("640x480", "YUYV"));
  test_camera_settle ();
  trace = load_trace_start ();
  if (!trace) {
    g_test_skip ("this kernel has no tracepoints");
    return;
  }
  assert_load (streams, trace);
  load_trace_free (trace);
}

typedef struct
{
  GPtrArray *streams;
  guint first;
} Hand;

static gpointer
remove_every_fourth (gpointer data)
{
  Hand *hand = data;

  for (guint i = hand->first; i < hand->streams->len; i += HANDS)
    test_camera_remove (((Stream *) g_ptr_array_index (hand->streams,
                i))->camera);
  return NULL;
}

static void
remove_all_at_once (GPtrArray * streams)
{
  GThread *threads[HANDS];
  Hand hands[HANDS];

  for (guint i = 0; i < HANDS; i++) {
    hands[i] = (Hand) { streams, i };
    threads[i] = g_thread_new ("hand", remove_every_fourth, &hands[i]);
  }
  for (guint i = 0; i < HANDS; i++)
    g_thread_join (threads[i]);
}

static void
sixty_four_cameras_are_made_stream_and_go_at_once (Fixture * fixture)
{
  const guint frames = unplug_count_frame_memory ();
  GPtrArray *streams = g_ptr_array_new_with_free_func (stream_free);

  for (guint i = 0; i < MANY; i++)
    g_ptr_array_add (streams, stream_new ("160x120", "GREY"));
  for (guint i = 0; i < MANY; i++)
    reader_start (((Stream *) g_ptr_array_index (streams, i))->reader, 2);
  take_frames (streams, MANY_FRAMES);
  remove_all_at_once (streams);
  for (guint i = 0; i < MANY; i++)
    assert_gone (((Stream *) g_ptr_array_index (streams, i))->reader);
  g_ptr_array_unref (streams);
  test_camera_settle ();
  g_assert_cmpuint (unplug_count_frame_memory (), ==, frames);
  g_assert_cmpint (fixture_driver_references (), ==,
      fixture->driver_references);
  breaking_figure ("%u cameras at once were made, streamed and removed", MANY);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/load/" #name, name)
  ADD (sixteen_cameras_at_once_lose_no_frame_without_a_reason);
  ADD (sixty_four_cameras_are_made_stream_and_go_at_once);
  return g_test_run ();
}
