/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers, streaming, events, and waiting for any of them. */

#define _GNU_SOURCE /* ppoll */

#include "virtcam-node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

/* longer than the interval of most cameras */
#define LONG_WAIT_MS 1000

/* memory: V4L2_MEMORY_MMAP for the driver's own, V4L2_MEMORY_DMABUF for slots
 * that take others'. count: the wish, then what there is. 0 frees the buffers;
 * those that are still mapped or exported live on without the node. */
gboolean
virtcam_node_request_buffers (
    VirtcamNode *self, guint32 memory, guint *count, GError **error)
{
  struct v4l2_requestbuffers request = {
    .count = *count, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = memory
  };

  if (virtcam_node_ioctl (self, VIDIOC_REQBUFS, &request) < 0)
    return virtcam_node_fail_streaming (self, "REQBUFS", error);
  virtcam_node_forget_waiting (self);
  self->memory = memory;
  self->steady_queues = self->direct && request.capabilities != 0;
  self->has_orphans =
      (request.capabilities & V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS) != 0;
  *count = request.count;
  return TRUE;
}

/* Whether there can be more buffers while streaming. Asked for none, a driver
 * that knows CREATE_BUFS makes none. */
gboolean
virtcam_node_can_create_buffers (VirtcamNode *self)
{
  struct v4l2_create_buffers create = { .memory = V4L2_MEMORY_MMAP,
    .format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  return !self->convert &&
         virtcam_node_ioctl (self, VIDIOC_CREATE_BUFS, &create) == 0;
}

/* Whether present buffers can be freed while some are mapped or exported. */
gboolean
virtcam_node_has_orphans (const VirtcamNode *self)
{
  return self->has_orphans;
}

/* More buffers of the present format, while streaming. count: the wish, then
 * how many were made, which may be more. The first must come to be at index: the
 * buffers are one array. */
gboolean
virtcam_node_create_buffers (
    VirtcamNode *self, guint index, guint *count, GError **error)
{
  struct v4l2_create_buffers create = { .count = *count,
    .memory = V4L2_MEMORY_MMAP,
    .format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  if (self->convert) {
    g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED,
        "libv4l2 does not convert into more buffers");
    return FALSE;
  }
  if (!virtcam_node_get_format (self, &create.format.fmt.pix, error))
    return FALSE;
  if (virtcam_node_ioctl (self, VIDIOC_CREATE_BUFS, &create) < 0)
    return virtcam_node_fail_streaming (self, "CREATE_BUFS", error);
  if (create.count > 0 && create.index == index) {
    *count = create.count;
    return TRUE;
  }
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "CREATE_BUFS of %s made %u buffers at %u, not %u at %u", self->path,
      create.count, create.index, *count, index);
  return FALSE;
}

static gboolean
query_buffer (
    VirtcamNode *self, guint index, struct v4l2_buffer *buffer, GError **error)
{
  memset (buffer, 0, sizeof *buffer);
  buffer->index = index;
  buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  buffer->memory = V4L2_MEMORY_MMAP;
  if (virtcam_node_ioctl (self, VIDIOC_QUERYBUF, buffer) < 0)
    return virtcam_node_fail_streaming (self, "QUERYBUF", error);
  return TRUE;
}

/* The mapping is the caller's, to be undone with virtcam_node_unmap(), also
 * after close unless the node converts. */
gpointer
virtcam_node_map_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error)
{
  struct v4l2_buffer buffer;
  gpointer data;

  if (!query_buffer (self, index, &buffer, error))
    return NULL;
  data = v4l2_mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
      self->fd, buffer.m.offset);
  if (data == MAP_FAILED) {
    virtcam_node_fail_streaming (self, "mmap", error);
    return NULL;
  }
  *length = buffer.length;
  return data;
}

void
virtcam_node_unmap (gpointer data, gsize length)
{
  v4l2_munmap (data, length);
}

