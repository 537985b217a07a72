/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stamp.h"

/* Small, and one format for all: the frame is then whoever's it says. */
typedef struct {
  guint32 fourcc;
  guint width, height, pixel_bytes;
} Mode;

static const Mode drawn = { V4L2_PIX_FMT_GREY, 160, 120, 1 };

/* What a feed has by default */
static const Mode fed = { V4L2_PIX_FMT_YUYV, 320, 240, 2 };

/* A producer's bytes are all the same, and such that no placeholder has them as
 * luma. */
#define BRIGHT 0x80

static const Mode *
mode_of (StormSession *session)
{
  return session->stage->fed ? &fed : &drawn;
}

gsize
storm_session_size (StormSession *session)
{
  const Mode *mode = mode_of (session);

  return mode->width * mode->height * mode->pixel_bytes;
}

static gboolean
takes_frames (StormSession *session)
{
  return session->type == V4L2_BUF_TYPE_VIDEO_OUTPUT;
}

static const char *
node_of (StormSession *session)
{
  StormBoard *board = session->stage->board;

  return takes_frames (session) ? storm_board_get_output (board)
                                : storm_board_get_node (board);
}

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
  const Mode *mode = mode_of (session);
  struct v4l2_format format = {
    .type = session->type,
    .fmt.pix = { .width = mode->width,
        .height = mode->height,
        .pixelformat = mode->fourcc },
  };
  struct v4l2_streamparm parm = {
    .type = session->type,
    .parm.capture.timeperframe = { 1, 60 },
  };

  storm_enter (STORM_OPEN);
  session->fd = open (node_of (session), O_RDWR | O_CLOEXEC);
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
    .type = session->type,
    .memory = memory,
    .count = count,
  };

  if (!TRY (session, STORM_REQBUFS,
          ioctl (session->fd, VIDIOC_REQBUFS, &request)))
    return FALSE;
  session->count = count;
  return TRUE;
}

struct v4l2_buffer
storm_session_buffer (StormSession *session, guint memory, guint index)
{
  return (struct v4l2_buffer){
    .type = session->type,
    .memory = memory,
    .index = index,
    .bytesused = (guint32) storm_session_size (session),
  };
}

gboolean
storm_session_map (StormSession *session, guint index)
{
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_MMAP, index);
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
  int type = (int) session->type;

  for (guint i = 0; i < session->count; i++) {
    struct v4l2_buffer buffer =
        storm_session_buffer (session, V4L2_MEMORY_MMAP, i);

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

short
storm_session_events (StormSession *session)
{
  return takes_frames (session) ? POLLOUT : POLLIN;
}

static void
look_at_stamp (const struct v4l2_buffer *buffer, const guint8 *data)
{
  VirtcamStamp stamp;

  if (virtcam_stamp_decode (
          data, drawn.width, 1, 0, drawn.width, drawn.height, &stamp) < 0)
    storm_complain ("a frame has no stamp");
  else if (stamp.sequence != buffer->sequence)
    storm_complain ("a frame has another's stamp");
}

/* A producer's, or a placeholder, from its first pixel to its last */
static void
look_at_bytes (const guint8 *data, gsize size)
{
  gsize same = 1;

  while (data[0] >= BRIGHT && same < size && data[same] == data[0])
    same++;
  if (data[0] >= BRIGHT ? same < size : data[size - 2] >= BRIGHT)
    storm_complain ("a frame is torn");
}

void
storm_session_look (
    StormSession *session, const struct v4l2_buffer *buffer, const guint8 *data)
{
  if (session->stage->fed)
    look_at_bytes (data, storm_session_size (session));
  else
    look_at_stamp (buffer, data);
}

void
storm_session_fill (StormSession *session, guint8 *data)
{
  memset (data, g_rand_int_range (session->random, BRIGHT, 256),
      storm_session_size (session));
}

void
storm_session_use (
    StormSession *session, const struct v4l2_buffer *buffer, guint8 *data)
{
  if (takes_frames (session))
    storm_session_fill (session, data);
  else
    storm_session_look (session, buffer, data);
}

static void
see_file_gone (StormSession *session)
{
  struct v4l2_capability capability;
  int type = (int) session->type;
  guint8 byte = 0;

  TRY (session, STORM_QUERYCAP,
      ioctl (session->fd, VIDIOC_QUERYCAP, &capability));
  TRY (session, STORM_STREAMOFF, ioctl (session->fd, VIDIOC_STREAMOFF, &type));
  TRY (session, STORM_READ, read (session->fd, &byte, 1));
  TRY (session, STORM_WRITE, write (session->fd, &byte, 1));
  TRY (session, STORM_MMAP,
      mmap (NULL, 4096, PROT_READ, MAP_SHARED, session->fd, 0) == MAP_FAILED
          ? -1
          : 0);
  storm_session_poll (session, storm_session_events (session));
  storm_session_poll (session, POLLPRI);
}

void
storm_session_see_gone (StormSession *session)
{
  session->stage->await_gone (session->stage->data);
  if (session->fd >= 0)
    see_file_gone (session);
  TRY (session, STORM_OPEN, open (node_of (session), O_RDWR | O_CLOEXEC));
}

pid_t
storm_session_fork (StormSession *session)
{
  const pid_t parent = getpid ();
  pid_t child = fork ();

  if (child < 0)
    g_error ("fork: %s", g_strerror (errno));
  if (child)
    return child;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (1);
  storm_board_take_slot (
      session->stage->board, session->stage->slot + STORM_CALLERS);
  return 0;
}
