/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-actions.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm-session.h"

static void
reached (StormSession *session)
{
  session->stage->reached (session->stage->data);
}

/* How often something is done before another program gets its turn. */
static guint
a_few (StormSession *session)
{
  return (guint) g_rand_int_range (session->random, 1, 9);
}

static void
stream_by_mmap (StormSession *session)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  if (!storm_session_own (session, V4L2_MEMORY_MMAP, STORM_BUFFERS) ||
      !storm_session_start (session))
    return;
  for (guint left = a_few (session); left; left--) {
    if (!storm_session_poll (session, POLLIN) ||
        !storm_session_dequeue (session, &buffer))
      return;
    storm_session_look (session, &buffer, session->data[buffer.index]);
    reached (session);
    if (!storm_session_queue (session, &buffer))
      return;
  }
  TRY (session, STORM_STREAMOFF, ioctl (session->fd, VIDIOC_STREAMOFF, &type));
}

static gboolean
queue_import (StormSession *session, guint index)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .index = index,
    .m.fd = session->stage->imports[index],
  };

  return storm_session_queue (session, &buffer);
}

static void
stream_by_import (StormSession *session)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
  };
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  if (!storm_session_own (session, V4L2_MEMORY_DMABUF, STORM_BUFFERS))
    return;
  for (guint i = 0; i < STORM_BUFFERS; i++)
    if (!queue_import (session, i))
      return;
  if (!TRY (
          session, STORM_STREAMON, ioctl (session->fd, VIDIOC_STREAMON, &type)))
    return;
  for (guint left = a_few (session); left; left--) {
    if (!storm_session_dequeue (session, &buffer))
      return;
    storm_session_look (
        session, &buffer, session->stage->pictures[buffer.index]);
    reached (session);
    if (!queue_import (session, buffer.index))
      return;
  }
}

/* A child with the slot beside its parent's. */
static pid_t
fork_child (StormSession *session)
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

/* All that is left to this process is the dma-buf. */
static void
hold (StormSession *session, const struct v4l2_buffer *buffer, int dma_buf,
    int ready, int released)
{
  const gsize length = session->length[buffer->index];
  guint8 *data =
      mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, dma_buf, 0);
  char byte = 0;

  if (data == MAP_FAILED)
    _exit (2);
  storm_session_unmap (session);
  TRY (session, STORM_CLOSE, close (session->fd));
  close (dma_buf);
  if (write (ready, &byte, 1) != 1 || read (released, &byte, 1) != 0)
    _exit (3);
  storm_session_look (session, buffer, data);
  data[length - 1] = 0xaa;
  _exit (munmap (data, length) ? 4 : 0);
}

static void
start_holder (
    StormSession *session, const struct v4l2_buffer *buffer, int dma_buf)
{
  int ready[2], release[2];
  char byte;

  if (pipe2 (ready, O_CLOEXEC) < 0 || pipe2 (release, O_CLOEXEC) < 0)
    g_error ("pipe: %s", g_strerror (errno));
  session->holder = fork_child (session);
  if (!session->holder) {
    close (ready[0]);
    close (release[1]);
    hold (session, buffer, dma_buf, ready[1], release[0]);
  }
  close (ready[1]);
  close (release[0]);
  session->release = release[1];
  if (read (ready[0], &byte, 1) != 1)
    storm_complain ("a dma-buf cannot be mapped");
  close (ready[0]);
}

/* The exported buffer stays away from the stream, which goes on without. */
static void
hold_an_export (StormSession *session)
{
  struct v4l2_exportbuffer export = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .flags = O_RDWR | O_CLOEXEC,
  };
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };

  if (!storm_session_own (session, V4L2_MEMORY_MMAP, STORM_BUFFERS) ||
      !storm_session_start (session) ||
      !storm_session_dequeue (session, &buffer))
    return;
  export.index = buffer.index;
  if (!TRY (session, STORM_EXPBUF, ioctl (session->fd, VIDIOC_EXPBUF, &export)))
    return;
  start_holder (session, &buffer, export.fd);
  close (export.fd);
  reached (session);
  while (storm_session_dequeue (session, &buffer) &&
         storm_session_queue (session, &buffer))
    ;
}