/* A dma-buf fd of the caller's, or -1. */
gint
virtcam_node_export_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error)
{
  struct v4l2_exportbuffer export = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .index = index,
    .flags = O_RDWR | O_CLOEXEC };
  struct v4l2_buffer buffer;

  if (!query_buffer (self, index, &buffer, error))
    return -1;
  if (virtcam_node_ioctl (self, VIDIOC_EXPBUF, &export) < 0) {
    virtcam_node_fail_streaming (self, "EXPBUF", error);
    return -1;
  }
  *length = buffer.length;
  return export.fd;
}

gboolean
virtcam_node_queue (VirtcamNode *self, guint index, GError **error)
{
  struct v4l2_buffer buffer = { .index = index,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };

  if (virtcam_node_ioctl_frame (self, VIDIOC_QBUF, &buffer) < 0)
    return virtcam_node_fail_streaming (self, "QBUF", error);
  return TRUE;
}

/* The driver holds the dma-buf until the frame is dequeued; fd stays the
 * caller's. */
gboolean
virtcam_node_queue_dmabuf (
    VirtcamNode *self, guint index, gint fd, gsize length, GError **error)
{
  struct v4l2_buffer buffer = { .index = index,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = fd,
    .length = length };

  if (virtcam_node_ioctl_frame (self, VIDIOC_QBUF, &buffer) < 0)
    return virtcam_node_fail_streaming (self, "QBUF", error);
  return TRUE;
}

/* FALSE without an error: nothing is there yet after all. */
gboolean
virtcam_node_dequeue (VirtcamNode *self, VirtcamFrame *frame, GError **error)
{
  struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = self->memory };
  guint32 clock;

  if (virtcam_node_ioctl_frame (self, VIDIOC_DQBUF, &buffer) < 0)
    return errno == EAGAIN ? FALSE
                           : virtcam_node_fail_streaming (self, "DQBUF", error);

  clock = buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
  frame->index = buffer.index;
  frame->bytesused = buffer.bytesused;
  frame->sequence = buffer.sequence;
  frame->field = buffer.field;
  frame->monotonic = clock == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  frame->time_ns =
      (guint64) buffer.timestamp.tv_sec * G_GUINT64_CONSTANT (1000000000) +
      (guint64) buffer.timestamp.tv_usec * 1000;
  frame->damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
  return TRUE;
}

gboolean
virtcam_node_stream_on (VirtcamNode *self, GError **error)
{
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  if (virtcam_node_ioctl (self, VIDIOC_STREAMON, &type) < 0)
    return virtcam_node_fail_streaming (self, "STREAMON", error);
  return TRUE;
}

/* Fails only if the device is gone, which is as good. */
void
virtcam_node_stream_off (VirtcamNode *self)
{
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  virtcam_node_ioctl (self, VIDIOC_STREAMOFF, &type);
}

/* Events */

/* FALSE: the driver has no such events. id: of a control; else 0. */
gboolean
virtcam_node_subscribe (VirtcamNode *self, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = { .type = type, .id = id };

  return virtcam_node_ioctl (self, VIDIOC_SUBSCRIBE_EVENT, &subscription) == 0;
}

/* FALSE: there is none (any more). */
gboolean
virtcam_node_dequeue_event (VirtcamNode *self, struct v4l2_event *event)
{
  return virtcam_node_ioctl (self, VIDIOC_DQEVENT, event) == 0;
}

/* Waiting */

