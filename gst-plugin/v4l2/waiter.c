/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/waiter.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct _GstVirtcamWaiter {
  gint fd;       /* eventfd; readable: nobody shall wait */
  gint epoll_fd; /* of a device's and that; -1: none */
};

/* A process that can open no more files has a waiter that fails to wait. */
GstVirtcamWaiter *
gst_virtcam_waiter_new (void)
{
  GstVirtcamWaiter *self = g_new (GstVirtcamWaiter, 1);

  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->epoll_fd = -1;
  return self;
}

void
gst_virtcam_waiter_free (GstVirtcamWaiter *self)
{
  gst_virtcam_waiter_forget (self);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/* To be called before a node that was waited for is closed: a mapping of its
 * buffers would keep it in epoll. */
void
gst_virtcam_waiter_forget (GstVirtcamWaiter *self)
{
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  self->epoll_fd = -1;
}

static GstVirtcamWait
fail (const gchar *what, gint number, GError **error)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
      "%s: %s", what, g_strerror (number));
  return GST_VIRTCAM_WAIT_FAILED;
}

/* An error of the device counts as a frame. Events come first, so that a steady
 * stream of frames does not keep them waiting. */
static GstVirtcamWait
read_device (gshort events)
{
  if ((events & POLLPRI) && !(events & (POLLERR | POLLHUP)))
    return GST_VIRTCAM_WAIT_EVENT;
  return GST_VIRTCAM_WAIT_FRAME;
}

static gboolean
open_epoll (GstVirtcamWaiter *self, const struct pollfd fds[2])
{
  if (self->epoll_fd >= 0)
    return TRUE;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  for (guint i = 0; i < 2; i++) {
    /* the two calls have the same names for events */
    struct epoll_event event = { .events = fds[i].events, .data.u32 = i };

    if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fds[i].fd, &event) < 0) {
      gst_virtcam_waiter_forget (self);
      return FALSE;
    }
  }
  return TRUE;
}

/* As poll (fds, 2, -1). poll() enters the wait queues of both files, and leaves
 * them, at each frame, which is 4 % of what a frame costs; an epoll stays in
 * them. vb2_fop_poll() returns EPOLLERR without entering the epoll in its queue
 * where a signal interrupts its wait for a lock: after an error the epoll is made
 * anew. */
static gint
wait_by_epoll (GstVirtcamWaiter *self, struct pollfd fds[2])
{
  struct epoll_event events[2];
  gint result = epoll_wait (self->epoll_fd, events, 2, -1);

  for (gint i = 0; i < result; i++) {
    fds[events[i].data.u32].revents = events[i].events;
    if (events[i].events & (EPOLLERR | EPOLLHUP))
      gst_virtcam_waiter_forget (self);
  }
  return result;
}

/* Until node (or NULL) has something, other_fd (or -1) is readable, timeout_ns
 * (or G_MAXUINT64) have passed, or somebody interrupts. */
GstVirtcamWait
gst_virtcam_waiter_wait (GstVirtcamWaiter *self, GstVirtcamNode *node,
    gint other_fd, guint64 timeout_ns, GError **error)
{
  struct pollfd fds[] = {
    { .fd = node ? gst_virtcam_node_get_fd (node) : -1,
        .events = POLLIN | POLLPRI },
    { .fd = self->fd, .events = POLLIN },
    { .fd = other_fd, .events = POLLIN },
  };
  gint timeout_ms = timeout_ns == G_MAXUINT64
                        ? -1
                        : (gint) MIN (timeout_ns / 1000000 + 1, G_MAXINT);
  gboolean steady = node && other_fd < 0 && timeout_ms < 0 &&
                    gst_virtcam_node_is_steady (node);
  gint result;

  if (self->fd < 0)
    return fail ("eventfd", EMFILE, error);
  do
    result = steady && open_epoll (self, fds)
                 ? wait_by_epoll (self, fds)
                 : poll (fds, other_fd >= 0 ? 3 : 2, timeout_ms);
  while (result < 0 && errno == EINTR);

  if (result < 0)
    return fail ("poll", errno, error);
  if (fds[1].revents)
    return GST_VIRTCAM_WAIT_INTERRUPTED;
  if (fds[0].revents)
    return read_device (fds[0].revents);
  return fds[2].revents ? GST_VIRTCAM_WAIT_OTHER : GST_VIRTCAM_WAIT_TIMEOUT;
}

/* The present wait and every later one returns at once, until resume. */
void
gst_virtcam_waiter_interrupt (GstVirtcamWaiter *self)
{
  /* can only fail when the counter is full, and then it is readable too */
  eventfd_write (self->fd, 1);
}

void
gst_virtcam_waiter_resume (GstVirtcamWaiter *self)
{
  eventfd_t count;

  /* fails when nobody interrupted, which is as good */
  eventfd_read (self->fd, &count);
}
