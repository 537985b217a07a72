/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "feeder.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

int
feeder_ask_format (Reader *feeder, guint32 fourcc, guint width, guint height,
    guint bytesperline, guint sizeimage)
{
  struct v4l2_format format = {
    .type = feeder->format.type,
    .fmt.pix = { .pixelformat = fourcc,
        .width = width,
        .height = height,
        .bytesperline = bytesperline,
        .sizeimage = sizeimage },
  };
  int result = ioctl (feeder->fd, VIDIOC_S_FMT, &format);

  if (result == 0)
    feeder->format = format;
  return result;
}

static guint8
pattern_at (gsize offset, guint number)
{
  return (guint8) (number * 37 + offset * 7 + (offset >> 8) * 3 + 1);
}

void
feeder_fill (guint8 *frame, gsize size, guint number)
{
  for (gsize i = 0; i < size; i++)
    frame[i] = pattern_at (i, number);
}

void
feeder_assert_filled (const guint8 *frame, gsize size, guint number)
{
  for (gsize i = 0; i < size; i++)
    if (frame[i] != pattern_at (i, number))
      g_error ("frame %u: byte %zu of %zu is 0x%02x, not 0x%02x", number, i,
          size, frame[i], pattern_at (i, number));
}

guint8 *
feeder_make_frame (Reader *feeder, guint number)
{
  const gsize size = feeder->format.fmt.pix.sizeimage;
  guint8 *frame = g_malloc (size);

  feeder_fill (frame, size, number);
  return frame;
}

void
feeder_write (Reader *feeder, guint number)
{
  const gsize size = feeder->format.fmt.pix.sizeimage;
  g_autofree guint8 *frame = feeder_make_frame (feeder, number);

  g_assert_cmpint (write (feeder->fd, frame, size), ==, (gssize) size);
}

int
feeder_queue (Reader *feeder, guint index, guint bytesused, guint64 timestamp)
{
  struct v4l2_buffer buffer = {
    .type = feeder->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
    .bytesused = bytesused,
    .timestamp = { (gint64) (timestamp / 1000000000),
        (gint64) (timestamp % 1000000000 / 1000) },
  };

  return ioctl (feeder->fd, VIDIOC_QBUF, &buffer);
}

void
feeder_send (Reader *feeder, guint index, guint number)
{
  const guint size = feeder->format.fmt.pix.sizeimage;

  feeder_fill (feeder->data[index], size, number);
  g_assert_no_errno (feeder_queue (feeder, index, size, 0));
}

static gboolean
is_ready (Reader *node, short events)
{
  struct pollfd wait = { .fd = node->fd, .events = events };

  return poll (&wait, 1, 0) == 1 && wait.revents & events;
}

guint
feeder_take_back (Reader *feeder)
{
  struct v4l2_buffer buffer = {
    .type = feeder->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };

  g_assert_true (is_ready (feeder, POLLOUT));
  g_assert_no_errno (ioctl (feeder->fd, VIDIOC_DQBUF, &buffer));
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  return buffer.index;
}

guint
feeder_assert_next (Reader *reader, guint number)
{
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  g_assert_cmpuint (buffer.field, ==, V4L2_FIELD_NONE);
  g_assert_cmpuint (buffer.bytesused, ==, reader->format.fmt.pix.sizeimage);
  feeder_assert_filled (reader->data[buffer.index], buffer.bytesused, number);
  reader_queue (reader, buffer.index);
  return buffer.sequence;
}

gboolean
feeder_has_frame (Reader *reader)
{
  return is_ready (reader, POLLIN);
}

void
feeder_subscribe (Reader *node, guint32 type, guint32 id, guint32 flags)
{
  struct v4l2_event_subscription subscription = {
    .type = type,
    .id = id,
    .flags = flags,
  };

  g_assert_no_errno (ioctl (node->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
}

gboolean
feeder_next_event (Reader *node, struct v4l2_event *event)
{
  if (!is_ready (node, POLLPRI))
    return FALSE;
  g_assert_no_errno (ioctl (node->fd, VIDIOC_DQEVENT, event));
  return TRUE;
}

void
feeder_pair_open (FeederPair *pair, TestCamera *feed)
{
  pair->feeder = reader_open (feed->output);
  reader_set_format (
      pair->feeder, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
  pair->reader = reader_open (feed->node);
}

void
feeder_pair_start (FeederPair *pair, TestCamera *feed, guint buffers)
{
  feeder_pair_open (pair, feed);
  reader_map (pair->feeder, buffers);
  reader_stream_on (pair->feeder);
  reader_start (pair->reader, buffers);
}

void
feeder_pair_close (FeederPair *pair)
{
  reader_close (pair->feeder);
  reader_close (pair->reader);
}
