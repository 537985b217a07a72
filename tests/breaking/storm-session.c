/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stamp.h"

/* Small, and one format for all: the frame is then whoever's it says. */
#define WIDTH 160
#define HEIGHT 120
#define FOURCC V4L2_PIX_FMT_GREY

gboolean
storm_session_note (StormSession *session, int result)
{
  if (storm_leave (result) >= 0)
    return TRUE;
  if (errno == EBUSY)
    sched_yield ();
  else
    session->gone = TRUE;
  return FALSE;
}

gboolean
storm_session_open (StormSession *session)
{
  struct v4l2_format format = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .fmt.pix = { .width = WIDTH, .height = HEIGHT, .pixelformat = FOURCC },
  };
  struct v4l2_streamparm parm = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .parm.capture.timeperframe = { 1, 60 },
  };

  storm_enter (STORM_OPEN);
  session->fd =
      open (storm_board_get_node (session->stage->board), O_RDWR | O_CLOEXEC);
  if (!storm_session_note (session, session->fd))
    return FALSE;
  TRY (session, STORM_S_FMT, ioctl (session->fd, VIDIOC_S_FMT, &format));
  TRY (session, STORM_S_PARM, ioctl (session->fd, VIDIOC_S_PARM, &parm));
  return !session->gone;
}

void
storm_session_unmap (StormSession *session)
{
  for (guint i = 0; i < STORM_BUFFERS; i++) {
    if (session->data[i])
      TRY (
          session, STORM_MUNMAP, munmap (session->data[i], session->length[i]));
    session->data[i] = NULL;
  }
}

/* The holder looks at its dma-buf once more when all else is gone. */
static void
release_holder (StormSession *session)
{
  int status = -1;

  if (!session->holder)
    return;
  close (session->release);
  if (waitpid (session->holder, &status, 0) != session->holder || status != 0)
    storm_complain ("the holder of a dma-buf ended badly");
  session->holder = 0;
}

void
storm_session_close (StormSession *session)
{
  storm_session_unmap (session);
  if (session->fd >= 0)
    TRY (session, STORM_CLOSE, close (session->fd));
  session->fd = -1;
  session->count = 0;
  release_holder (session);
}

gboolean
storm_session_own (StormSession *session, guint memory, guint count)
{
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = memory,
    .count = count,
  };

  if (!TRY (session, STORM_REQBUFS,
          ioctl (session->fd, VIDIOC_REQBUFS, &request)))
    return FALSE;
  session->count = count;
  return TRUE;
}

gboolean
storm_session_map (StormSession *session, guint index)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
  };
  void *data;

  if (!TRY (session, STORM_QUERYBUF,
          ioctl (session->fd, VIDIOC_QUERYBUF, &buffer)))
    return FALSE;
  storm_enter (STORM_MMAP);
  data = mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
      session->fd, buffer.m.offset);
  if (!storm_session_note (session, data == MAP_FAILED ? -1 : 0))
    return FALSE;
  session->data[index] = data;
  session->length[index] = buffer.length;
  return TRUE;
}

gboolean
storm_session_queue (StormSession *session, struct v4l2_buffer *buffer)
{
  return TRY (session, STORM_QBUF, ioctl (session->fd, VIDIOC_QBUF, buffer));
}

gboolean
storm_session_dequeue (StormSession *session, struct v4l2_buffer *buffer)
{
  return TRY (session, STORM_DQBUF, ioctl (session->fd, VIDIOC_DQBUF, buffer));
}

gboolean
storm_session_start (StormSession *session)
{
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  for (guint i = 0; i < session->count; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .memory = V4L2_MEMORY_MMAP,
      .index = i,
    };

    if (!storm_session_map (session, i) ||
        !storm_session_queue (session, &buffer))
      return FALSE;
  }
  return TRY (
      session, STORM_STREAMON, ioctl (session->fd, VIDIOC_STREAMON, &type));
}

/* As a call that fails: ENODEV stands for ERR with HUP. */
static int
judge_poll (int result, short events, short wanted)
{
  if (result == 1 && (events & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP))
    errno = ENODEV;
  else if (result == 1 && events & wanted && !(events & (POLLERR | POLLHUP)))
    return 0;
  else if (result == 1)
    errno = EPROTO;
  return -1;
}

gboolean
storm_session_poll (StormSession *session, short events)
{
  struct pollfd wait = { .fd = session->fd, .events = events };
  int result;

  storm_enter (STORM_POLL);
  result = poll (&wait, 1, -1);
  return storm_session_note (
      session, judge_poll (result, wait.revents, events));
}

void
storm_session_look (
    StormSession *session, const struct v4l2_buffer *buffer, const guint8 *data)
{
  VirtcamStamp stamp;

  (void) session;
  if (virtcam_stamp_decode (data, WIDTH, 1, 0, WIDTH, HEIGHT, &stamp) < 0)
    storm_complain ("a frame has no stamp");
  else if (stamp.sequence != buffer->sequence)
    storm_complain ("a frame has another's stamp");
}

static void
see_file_gone (StormSession *session)
{
  struct v4l2_capability capability;
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  guint8 byte;

  TRY (session, STORM_QUERYCAP,
      ioctl (session->fd, VIDIOC_QUERYCAP, &capability));
  TRY (session, STORM_STREAMOFF, ioctl (session->fd, VIDIOC_STREAMOFF, &type));
  TRY (session, STORM_READ, read (session->fd, &byte, 1));
  TRY (session, STORM_MMAP,
      mmap (NULL, 4096, PROT_READ, MAP_SHARED, session->fd, 0) == MAP_FAILED
          ? -1
          : 0);
  storm_session_poll (session, POLLIN);
  storm_session_poll (session, POLLPRI);
}

void
storm_session_see_gone (StormSession *session)
{
  session->stage->await_gone (session->stage->data);
  if (session->fd >= 0)
    see_file_gone (session);
  TRY (session, STORM_OPEN,
      open (storm_board_get_node (session->stage->board), O_RDWR | O_CLOEXEC));
}
