/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats whose bytes nobody may touch: compressed ones, and alpha. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define WIDTH 64
#define HEIGHT 48
#define MOST (WIDTH * HEIGHT * 2)

static const guint payloads[] = { 1, 2, 700, 4096, 4097, MOST - 1, MOST, 3 };

static Reader *
open_feeder (Fixture *fixture, guint32 fourcc)
{
  Reader *feeder = reader_open (fixture->camera->output);

  reader_set_format (feeder, fourcc, WIDTH, HEIGHT, 0);
  return feeder;
}

static void
assert_payload (Reader *reader, guint payload, guint number)
{
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  g_assert_cmpuint (buffer.bytesused, ==, payload);
  feeder_assert_filled (reader->data[buffer.index], payload, number);
  reader_queue (reader, buffer.index);
}

/* A feed of MJPG alone, and its producer */
static Reader *
open_mjpg_feeder (Fixture *fixture)
{
  fixture->camera =
      test_feed_new ("formats", "MJPG", "placeholder", "none", NULL);
  return open_feeder (fixture, V4L2_PIX_FMT_MJPEG);
}

static void
write_payload (Reader *feeder, guint payload, guint number)
{
  g_autofree guint8 *data = g_malloc (payload);

  feeder_fill (data, payload, number);
  g_assert_cmpint (write (feeder->fd, data, payload), ==, (int) payload);
}

static void
written_frames_keep_their_length (Fixture *fixture)
{
  static const char formats[] = "MJPG JPEG H264 HEVC";
  g_auto (GStrv) names = g_strsplit (formats, " ", -1);

  fixture->camera = test_feed_new (
      "formats", formats, "viewers", "2", "placeholder", "none", NULL);
  for (guint f = 0; names[f]; f++) {
    const char *n = names[f];
    g_autoptr (Reader) feeder =
        open_feeder (fixture, v4l2_fourcc (n[0], n[1], n[2], n[3]));
    g_autofree char *node = test_feed_viewer_node (fixture->camera, 1);
    g_autoptr (Reader) reader = reader_open (fixture->camera->node);
    g_autoptr (Reader) second = reader_open (node);

    g_test_message ("%s", n);
    g_assert_cmpuint (reader->format.fmt.pix.sizeimage, ==, MOST);
    reader_start (reader, 2);
    reader_start (second, 2);
    for (guint i = 0; i < G_N_ELEMENTS (payloads); i++) {
      write_payload (feeder, payloads[i], i);
      assert_payload (reader, payloads[i], i);
      assert_payload (second, payloads[i], i);
    }
  }
}

static void
a_written_frame_that_is_too_large_is_refused (Fixture *fixture)
{
  g_autofree guint8 *data = g_malloc0 (MOST + 1);
  g_autoptr (Reader) feeder = NULL;
  g_autoptr (Reader) reader = NULL;

  feeder = open_mjpg_feeder (fixture);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, 2);
  assert_refused (write (feeder->fd, data, MOST + 1), EINVAL);
  g_assert_false (feeder_has_frame (reader));
  write_payload (feeder, 10, 0);
  assert_payload (reader, 10, 0);
}

static void
buffers_keep_their_payload (Fixture *fixture)
{
  g_autoptr (Reader) feeder = NULL;
  g_autoptr (Reader) reader = NULL;

  feeder = open_mjpg_feeder (fixture);
  reader = reader_open (fixture->camera->node);
  reader_map (feeder, 2);
  reader_stream_on (feeder);
  reader_start (reader, 2);
  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++) {
    feeder_fill (feeder->data[0], payloads[i], i);
    g_assert_no_errno (feeder_queue (feeder, 0, payloads[i], 0));
    assert_payload (reader, payloads[i], i);
    feeder_take_back (feeder);
  }
  assert_refused (feeder_queue (feeder, 0, MOST + 1, 0), EINVAL);
}