static gboolean
add_to_epoll (VirtcamNode *self, gint fd, guint32 events)
{
  struct epoll_event event = { .events = events, .data.fd = fd };

  return epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static gboolean
ensure_epoll (VirtcamNode *self)
{
  if (self->epoll_fd >= 0)
    return TRUE;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    return FALSE;
  if (add_to_epoll (self, self->fd, EPOLLIN | EPOLLPRI) &&
      add_to_epoll (self, self->wake_fd, EPOLLIN))
    return TRUE;
  virtcam_node_forget_waiting (self);
  return FALSE;
}

/* Leaves the queues of who waits. Not beside a wait. */
void
virtcam_node_forget_waiting (VirtcamNode *self)
{
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  self->epoll_fd = -1;
  self->epoll_wakes = FALSE;
}

/* A driver that did not enter epoll in its queue, as videobuf2 does not when a
 * signal interrupts it, never wakes it: after a long wait that is found out.
 * Each wait that ends in time costs a timer, until one has shown that epoll is
 * woken: there was nothing, and then there was. */
static gint
try_epoll (
    VirtcamNode *self, struct pollfd fds[2], struct epoll_event events[2])
{
  gint result = epoll_wait (self->epoll_fd, events, 2, 0);

  if (result != 0)
    return result;
  do
    result = epoll_wait (self->epoll_fd, events, 2, LONG_WAIT_MS);
  while (result == 0 && poll (fds, 2, 0) == 0);
  if (result == 0)
    self->steady_queues = FALSE;
  /* it may still have lost those who wait for frames alone */
  for (gint i = 0; i < result; i++)
    self->epoll_wakes |=
        events[i].data.fd == self->fd && (events[i].events & EPOLLIN);
  return result;
}

/* What there is of fds, as from poll(). */
static gint
wait_by_epoll (VirtcamNode *self, struct pollfd fds[2])
{
  struct epoll_event events[2];
  gint result = self->epoll_wakes ? epoll_wait (self->epoll_fd, events, 2, -1)
                                  : try_epoll (self, fds, events);

  for (gint i = 0; i < result; i++)
    fds[events[i].data.fd == fds[1].fd].revents = events[i].events;
  return result;
}

/* epoll stays in the queues of who waits for a frame, where poll() enters and
 * leaves them at each call. It has to be made, which the first frame does not
 * wait for. The device must have the same queues for every frame, then.
 * videobuf2, which says what its buffers can do (REQBUFS), has; its forerunner
 * had one for each buffer.
 *
 * An error of the device counts as a frame: DQBUF will say what it is. Events
 * come first, so that a steady stream of frames does not keep them waiting. */
VirtcamWait
virtcam_node_wait (VirtcamNode *self, GError **error)
{
  struct pollfd fds[] = {
    { .fd = self->fd, .events = POLLIN | POLLPRI },
    { .fd = self->wake_fd, .events = POLLIN },
  };
  gboolean by_epoll =
      self->steady_queues && self->has_waited && ensure_epoll (self);
  gint result;

  self->has_waited = TRUE;
  do
    result = by_epoll ? wait_by_epoll (self, fds)
                      : poll (fds, G_N_ELEMENTS (fds), -1);
  while (result < 0 && errno == EINTR);

  if (result < 0) {
    virtcam_node_fail (self, errno, "poll", error);
    return VIRTCAM_WAIT_FAILED;
  }
  if (fds[1].revents)
    return VIRTCAM_WAIT_INTERRUPTED;
  if ((fds[0].revents & POLLPRI) && !(fds[0].revents & (POLLERR | POLLHUP)))
    return VIRTCAM_WAIT_EVENT;
  return VIRTCAM_WAIT_FRAME;
}

/* Waits without the device: until fd (or none: -1) is readable (FRAME), or for
 * that long. */
VirtcamWait
virtcam_node_wait_without (VirtcamNode *self, gint fd, guint64 timeout_ns)
{
  struct pollfd fds[] = {
    { .fd = fd, .events = POLLIN },
    { .fd = self->wake_fd, .events = POLLIN },
  };
  const struct timespec timeout = { .tv_sec = timeout_ns /
                                              G_GUINT64_CONSTANT (1000000000),
    .tv_nsec = timeout_ns % G_GUINT64_CONSTANT (1000000000) };

  /* a signal is a wait that was short */
  if (ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL) <= 0)
    return VIRTCAM_WAIT_TIMEOUT;
  return fds[1].revents ? VIRTCAM_WAIT_INTERRUPTED : VIRTCAM_WAIT_FRAME;
}

/* The present wait and every later one returns at once, until resume. */
void
virtcam_node_interrupt (VirtcamNode *self)
{
  guint64 one = 1;

  /* can only fail when the counter is full, and then it is readable too */
  if (write (self->wake_fd, &one, sizeof one) < 0)
    return;
}

void
virtcam_node_resume (VirtcamNode *self)
{
  guint64 count;

  /* fails when nobody interrupted, which is as good */
  if (read (self->wake_fd, &count, sizeof count) < 0)
    return;
}
