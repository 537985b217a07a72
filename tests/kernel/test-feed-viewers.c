/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who watches a feed: what the producer is told of it, and several at once. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define WIDTH 64
#define HEIGHT 48
#define MAX_VIEWERS 3

static void
assert_viewers_event (Reader *feeder, gint value)
{
  struct v4l2_event event;

  g_assert_true (feeder_next_event (feeder, &event));
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_CTRL);
  g_assert_cmpuint (event.id, ==, FEEDER_VIEWERS);
  g_assert_cmphex (event.u.ctrl.changes & V4L2_EVENT_CTRL_CH_VALUE, ==,
      V4L2_EVENT_CTRL_CH_VALUE);
  g_assert_cmpint (event.u.ctrl.value, ==, value);
  g_assert_false (feeder_next_event (feeder, &event));
  g_assert_cmpint (reader_get_control (feeder, FEEDER_VIEWERS), ==, value);
}

static void
the_producer_is_told_who_comes_and_who_goes (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  Reader *reader = reader_open (fixture->camera->node);
  struct v4l2_event event;

  feeder_subscribe (
      feeder, V4L2_EVENT_CTRL, FEEDER_VIEWERS, V4L2_EVENT_SUB_FL_SEND_INITIAL);
  assert_viewers_event (feeder, 0);
  reader_map (reader, 2);
  g_assert_false (feeder_next_event (feeder, &event));
  for (guint i = 0; i < 2; i++) {
    /* Without a buffer nothing starts yet. */
    reader_queue (reader, 0);
    reader_stream_on (reader);
    assert_viewers_event (feeder, 1);
    reader_stream_off (reader);
    assert_viewers_event (feeder, 0);
  }
  reader_queue (reader, 0);
  reader_stream_on (reader);
  assert_viewers_event (feeder, 1);
  reader_close (reader);
  assert_viewers_event (feeder, 0);
}

static void
who_comes_later_is_told_who_is_there (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = NULL;

  reader_start (reader, 2);
  feeder = reader_open (fixture->camera->output);
  feeder_subscribe (
      feeder, V4L2_EVENT_CTRL, FEEDER_VIEWERS, V4L2_EVENT_SUB_FL_SEND_INITIAL);
  assert_viewers_event (feeder, 1);
}

static void
the_producer_is_told_of_a_viewer_that_is_killed (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  int ready[2];
  char byte;
  pid_t child;

  g_assert_no_errno (pipe (ready));
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (!child) {
    reader_start (reader_open (fixture->camera->node), 2);
    g_assert_cmpint (write (ready[1], "x", 1), ==, 1);
    pause ();
    _exit (0);
  }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  feeder_subscribe (
      feeder, V4L2_EVENT_CTRL, FEEDER_VIEWERS, V4L2_EVENT_SUB_FL_SEND_INITIAL);
  assert_viewers_event (feeder, 1);
  g_assert_no_errno (kill (child, SIGKILL));
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  assert_viewers_event (feeder, 0);
  close (ready[0]);
  close (ready[1]);
}

static void
nobody_can_set_what_the_feed_says_of_itself (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  for (guint32 id = FEEDER_VIEWERS; id <= FEEDER_REFUSED; id++) {
    struct v4l2_ext_control control = { .id = id };
    struct v4l2_ext_controls controls = { .count = 1, .controls = &control };

    assert_refused (ioctl (feeder->fd, VIDIOC_S_EXT_CTRLS, &controls), EACCES);
  }
}

static guint
count_in (const gchar *text, const gchar *word)
{
  g_auto (GStrv) parts = g_strsplit (text, word, -1);

  return g_strv_length (parts) - 1;
}

static void
the_log_says_each_number_once (Fixture *fixture)
{
  static const gchar *const numbers[] = { "Frames In: 1", "Frames Out: 1",
    "Frames Without Buffer: 0", "Frames Without Viewer: 0",
    "Placeholder Frames: 0", "Viewers: 1" };
  FeederPair pair;
  const gchar *log;

  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  feeder_write (pair.feeder, 0);
  g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_LOG_STATUS));
  log = kernel_log_read (fixture->log);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree gchar *name = g_strndup (numbers[i], strcspn (numbers[i], ":"));

    g_assert_cmpuint (count_in (log, numbers[i]), ==, 1);
    g_assert_cmpuint (count_in (log, name), ==, 1);
  }
  feeder_pair_close (&pair);
}

/* A feed with so many capture nodes, a reader at each */
static Reader *
open_all (Fixture *fixture, guint count, Reader **readers, guint stride)
{
  g_autofree char *text = g_strdup_printf ("%u", count);
  Reader *feeder;

  fixture->camera =
      test_feed_new ("viewers", text, "placeholder", "none", NULL);
  feeder = reader_open (fixture->camera->output);
  g_assert_no_errno (feeder_ask_format (
      feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, stride, stride * HEIGHT));
  for (guint i = 0; i < count; i++) {
    g_autofree char *node = test_feed_viewer_node (fixture->camera, i);

    readers[i] = reader_open (node);
  }
  return feeder;
}