static void
a_short_frame_shows_nothing_of_a_long_one_that_nobody_watched (Fixture *fixture)
{
  g_autoptr (Reader) feeder = NULL;
  g_autoptr (Reader) reader = NULL;
  struct v4l2_buffer buffer;

  feeder = open_mjpg_feeder (fixture);
  reader = reader_open (fixture->camera->node);
  reader_map (feeder, 2);
  reader_stream_on (feeder);
  memset (feeder->data[0], 0x55, MOST);
  g_assert_no_errno (feeder_queue (feeder, 0, MOST, 0));
  feeder_take_back (feeder);
  reader_start (reader, 2);
  g_assert_no_errno (feeder_queue (feeder, 0, 1, 0));
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.bytesused, ==, 1);
  g_assert_null (memchr (reader->data[buffer.index] + 1, 0x55, MOST - 1));
}

/* Nothing may be cut off: half a picture is none. */
static void
a_payload_larger_than_any_frame_is_refused_though_the_buffer_has_room (
    Fixture *fixture)
{
  g_autoptr (Reader) feeder = NULL;
  struct v4l2_create_buffers create = { .count = 1,
    .memory = V4L2_MEMORY_MMAP };

  feeder = open_mjpg_feeder (fixture);
  create.format = feeder->format;
  create.format.fmt.pix.sizeimage = MOST + 4096;
  g_assert_no_errno (ioctl (feeder->fd, VIDIOC_CREATE_BUFS, &create));
  reader_map_one (feeder, create.index);
  reader_stream_on (feeder);
  assert_refused (feeder_queue (feeder, create.index, MOST + 1, 0), EINVAL);
  g_assert_no_errno (feeder_queue (feeder, create.index, MOST, 0));
}

static void
alpha_passes_as_it_is (Fixture *fixture)
{
  g_autoptr (Reader) feeder = NULL;
  g_autoptr (Reader) reader = NULL;
  g_autofree guint8 *frame = NULL;
  struct v4l2_buffer buffer;

  fixture->camera = test_feed_new ("placeholder", "none", NULL);
  feeder = open_feeder (fixture, V4L2_PIX_FMT_ABGR32);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, 2);
  frame = feeder_make_frame (feeder, 3);
  for (guint i = 3; i < WIDTH * HEIGHT * 4; i += 4)
    frame[i] = (guint8) (i / 4);
  g_assert_cmpint (
      write (feeder->fd, frame, WIDTH * HEIGHT * 4), ==, WIDTH * HEIGHT * 4);
  reader_dequeue (reader, &buffer);
  g_assert_cmpmem (
      reader->data[buffer.index], buffer.bytesused, frame, WIDTH * HEIGHT * 4);
}

/* As `cat` does, in two pieces. Returns: what the second write() returns */
static gssize
give_file (Fixture *fixture, const guint8 *data, gsize size)
{
  g_autofree char *path =
      g_build_filename (fixture->camera->directory, "placeholder_file", NULL);
  int fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  gssize written;

  g_assert_no_errno (fd);
  g_assert_cmpint (write (fd, data, 1), ==, 1);
  written = size > 1 ? write (fd, data + 1, size - 1) : 0;
  close (fd);
  return written;
}

static void
assert_file (Fixture *fixture, const guint8 *data, gsize size)
{
  g_autofree char *path =
      g_build_filename (fixture->camera->directory, "placeholder_file", NULL);
  g_autofree char *found = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &found, &length, NULL));
  g_assert_cmpmem (found, length, data, size);
}

/* A viewer's first two frames */
static void
assert_shown (Fixture *fixture, guint32 fourcc, const guint8 *data, gsize size)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  reader_set_format (reader, fourcc, WIDTH, HEIGHT, 0);
  reader_start (reader, 2);
  for (guint i = 0; i < 2; i++) {
    reader_dequeue (reader, &buffer);
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
    g_assert_cmpuint (buffer.sequence, ==, i);
    g_assert_cmpmem (reader->data[buffer.index], buffer.bytesused, data, size);
    reader_queue (reader, buffer.index);
  }
}

static void
assert_nothing_shown (Fixture *fixture, guint32 fourcc)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct pollfd wait = { .fd = reader->fd, .events = POLLIN };

  reader_set_format (reader, fourcc, WIDTH, HEIGHT, 0);
  reader_start (reader, 2);
  g_assert_cmpint (poll (&wait, 1, 2000), ==, 0);
}

