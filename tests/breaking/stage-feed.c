/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that a feed alone has, or that end otherwise there. */
#include <unistd.h>

#include "feeder.h"
#include "stage.h"

#define BUFFERS 3

/* What nobody could write down is missed, so there may be none. */
static void
empty_viewer (Stage *stage)
{
  struct v4l2_buffer buffer;

  while (feeder_has_frame (stage->viewer)) {
    reader_dequeue (stage->viewer, &buffer);
    reader_queue (stage->viewer, buffer.index);
  }
}

static int
call_write (Stage *stage)
{
  static guint8 frame[160 * 120 * 2];

  return (int) write (stage->reader->fd, frame, sizeof (frame));
}

static void
prepare_lending (Stage *stage)
{
  reader_map (stage->reader, BUFFERS);
  reader_stream_on (stage->reader);
}

/* Returns: 0 once the frame is the viewer's, or missed */
static int
call_lend (Stage *stage)
{
  return stage_queue (stage, 0);
}

static void
stop_lending (Stage *stage)
{
  reader_stream_off (stage->reader);
  reader_unmap (stage->reader);
}

static void
end_lending (Stage *stage)
{
  stop_lending (stage);
  empty_viewer (stage);
}

/* As many as can be: the producer has one to fill, but waits for another. */
static void
prepare_wait (Stage *stage)
{
  prepare_lending (stage);
  for (guint i = 0; i < BUFFERS - 1; i++)
    g_assert_no_errno (stage_queue (stage, i));
}

static int
call_dqbuf (Stage *stage)
{
  struct v4l2_buffer buffer = {
    .type = stage->reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };

  return ioctl (stage->reader->fd, VIDIOC_DQBUF, &buffer);
}

static int
call_streamoff (Stage *stage)
{
  int type = (int) stage->reader->format.type;

  return ioctl (stage->reader->fd, VIDIOC_STREAMOFF, &type);
}

/* The producer's buffers are the viewer's memory still. */
static void
prepare_leave (Stage *stage)
{
  prepare_wait (stage);
  reader_stream_off (stage->viewer);
}

/* What the viewer has mapped becomes its own. */
static int
call_leave (Stage *stage)
{
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };

  return ioctl (stage->viewer->fd, VIDIOC_REQBUFS, &request);
}

static void
come_again (Stage *stage)
{
  stop_lending (stage);
  reader_unmap (stage->viewer);
  reader_start (stage->viewer, BUFFERS);
}

#define FED 1 << STAGE_FEED

const StageCall stage_feed_calls[] = {
  { "write", stage_open_camera, NULL, call_write, empty_viewer,
      stage_close_camera, { 0, 0 }, FED },
  { "QBUF_that_lends", stage_open_camera, prepare_lending, call_lend,
      end_lending, stage_close_camera, { 0, 0 }, FED },
  { "DQBUF_of_what_is_lent", stage_open_camera, prepare_wait, call_dqbuf,
      end_lending, stage_close_camera, { 0, 0 }, FED },
  { "STREAMOFF_of_what_is_lent", stage_open_camera, prepare_wait,
      call_streamoff, end_lending, stage_close_camera, { 0, 0 }, FED },
  { "REQBUFS_of_a_viewer_that_leaves", stage_open_camera, prepare_leave,
      call_leave, come_again, stage_close_camera, { 0, 0 }, FED },
  { NULL, NULL, NULL, NULL, NULL, NULL, { 0, 0 }, 0 },
};