static void
each_viewer_gets_every_frame (Fixture *fixture)
{
  Reader *readers[MAX_VIEWERS];
  g_autoptr (Reader) feeder = open_all (fixture, 3, readers, 0);

  for (guint i = 0; i < 3; i++) {
    reader_start (readers[i], 2);
    g_assert_cmpint (reader_get_control (feeder, FEEDER_VIEWERS), ==, i + 1);
  }
  for (guint frame = 0; frame < 10; frame++) {
    feeder_write (feeder, frame);
    for (guint i = 0; i < 3; i++)
      g_assert_cmpuint (feeder_assert_next (readers[i], frame), ==, frame);
  }
  g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_IN), ==, 10);
  g_assert_cmpint (reader_get_control (feeder, FEEDER_FRAMES_OUT), ==, 30);
  /* One for each viewer, none of which is made of what another one has */
  g_assert_cmpint (reader_get_control (feeder, FEEDER_COPIES), ==, 40);
  for (guint i = 0; i < 3; i++)
    reader_close (readers[i]);
}

/* The producer writes half a frame, has the viewer do something, and goes on. */
static void
write_around (Reader *feeder, guint number, void (*meanwhile) (Reader *viewer),
    Reader *viewer)
{
  g_autofree guint8 *frame = feeder_make_frame (feeder, number);
  const gsize half = feeder->format.fmt.pix.sizeimage / 2;

  g_assert_cmpint (write (feeder->fd, frame, half), ==, half);
  meanwhile (viewer);
  g_assert_cmpint (write (feeder->fd, frame + half, half), ==, half);
}

static void
scribble (Reader *viewer)
{
  for (guint i = 0; i < viewer->count; i++)
    memset (viewer->data[i], 0x99, viewer->length[i]);
}

static void
restart (Reader *viewer)
{
  reader_stream_off (viewer);
  for (guint i = 0; i < viewer->count; i++)
    reader_queue (viewer, i);
  reader_stream_on (viewer);
}

static void
what_a_viewer_does_no_other_one_feels (Fixture *fixture)
{
  Reader *readers[2];
  g_autoptr (Reader) feeder = open_all (fixture, 2, readers, 0);

  for (guint i = 0; i < 2; i++)
    reader_start (readers[i], 3);
  /* Without S_FMT it writes a stream. */
  g_clear_pointer (&feeder, reader_close);
  feeder = reader_open (fixture->camera->output);
  for (guint frame = 0; frame < 10; frame++) {
    write_around (feeder, frame, frame % 2 ? restart : scribble, readers[0]);
    g_assert_cmpuint (feeder_assert_next (readers[1], frame), ==, frame);
  }
  for (guint i = 0; i < 2; i++)
    reader_close (readers[i]);
}

static void
assert_row_of (Reader *reader, const guint8 *frame, guint stride)
{
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  for (guint row = 0; row < HEIGHT; row++)
    g_assert_cmpmem (
        reader->data[buffer.index] + row * reader->format.fmt.pix.bytesperline,
        WIDTH * 2, frame + row * stride, WIDTH * 2);
  reader_queue (reader, buffer.index);
}

/* Every viewer's stride is another one, and so is the producer's. */
static void
each_viewer_has_a_stride_of_its_own (Fixture *fixture)
{
  static const guint strides[][4] = {
    { WIDTH * 2 + 64, WIDTH * 2, WIDTH * 2, WIDTH * 2 + 128 },
    { WIDTH * 2, WIDTH * 2 + 64, WIDTH * 2, WIDTH * 2 + 128 },
    { WIDTH * 2 + 128, WIDTH * 2 + 64, WIDTH * 2 + 64, WIDTH * 2 },
  };

  for (guint c = 0; c < G_N_ELEMENTS (strides); c++) {
    Reader *readers[MAX_VIEWERS];
    Reader *feeder = open_all (fixture, 3, readers, strides[c][0]);
    g_autofree guint8 *frame = feeder_make_frame (feeder, c);

    g_assert_cmpuint (feeder->format.fmt.pix.bytesperline, ==, strides[c][0]);
    for (guint i = 0; i < 3; i++) {
      reader_set_format (
          readers[i], V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, strides[c][i + 1]);
      reader_start (readers[i], 2);
    }
    feeder_write (feeder, c);
    for (guint i = 0; i < 3; i++) {
      assert_row_of (readers[i], frame, strides[c][0]);
      reader_close (readers[i]);
    }
    reader_close (feeder);
    g_clear_pointer (&fixture->camera, test_camera_free);
  }
}