/* No buffer is queued, so whoever waits for a frame waits for ever. */
static gboolean
starve (StormSession *session, struct v4l2_buffer *buffer)
{
  *buffer = (struct v4l2_buffer){
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };
  return storm_session_own (session, V4L2_MEMORY_MMAP, 1) &&
         storm_session_start (session) &&
         storm_session_dequeue (session, buffer);
}

static void
block_in_dqbuf (StormSession *session)
{
  struct v4l2_buffer buffer;

  if (!starve (session, &buffer))
    return;
  reached (session);
  if (storm_session_dequeue (session, &buffer))
    storm_complain ("DQBUF gave a buffer that nobody queued");
}

static void
block_in_poll (StormSession *session)
{
  struct v4l2_buffer buffer;

  if (!starve (session, &buffer))
    return;
  reached (session);
  if (storm_session_poll (
          session, g_rand_boolean (session->random) ? POLLIN : POLLPRI))
    storm_complain ("poll() told of a buffer that nobody queued");
}

static void
read_frames (StormSession *session)
{
  guint8 piece[4096];

  for (guint left = a_few (session) * 4; left && !session->gone; left--) {
    const gsize size =
        (gsize) g_rand_int_range (session->random, 1, sizeof (piece));

    if (TRY (session, STORM_READ, read (session->fd, piece, size)))
      reached (session);
  }
}

static void
open_and_close (StormSession *session)
{
  reached (session);
}

static void
request_buffers (StormSession *session)
{
  for (guint left = a_few (session); left && !session->gone; left--) {
    const guint count = (guint) g_rand_int_range (session->random, 0, 9);

    if (storm_session_own (session, V4L2_MEMORY_MMAP, count))
      reached (session);
  }
}

static void
map_and_unmap (StormSession *session)
{
  if (!storm_session_own (session, V4L2_MEMORY_MMAP, STORM_BUFFERS))
    return;
  for (guint left = a_few (session) * 4; left; left--) {
    const guint index = left % STORM_BUFFERS;

    if (!storm_session_map (session, index))
      return;
    session->data[index][session->length[index] - 1] = 0xaa;
    reached (session);
    storm_session_unmap (session);
  }
}

static void
use_inherited (StormSession *session)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };

  if (storm_session_dequeue (session, &buffer)) {
    storm_session_look (session, &buffer, session->data[buffer.index]);
    storm_session_queue (session, &buffer);
  }
  storm_session_unmap (session);
  TRY (session, STORM_CLOSE, close (session->fd));
  _exit (0);
}

static void
fork_with_the_file (StormSession *session)
{
  if (!storm_session_own (session, V4L2_MEMORY_MMAP, STORM_BUFFERS) ||
      !storm_session_start (session))
    return;
  for (guint left = a_few (session); left && !session->gone; left--) {
    const pid_t child = fork_child (session);
    int status = -1;

    if (!child)
      use_inherited (session);
    reached (session);
    storm_session_poll (session, POLLIN);
    if (waitpid (child, &status, 0) != child || status != 0)
      storm_complain ("a child with the file ended badly");
  }
}

static const struct {
  const char *name;
  void (*run) (StormSession *session);
  long blocks_in;
} actions[] = {
  { "stream by MMAP", stream_by_mmap, -1 },
  { "stream by DMABUF import", stream_by_import, -1 },
  { "hold an exported dma-buf mapped in another process", hold_an_export, -1 },
  { "block in DQBUF", block_in_dqbuf, SYS_ioctl },
  { "block in poll", block_in_poll, SYS_poll },
  { "read()", read_frames, -1 },
  { "open and close in a loop", open_and_close, -1 },
  { "REQBUFS in a loop", request_buffers, -1 },
  { "mmap in a loop", map_and_unmap, -1 },
  { "fork with the fd", fork_with_the_file, -1 },
};

guint
storm_action_count (void)
{
  return G_N_ELEMENTS (actions);
}

const char *
storm_action_get_name (guint action)
{
  return actions[action].name;
}

long
storm_action_blocks_in (guint action)
{
  return actions[action].blocks_in;
}

void
storm_action_run (guint action, const StormStage *stage, guint32 seed)
{
  StormSession session = {
    .stage = stage,
    .fd = -1,
    .random = g_rand_new_with_seed (seed),
  };

  while (!session.gone) {
    if (storm_session_open (&session))
      actions[action].run (&session);
    if (session.gone)
      storm_session_see_gone (&session);
    storm_session_close (&session);
  }
  g_rand_free (session.random);
}
