/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats whose bytes nobody may touch: compressed ones, and alpha. */
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

  fixture->camera =
      test_feed_new ("formats", "MJPG", "placeholder", "none", NULL);
  feeder = open_feeder (fixture, V4L2_PIX_FMT_MJPEG);
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

  fixture->camera =
      test_feed_new ("formats", "MJPG", "placeholder", "none", NULL);
  feeder = open_feeder (fixture, V4L2_PIX_FMT_MJPEG);
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

/* Nothing may be cut off: half a picture is none. */
static void
a_payload_larger_than_any_frame_is_refused_though_the_buffer_has_room (
    Fixture *fixture)
{
  g_autoptr (Reader) feeder = NULL;
  struct v4l2_create_buffers create = { .count = 1,
    .memory = V4L2_MEMORY_MMAP };

  fixture->camera =
      test_feed_new ("formats", "MJPG", "placeholder", "none", NULL);
  feeder = open_feeder (fixture, V4L2_PIX_FMT_MJPEG);
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

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/feed-payload/" #name, name)
  ADD (written_frames_keep_their_length);
  ADD (a_written_frame_that_is_too_large_is_refused);
  ADD (buffers_keep_their_payload);
  ADD (a_payload_larger_than_any_frame_is_refused_though_the_buffer_has_room);
  ADD (alpha_passes_as_it_is);
  return g_test_run ();
}
