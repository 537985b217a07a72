/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver's buffers, and streaming. */

#include "v4l2/node.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <string.h>
#include <sys/mman.h>

/* struct v4l2_remove_buffers and VIDIOC_REMOVE_BUFS of Linux 6.10. */
typedef struct {
  guint32 index, count, type, reserved[13];
} RemoveBuffers;

#define REMOVE_BUFS _IOWR ('V', 104, RemoveBuffers)

/* memory: V4L2_MEMORY_MMAP for the driver's own, V4L2_MEMORY_DMABUF for slots
 * that take others'. count: the wish, then what there is. 0 frees the buffers;
 * those that are still mapped or exported live on without the node. */
gboolean
gst_virtcam_node_request_buffers (
    GstVirtcamNode *self, guint32 memory, guint *count, GError **error)
{
  struct v4l2_requestbuffers request = {
    .count = *count, .type = gst_virtcam_node_get_type (self), .memory = memory
  };

  if (gst_virtcam_node_ioctl (self, VIDIOC_REQBUFS, &request) < 0)
    return gst_virtcam_node_fail (self, "REQBUFS", error);
  gst_virtcam_node_note_buffers (self, request.capabilities);
  *count = MIN (request.count, VIDEO_MAX_FRAME);
  return TRUE;
}

/* More buffers of the present format, while streaming. count: the wish, then
 * how many were made, which may be more. The first must come to be at index: the
 * buffers are one array. */
gboolean
gst_virtcam_node_create_buffers (
    GstVirtcamNode *self, guint index, guint *count, GError **error)
{
  struct v4l2_create_buffers create = { .count = *count,
    .memory = V4L2_MEMORY_MMAP };

  if (gst_virtcam_node_is_converting (self)) {
    g_set_error (error, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_UNSUPPORTED,
        "libv4l2 does not convert into more buffers");
    return FALSE;
  }
  if (!gst_virtcam_node_ask_format (self, &create.format, error))
    return FALSE;
  if (gst_virtcam_node_ioctl (self, VIDIOC_CREATE_BUFS, &create) < 0)
    return gst_virtcam_node_fail (self, "CREATE_BUFS", error);
  if (create.count > 0 && create.index == index) {
    *count = create.count;
    return TRUE;
  }
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "CREATE_BUFS of %s made %u buffers at %u, not %u at %u",
      gst_virtcam_node_get_path (self), create.count, create.index, *count,
      index);
  return FALSE;
}

/* From index on; the driver must have none of them. FALSE: it cannot free some
 * alone (before Linux 6.10). */
gboolean
gst_virtcam_node_remove_buffers (GstVirtcamNode *self, guint index, guint count)
{
  RemoveBuffers remove = {
    .index = index, .count = count, .type = gst_virtcam_node_get_type (self)
  };

  return gst_virtcam_node_ioctl (self, REMOVE_BUFS, &remove) == 0;
}

/* A buffer as the ioctls have it. In the multi-planar API its pieces of memory,
 * of which there may be fewer, are in a list. */
typedef struct {
  struct v4l2_buffer buffer;
  struct v4l2_plane planes[GST_VIDEO_MAX_PLANES];
} Buffer;

static gboolean
has_planes (const Buffer *self)
{
  return V4L2_TYPE_IS_MULTIPLANAR (self->buffer.type);
}

static void
init_buffer (Buffer *self, GstVirtcamNode *node, guint32 memory, guint index)
{
  self->buffer = (struct v4l2_buffer){
    .index = index, .type = gst_virtcam_node_get_type (node), .memory = memory
  };
  if (!has_planes (self))
    return;
  memset (self->planes, 0, sizeof self->planes);
  self->buffer.m.planes = self->planes;
  self->buffer.length = G_N_ELEMENTS (self->planes);
}

static gsize
length_of (const Buffer *self, guint plane)
{
  return has_planes (self) ? self->planes[plane].length : self->buffer.length;
}

static gboolean
query_buffer (GstVirtcamNode *self, guint index, Buffer *buffer, GError **error)
{
  init_buffer (buffer, self, V4L2_MEMORY_MMAP, index);
  if (gst_virtcam_node_ioctl (self, VIDIOC_QUERYBUF, &buffer->buffer) < 0)
    return gst_virtcam_node_fail (self, "QUERYBUF", error);
  return TRUE;
}

/* plane: which piece of its memory, below GST_VIDEO_MAX_PLANES. The mapping is
 * the caller's, to be undone with gst_virtcam_node_unmap(), also after close
 * unless the node converts. */
gpointer
gst_virtcam_node_map_buffer (GstVirtcamNode *self, guint index, guint plane,
    gsize *length, GError **error)
{
  Buffer buffer;
  gpointer data;

  if (!query_buffer (self, index, &buffer, error))
    return NULL;
  data = v4l2_mmap (NULL, length_of (&buffer, plane), PROT_READ | PROT_WRITE,
      MAP_SHARED, gst_virtcam_node_get_fd (self),
      has_planes (&buffer) ? buffer.planes[plane].m.mem_offset
                           : buffer.buffer.m.offset);
  if (data == MAP_FAILED) {
    gst_virtcam_node_fail (self, "mmap", error);
    return NULL;
  }
  *length = length_of (&buffer, plane);
  return data;
}

void
gst_virtcam_node_unmap (gpointer data, gsize length)
{
  v4l2_munmap (data, length);
}

