/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exported.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 20

int
export_buffer (Reader *reader, guint index, guint32 access)
{
  struct v4l2_exportbuffer export = {
    .type = reader->format.type,
    .index = index,
    .flags = access | O_CLOEXEC,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_EXPBUF, &export));
  return export.fd;
}

void
exported_init (Exported *exported, Reader *owner, guint32 access)
{
  reader_map (owner, EXPORTED_BUFFERS);
  exported->length = owner->length[0];
  for (guint i = 0; i < EXPORTED_BUFFERS; i++) {
    exported->fds[i] = export_buffer (owner, i, access);
    exported->data[i] = owner->data[i];
  }
}

void
exported_close (Exported *exported)
{
  for (guint i = 0; i < EXPORTED_BUFFERS; i++)
    g_assert_no_errno (close (exported->fds[i]));
}

void
sync_dma_buf (int fd, guint64 direction)
{
  struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | direction };

  g_assert_no_errno (ioctl (fd, DMA_BUF_IOCTL_SYNC, &sync));
}

void
request_imports (Reader *reader, guint count)
{
  struct v4l2_requestbuffers request = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_DMABUF,
    .count = count,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
  /* From 6.8 on, vb2 adds one to what a stream needs to start. */
  g_assert_cmpuint (request.count, >=, count);
}

int
queue_import (Reader *reader, guint index, int fd, guint32 length)
{
  struct v4l2_buffer buffer = {
    .type = reader->format.type,
    .memory = V4L2_MEMORY_DMABUF,
    .index = index,
    .m.fd = fd,
    .length = length,
    .bytesused = reader->format.fmt.pix.sizeimage,
  };

  return ioctl (reader->fd, VIDIOC_QBUF, &buffer);
}

int
import_dequeue (Reader *reader, struct v4l2_buffer *buffer)
{
  *buffer = (struct v4l2_buffer){
    .type = reader->format.type,
    .memory = V4L2_MEMORY_DMABUF,
  };
  return ioctl (reader->fd, VIDIOC_DQBUF, buffer);
}

void
assert_imports (Reader *reader, Exported *exported)
{
  request_imports (reader, EXPORTED_BUFFERS);
  for (guint i = 0; i < EXPORTED_BUFFERS; i++)
    g_assert_no_errno (queue_import (reader, i, exported->fds[i], 0));
  reader_stream_on (reader);
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer;
    int fd;

    g_assert_no_errno (import_dequeue (reader, &buffer));
    fd = exported->fds[buffer.index];
    sync_dma_buf (fd, DMA_BUF_SYNC_START);
    g_assert_cmpuint (buffer.sequence, ==, i);
    g_assert_cmpuint (
        reader_stamp (reader, exported->data[buffer.index]).sequence, ==, i);
    sync_dma_buf (fd, DMA_BUF_SYNC_END);
    g_assert_no_errno (queue_import (reader, buffer.index, fd, 0));
  }
  reader_stream_off (reader);
  request_imports (reader, 0);
}

/* The first capture node of the vivid driver, or NULL. */
static char *
find_vivid (void)
{
  for (guint i = 0; i < 64; i++) {
    g_autofree char *node = g_strdup_printf ("/dev/video%u", i);
    struct v4l2_capability cap = { 0 };
    int fd = open (node, O_RDWR | O_CLOEXEC);
    gboolean found = fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &cap) == 0 &&
                     g_str_equal ((char *) cap.driver, "vivid") &&
                     cap.device_caps & V4L2_CAP_VIDEO_CAPTURE;

    if (fd >= 0)
      close (fd);
    if (found)
      return g_steal_pointer (&node);
  }
  return NULL;
}

Reader *
open_vivid (void)
{
  g_autofree char *node = find_vivid ();

  if (!node && g_spawn_command_line_sync (
                   "modprobe vivid n_devs=1", NULL, NULL, NULL, NULL))
    node = find_vivid ();
  return node ? reader_open (node) : NULL;
}