static void
a_slow_viewer_disturbs_no_other (Fixture *fixture)
{
  Reader *readers[MAX_VIEWERS];
  g_autoptr (Reader) feeder = open_all (fixture, 2, readers, 0);

  for (guint i = 0; i < 2; i++)
    reader_start (readers[i], 2);
  for (guint slow = 0; slow < 2; slow++)
    for (guint i = 0; i < 6; i++) {
      const guint frame = slow * 6 + i;

      feeder_write (feeder, frame);
      g_assert_cmpuint (feeder_assert_next (readers[!slow], frame), ==, frame);
      if (i == 5)
        for (guint n = 0; n < 2; n++)
          feeder_assert_next (readers[slow], slow * 6 + n);
    }
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (
        reader_get_control (readers[i], READER_FRAMES_DROPPED), ==, 4);
    reader_close (readers[i]);
  }
}

static void
a_viewer_that_leaves_within_a_frame_disturbs_no_other (Fixture *fixture)
{
  Reader *readers[MAX_VIEWERS];
  Reader *feeder = open_all (fixture, 2, readers, 0);
  const gsize size = feeder->format.fmt.pix.sizeimage;
  g_autofree guint8 *frame = feeder_make_frame (feeder, 0);

  for (guint i = 0; i < 2; i++)
    reader_start (readers[i], 2);
  /* A mere cat: its frames can be written in two halves. */
  reader_close (feeder);
  feeder = reader_open (fixture->camera->output);
  g_assert_cmpint (write (feeder->fd, frame, size / 2), ==, size / 2);
  reader_close (readers[0]);
  g_assert_cmpint (
      write (feeder->fd, frame + size / 2, size / 2), ==, size / 2);
  feeder_write (feeder, 1);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (feeder_assert_next (readers[1], i), ==, i);
  g_assert_cmpint (
      reader_get_control (readers[1], READER_FRAMES_DROPPED), ==, 0);
  reader_close (readers[1]);
  reader_close (feeder);
}

static void
each_node_has_an_owner_of_its_own (Fixture *fixture)
{
  Reader *readers[MAX_VIEWERS];
  G_GNUC_UNUSED g_autoptr (Reader) feeder = open_all (fixture, 2, readers, 0);
  g_autoptr (Reader) second = reader_open (fixture->camera->node);
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
    .count = 2,
  };

  reader_map (readers[0], 2);
  assert_refused (ioctl (second->fd, VIDIOC_REQBUFS, &request), EBUSY);
  reader_map (readers[1], 2);
  for (guint i = 0; i < 2; i++)
    reader_close (readers[i]);
}

static void
one_viewer_fixes_the_mode_of_all (Fixture *fixture)
{
  Reader *readers[MAX_VIEWERS];
  Reader *feeder = open_all (fixture, 2, readers, 0);

  reader_close (feeder);
  feeder_subscribe (readers[1], V4L2_EVENT_SOURCE_CHANGE, 0, 0);
  reader_set_format (readers[0], V4L2_PIX_FMT_NV12, 320, 240, 0);
  reader_map (readers[0], 2);
  g_assert_true (feeder_next_event (readers[1], &(struct v4l2_event){ 0 }));
  g_assert_no_errno (
      feeder_ask_format (readers[1], V4L2_PIX_FMT_YUYV, 640, 480, 0, 0));
  g_assert_cmphex (
      readers[1]->format.fmt.pix.pixelformat, ==, V4L2_PIX_FMT_NV12);
  reader_map (readers[1], 2);
  /* It is the second one's now. */
  reader_unmap (readers[0]);
  g_assert_no_errno (
      feeder_ask_format (readers[0], V4L2_PIX_FMT_YUYV, 640, 480, 0, 0));
  g_assert_cmphex (
      readers[0]->format.fmt.pix.pixelformat, ==, V4L2_PIX_FMT_NV12);
  reader_unmap (readers[1]);
  reader_set_format (readers[0], V4L2_PIX_FMT_YUYV, 640, 480, 0);
  for (guint i = 0; i < 2; i++)
    reader_close (readers[i]);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-viewers/" #name, name)
  ADD (the_producer_is_told_who_comes_and_who_goes);
  ADD (who_comes_later_is_told_who_is_there);
  ADD (the_producer_is_told_of_a_viewer_that_is_killed);
  ADD (nobody_can_set_what_the_feed_says_of_itself);
  ADD (the_log_says_each_number_once);
#undef ADD
#define ADD(name) fixture_add_without_camera ("/feed-viewers/" #name, name)
  ADD (each_viewer_gets_every_frame);
  ADD (a_slow_viewer_disturbs_no_other);
  ADD (a_viewer_that_leaves_within_a_frame_disturbs_no_other);
  ADD (what_a_viewer_does_no_other_one_feels);
  ADD (each_node_has_an_owner_of_its_own);
  ADD (one_viewer_fixes_the_mode_of_all);
  ADD (each_viewer_has_a_stride_of_its_own);
  return g_test_run ();
}