/* The same as a dma-buf fd of the caller's, or -1. */
gint
gst_virtcam_node_export_buffer (GstVirtcamNode *self, guint index, guint plane,
    gsize *length, GError **error)
{
  struct v4l2_exportbuffer export = { .type = gst_virtcam_node_get_type (self),
    .index = index,
    .plane = plane,
    .flags = O_RDWR | O_CLOEXEC };
  Buffer buffer;

  if (!query_buffer (self, index, &buffer, error))
    return -1;
  if (gst_virtcam_node_ioctl (self, VIDIOC_EXPBUF, &export) < 0) {
    gst_virtcam_node_fail (self, "EXPBUF", error);
    return -1;
  }
  *length = length_of (&buffer, plane);
  return export.fd;
}

gboolean
gst_virtcam_node_queue (GstVirtcamNode *self, guint index, GError **error)
{
  Buffer buffer;

  init_buffer (&buffer, self, V4L2_MEMORY_MMAP, index);
  if (gst_virtcam_node_ioctl_frame (self, VIDIOC_QBUF, &buffer.buffer) < 0)
    return gst_virtcam_node_fail (self, "QBUF", error);
  return TRUE;
}

/* The driver holds the dma-buf until the frame is dequeued; fd stays the
 * caller's. */
gboolean
gst_virtcam_node_queue_dmabuf (
    GstVirtcamNode *self, guint index, gint fd, gsize length, GError **error)
{
  Buffer buffer;

  init_buffer (&buffer, self, V4L2_MEMORY_DMABUF, index);
  if (has_planes (&buffer)) {
    buffer.planes[0].m.fd = fd;
    buffer.planes[0].length = length;
  } else {
    buffer.buffer.m.fd = fd;
    buffer.buffer.length = length;
  }
  if (gst_virtcam_node_ioctl_frame (self, VIDIOC_QBUF, &buffer.buffer) < 0)
    return gst_virtcam_node_fail (self, "QBUF", error);
  return TRUE;
}

static void
set_plane (struct v4l2_plane *plane, const GstVirtcamGift *gift)
{
  plane->bytesused = gift->bytesused;
  if (gift->fd < 0)
    return;
  plane->m.fd = gift->fd;
  plane->length = gift->length;
}

/* Hands a frame in one piece of memory to an output node. The driver has the
 * buffer, or the dma-buf, until it is dequeued; fd stays the caller's. */
gboolean
gst_virtcam_node_queue_gift (
    GstVirtcamNode *self, const GstVirtcamGift *gift, GError **error)
{
  const guint64 second = G_GUINT64_CONSTANT (1000000000);
  Buffer buffer;

  init_buffer (&buffer, self,
      gift->fd < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF, gift->index);
  buffer.buffer.field = V4L2_FIELD_NONE;
  buffer.buffer.timestamp.tv_sec = gift->time_ns / second;
  buffer.buffer.timestamp.tv_usec = gift->time_ns % second / 1000;
  if (has_planes (&buffer)) {
    set_plane (&buffer.planes[0], gift);
    buffer.buffer.length = 1;
  } else {
    buffer.buffer.bytesused = gift->bytesused;
    buffer.buffer.length = gift->length;
    if (gift->fd >= 0)
      buffer.buffer.m.fd = gift->fd;
  }
  if (gst_virtcam_node_ioctl_frame (self, VIDIOC_QBUF, &buffer.buffer) < 0)
    return gst_virtcam_node_fail (self, "QBUF", error);
  return TRUE;
}

static void
read_planes (const Buffer *buffer, GstVirtcamFrame *frame)
{
  frame->bytesused[0] = buffer->buffer.bytesused;
  frame->data_offset[0] = 0;
  if (!has_planes (buffer))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (buffer->planes); i++) {
    frame->bytesused[i] = buffer->planes[i].bytesused;
    frame->data_offset[i] = buffer->planes[i].data_offset;
  }
}

/* memory: that of the present buffers. FALSE without an error: nothing is there
 * yet after all. */
gboolean
gst_virtcam_node_dequeue (GstVirtcamNode *self, guint32 memory,
    GstVirtcamFrame *frame, GError **error)
{
  const struct v4l2_buffer *b;
  Buffer buffer;

  init_buffer (&buffer, self, memory, 0);
  if (gst_virtcam_node_ioctl_frame (self, VIDIOC_DQBUF, &buffer.buffer) < 0)
    return errno == EAGAIN ? FALSE
                           : gst_virtcam_node_fail (self, "DQBUF", error);

  b = &buffer.buffer;
  frame->index = b->index;
  frame->sequence = b->sequence;
  frame->field = b->field;
  frame->monotonic = (b->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) ==
                     V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  frame->time_ns =
      (guint64) b->timestamp.tv_sec * G_GUINT64_CONSTANT (1000000000) +
      (guint64) b->timestamp.tv_usec * 1000;
  frame->damaged = (b->flags & V4L2_BUF_FLAG_ERROR) != 0;
  frame->delta =
      (b->flags & (V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME)) != 0;
  read_planes (&buffer, frame);
  return TRUE;
}

gboolean
gst_virtcam_node_stream_on (GstVirtcamNode *self, GError **error)
{
  gint type = gst_virtcam_node_get_type (self);

  if (gst_virtcam_node_ioctl (self, VIDIOC_STREAMON, &type) < 0)
    return gst_virtcam_node_fail (self, "STREAMON", error);
  return TRUE;
}

/* Fails only if the device is gone, which is as good. */
void
gst_virtcam_node_stream_off (GstVirtcamNode *self)
{
  gint type = gst_virtcam_node_get_type (self);

  gst_virtcam_node_ioctl (self, VIDIOC_STREAMOFF, &type);
}
