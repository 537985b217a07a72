/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Only so that a stream that has died fails the test instead of the guest. */
#define STALL_MS (60 * 1000)

Reader *
reader_open (const char *node)
{
  Reader *reader = g_new0 (Reader, 1);
  struct v4l2_streamparm parm = { 0 };
  struct v4l2_capability cap;

  reader->fd = g_open (node, O_RDWR | O_CLOEXEC, 0);
  if (reader->fd < 0)
    g_error ("open %s: %s", node, g_strerror (errno));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, &cap));
  reader->format.type = cap.device_caps & V4L2_CAP_VIDEO_OUTPUT
                            ? V4L2_BUF_TYPE_VIDEO_OUTPUT
                            : V4L2_BUF_TYPE_VIDEO_CAPTURE;
  parm.type = reader->format.type;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &reader->format));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_PARM, &parm));
  reader->interval = parm.parm.capture.timeperframe;
  return reader;
}

static void
drop_mappings (Reader *reader)
{
  for (guint i = 0; i < READER_MAX_BUFFERS; i++) {
    if (reader->data[i])
      g_assert_no_errno (munmap (reader->data[i], reader->length[i]));
    reader->data[i] = NULL;
  }
  reader->count = 0;
}

void
reader_close (Reader *reader)
{
  if (!reader)
    return;
  drop_mappings (reader);
  if (reader->fd >= 0)
    g_assert_no_errno (close (reader->fd));
  g_free (reader);
}

static void
set_format (Reader *reader, guint32 fourcc, guint width, guint height,
    guint bytesperline)
{
  struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  reader->format = (struct v4l2_format){
    .type = reader->format.type,
    .fmt.pix = { .pixelformat = fourcc,
        .width = width,
        .height = height,
        .bytesperline = bytesperline },
  };
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_FMT, &reader->format));
  g_assert_cmphex (pix->pixelformat, ==, fourcc);
  g_assert_cmpuint (pix->width, ==, width);
  g_assert_cmpuint (pix->height, ==, height);
  g_assert_cmpuint (pix->bytesperline, >=, bytesperline);
}

/* A stride is heeded only where it is wished for the mode in force: else it may
 * be what a program was told of the mode before. */
void
reader_set_format (Reader *reader, guint32 fourcc, guint width, guint height,
    guint bytesperline)
{
  set_format (reader, fourcc, width, height, 0);
  if (bytesperline)
    set_format (reader, fourcc, width, height, bytesperline);
}

void
reader_set_interval (Reader *reader, guint numerator, guint denominator)
{
  struct v4l2_streamparm parm = {
    .type = reader->format.type,
    .parm.capture.timeperframe = { numerator, denominator },
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_PARM, &parm));
  reader->interval = parm.parm.capture.timeperframe;
  g_assert_cmpuint (reader->interval.numerator, ==, numerator);
  g_assert_cmpuint (reader->interval.denominator, ==, denominator);
}

void
reader_map_one (Reader *reader, guint index)
{
  struct v4l2_buffer buffer = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
  };
  void *data;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYBUF, &buffer));
  data = mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
      reader->fd, buffer.m.offset);
  g_assert_true (data != MAP_FAILED);
  reader->data[index] = data;
  reader->length[index] = buffer.length;
  reader->count = MAX (reader->count, index + 1);
}

void
reader_map (Reader *reader, guint count)
{
  struct v4l2_requestbuffers request = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .count = count,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
  /* From 6.8 on, vb2 adds one to what a stream needs to start. */
  g_assert_cmpuint (request.count, >=, count);
  for (guint i = 0; i < count; i++)
    reader_map_one (reader, i);
}

guint
reader_create (Reader *reader, guint count)
{
  struct v4l2_create_buffers create = {
    .count = count,
    .memory = V4L2_MEMORY_MMAP,
    .format = reader->format,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create));
  g_assert_cmpuint (create.count, ==, count);
  return create.index;
}