static void
a_file_is_the_placeholder (Fixture *fixture)
{
  guint8 jpeg[700] = { 0xff, 0xd8 }, h264[MOST] = { 0, 0, 0, 1 };
  const guint8 newline = '\n';

  feeder_fill (jpeg + 2, sizeof jpeg - 4, 1);
  memcpy (jpeg + sizeof jpeg - 2, "\xff\xd9", 2);
  feeder_fill (h264 + 4, sizeof h264 - 4, 2);
  fixture->camera = test_feed_prepare ();
  g_assert_true (
      test_camera_set (fixture->camera, "formats", "MJPG H264", NULL));
  g_assert_true (test_camera_set (fixture->camera, "sizes", "64x48", NULL));
  g_assert_true (test_camera_set (fixture->camera, "timeout", "1", NULL));
  g_assert_cmpint (give_file (fixture, jpeg, sizeof jpeg), ==, sizeof jpeg - 1);
  assert_file (fixture, jpeg, sizeof jpeg);
  test_camera_enable (fixture->camera);
  assert_shown (fixture, V4L2_PIX_FMT_MJPEG, jpeg, sizeof jpeg);
  assert_nothing_shown (fixture, V4L2_PIX_FMT_H264);

  g_assert_true (test_camera_set (fixture->camera, "enabled", "0", NULL));
  give_file (fixture, h264, sizeof h264);
  test_camera_enable (fixture->camera);
  assert_shown (fixture, V4L2_PIX_FMT_H264, h264, sizeof h264);
  assert_nothing_shown (fixture, V4L2_PIX_FMT_MJPEG);

  g_assert_true (test_camera_set (fixture->camera, "enabled", "0", NULL));
  give_file (fixture, &newline, 1);
  assert_file (fixture, NULL, 0);
  test_camera_enable (fixture->camera);
  assert_nothing_shown (fixture, V4L2_PIX_FMT_H264);
}

/* configfs has no way to tell the program. */
static void
a_file_that_cannot_be_shown_is_told_by_the_log (Fixture *fixture)
{
  const gsize too_large = (4 << 20) + 1;
  g_autofree guint8 *data = g_malloc0 (too_large);
  const guint8 jpeg[] = { 0xff, 0xd8, 0, 0xff, 0xd9 }, gif[] = "GIF89a";

  fixture->camera = test_feed_prepare ();
  g_assert_true (test_camera_set (fixture->camera, "formats", "MJPG", NULL));
  g_assert_true (test_camera_set (fixture->camera, "sizes", "64x48", NULL));
  g_assert_true (test_camera_set (fixture->camera, "timeout", "1", NULL));
  give_file (fixture, jpeg, sizeof jpeg);
  give_file (fixture, gif, sizeof gif);
  kernel_log_await (fixture->log, "placeholder_file: 'GIF89a");
  kernel_log_await (fixture->log, "allowed is a whole JPEG picture");
  /* as of a program that was killed */
  give_file (fixture, jpeg, sizeof jpeg - 1);
  assert_refused (give_file (fixture, data, too_large), EFBIG);
  assert_file (fixture, jpeg, sizeof jpeg);

  memcpy (data, jpeg, 2);
  memcpy (data + MOST - 1, jpeg + 3, 2);
  give_file (fixture, data, MOST + 1);
  test_camera_enable (fixture->camera);
  assert_nothing_shown (fixture, V4L2_PIX_FMT_MJPEG);
  give_file (fixture, jpeg, sizeof jpeg);
  kernel_log_await (fixture->log, "placeholder_file: cannot change");
  assert_file (fixture, data, MOST + 1);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/feed-payload/" #name, name)
  ADD (written_frames_keep_their_length);
  ADD (a_written_frame_that_is_too_large_is_refused);
  ADD (buffers_keep_their_payload);
  ADD (a_short_frame_shows_nothing_of_a_long_one_that_nobody_watched);
  ADD (a_payload_larger_than_any_frame_is_refused_though_the_buffer_has_room);
  ADD (alpha_passes_as_it_is);
  ADD (a_file_is_the_placeholder);
  ADD (a_file_that_cannot_be_shown_is_told_by_the_log);
  return g_test_run ();
}
