/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "foreign.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

struct Foreign foreign;
struct ForeignCounts foreign_counts;

static gboolean streams;

static void
before (unsigned long request, gpointer argument)
{
  if (request == VIDIOC_S_FMT && foreign.insists_on_bytesperline)
    ((struct v4l2_format *) argument)->fmt.pix.bytesperline =
        foreign.insists_on_bytesperline;
  if (request == VIDIOC_S_FMT && foreign.forgets_size &&
      foreign_counts.set_format > 0)
    ((struct v4l2_format *) argument)->fmt.pix.width = 320;
  if (request == VIDIOC_CREATE_BUFS &&
      ((struct v4l2_create_buffers *) argument)->count > 0)
    ((struct v4l2_create_buffers *) argument)->count += foreign.makes_more_by;
  foreign_counts.set_format += request == VIDIOC_S_FMT;
  foreign_counts.started += request == VIDIOC_STREAMON;
}

static void
after (unsigned long request, gpointer argument)
{
  struct v4l2_buffer *buffer = argument;

  if (request == VIDIOC_DQBUF)
    buffer->bytesused -= MIN (foreign.leaves_out, buffer->bytesused);
  if (request == VIDIOC_ENUM_FRAMESIZES && foreign.offers_odd_widths)
    ((struct v4l2_frmsizeenum *) argument)->stepwise.step_width = 1;
  if (request == VIDIOC_REQBUFS && foreign.hides_capabilities)
    ((struct v4l2_requestbuffers *) argument)->capabilities = 0;
  if (request == VIDIOC_QUERYBUF) {
    buffer->length -= foreign.short_by;
    foreign_counts.looked_up++;
  }
  if (request == VIDIOC_STREAMON || request == VIDIOC_STREAMOFF)
    streams = request == VIDIOC_STREAMON;
}

static gint
refusal_of (gulong request, gpointer argument)
{
  if (request == foreign.refuses)
    return foreign.refusal;
  if ((request == VIDIOC_S_PARM || request == VIDIOC_G_PARM) &&
      foreign.has_no_rate)
    return ENOTTY;
  if (request == VIDIOC_CREATE_BUFS && foreign.makes_no_more &&
      ((struct v4l2_create_buffers *) argument)->count > 0)
    return foreign.makes_no_more;
  return 0;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result, refusal = refusal_of (request, argument);

  if (refusal) {
    foreign_counts.refused++;
    errno = refusal;
    return -1;
  }
  if (request == VIDIOC_S_PARM && foreign.keeps_its_rate && streams)
    request = VIDIOC_G_PARM;
  before (request, argument);
  result = driver_ask (fd, request, argument);
  if (result == 0)
    after (request, argument);
  return result;
}

/* Its writing end has an error. */
static int
open_broken_pipe (void)
{
  int ends[2];

  fail_unless_equals_int (pipe (ends), 0);
  close (ends[0]);
  return ends[1];
}

/* As driver_answer(): found before libc's. */
int
epoll_ctl (int epoll_fd, int operation, int fd, struct epoll_event *event)
{
  if (foreign.keeps_out_of_epoll && (event->events & EPOLLPRI)) {
    foreign.keeps_out_of_epoll = FALSE;
    fd = open_broken_pipe ();
  }
  return syscall (SYS_epoll_ctl, epoll_fd, operation, fd, event);
}

void
foreign_refuse (unsigned long request, int refusal)
{
  foreign.refuses = request;
  foreign.refusal = refusal;
}

Rig *
foreign_rig (TestCamera *camera, const gchar *io_mode, const gchar *caps)
{
  Rig *rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, caps);
  return rig;
}

void
foreign_assert_error (Rig *rig, const gchar *words)
{
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = rig_run_into_error (rig, &debug);

  fail_unless (strstr (error->message, words) || strstr (debug, words),
      "%s (%s)", error->message, debug);
}