int
reader_remove (Reader *reader, guint32 index, guint32 count)
{
  ReaderRemoval removal = {
    .index = index,
    .count = count,
    .type = reader->format.type,
  };

  return ioctl (reader->fd, READER_REMOVE_BUFS, &removal);
}

gboolean
reader_can_remove (Reader *reader)
{
  return reader_remove (reader, 0, 0) == 0 || errno != ENOTTY;
}

void
reader_unmap (Reader *reader)
{
  struct v4l2_requestbuffers request = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };

  drop_mappings (reader);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
}

void
reader_queue (Reader *reader, guint index)
{
  struct v4l2_buffer buffer = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
    .bytesused = reader->format.fmt.pix.sizeimage,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QBUF, &buffer));
}

void
reader_stream_on (Reader *reader)
{
  int type = (int) reader->format.type;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_STREAMON, &type));
}

void
reader_stream_off (Reader *reader)
{
  int type = (int) reader->format.type;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_STREAMOFF, &type));
}

void
reader_start (Reader *reader, guint count)
{
  reader_map (reader, count);
  for (guint i = 0; i < count; i++)
    reader_queue (reader, i);
  reader_stream_on (reader);
}

void
reader_dequeue (Reader *reader, struct v4l2_buffer *buffer)
{
  struct pollfd wait = { .fd = reader->fd, .events = POLLIN };

  g_assert_cmpint (poll (&wait, 1, STALL_MS), ==, 1);
  g_assert_cmphex (wait.revents & (POLLIN | POLLERR | POLLHUP), ==, POLLIN);
  *buffer = (struct v4l2_buffer){
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQBUF, buffer));
}

guint64
reader_now (void)
{
  struct timespec now;

  g_assert_no_errno (clock_gettime (CLOCK_MONOTONIC, &now));
  return (guint64) now.tv_sec * G_GUINT64_CONSTANT (1000000000) +
         (guint64) now.tv_nsec;
}

void
reader_dequeue_after (Reader *reader, struct v4l2_buffer *buffer)
{
  const guint64 now = reader_now ();

  reader_dequeue (reader, buffer);
  while (reader_timestamp (buffer) <= now) {
    reader_queue (reader, buffer->index);
    reader_dequeue (reader, buffer);
  }
}

guint64
reader_timestamp (const struct v4l2_buffer *buffer)
{
  return (guint64) buffer->timestamp.tv_sec * G_GUINT64_CONSTANT (1000000000) +
         (guint64) buffer->timestamp.tv_usec * 1000;
}

guint64
reader_frames_to_ns (Reader *reader, guint64 frames)
{
  return frames * reader->interval.numerator * G_GUINT64_CONSTANT (1000000000) /
         reader->interval.denominator;
}

VirtcamStamp
reader_stamp (Reader *reader, const guint8 *data)
{
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;
  VirtcamStamp stamp;
  size_t pixel_bytes, luma_offset;

  g_assert_no_errno (
      virtcam_stamp_layout (pix->pixelformat, &pixel_bytes, &luma_offset));
  g_assert_no_errno (virtcam_stamp_decode (data, pix->bytesperline, pixel_bytes,
      luma_offset, pix->width, pix->height, &stamp));
  return stamp;
}

gint64
reader_get_control (Reader *reader, guint32 id)
{
  struct v4l2_ext_control control = { .id = id };
  struct v4l2_ext_controls controls = { .count = 1, .controls = &control };
  struct v4l2_query_ext_ctrl query = { .id = id };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERY_EXT_CTRL, &query));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_EXT_CTRLS, &controls));
  return query.type == V4L2_CTRL_TYPE_INTEGER64 ? control.value64
                                                : control.value;
}

void
reader_set_control (Reader *reader, guint32 id, gint32 value)
{
  struct v4l2_control control = { .id = id, .value = value };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_CTRL, &control));
}
