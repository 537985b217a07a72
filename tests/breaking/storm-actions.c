/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-actions.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "missing-page.h"
#include "storm-kill.h"
#include "storm-session.h"
#include "unplug.h"

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

/* Whatever viewers do, a producer has a buffer to fill. */
static void
see_no_wait (StormSession *session)
{
  struct pollfd wait = { .fd = session->fd, .events = POLLOUT };

  if (poll (&wait, 1, 0) == 0)
    storm_complain ("a producer has to wait for a viewer");
}

static void
stream_by_mmap (StormSession *session)
{
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_MMAP, 0);
  int type = (int) session->type;

  if (!storm_session_own (session, V4L2_MEMORY_MMAP, STORM_BUFFERS) ||
      !storm_session_start (session))
    return;
  for (guint left = a_few (session); left; left--) {
    if (session->type == V4L2_BUF_TYPE_VIDEO_OUTPUT)
      see_no_wait (session);
    if (!storm_session_poll (session, storm_session_events (session)) ||
        !storm_session_dequeue (session, &buffer))
      return;
    storm_session_use (session, &buffer, session->data[buffer.index]);
    reached (session);
    if (!storm_session_queue (session, &buffer))
      return;
  }
  TRY (session, STORM_STREAMOFF, ioctl (session->fd, VIDIOC_STREAMOFF, &type));
}

/* Producers have dma-bufs of their own: nobody draws into what they fill. */
static guint
import_of (StormSession *session, guint index)
{
  return session->type == V4L2_BUF_TYPE_VIDEO_OUTPUT ? STORM_BUFFERS + index
                                                     : index;
}

static gboolean
queue_import (StormSession *session, guint index)
{
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_DMABUF, index);

  buffer.m.fd = session->stage->imports[import_of (session, index)];
  return storm_session_queue (session, &buffer);
}

static void
stream_by_import (StormSession *session)
{
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_DMABUF, 0);
  int type = (int) session->type;

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
    storm_session_use (session, &buffer,
        session->stage->pictures[import_of (session, buffer.index)]);
    reached (session);
    if (!queue_import (session, buffer.index))
      return;
  }
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
  session->holder = storm_session_fork (session);
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
    .type = session->type,
    .flags = O_RDWR | O_CLOEXEC,
  };
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_MMAP, 0);

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
  *buffer = storm_session_buffer (session, V4L2_MEMORY_MMAP, 0);
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
  if (storm_session_poll (session, g_rand_boolean (session->random)
                                       ? storm_session_events (session)
                                       : POLLPRI))
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
  struct v4l2_buffer buffer =
      storm_session_buffer (session, V4L2_MEMORY_MMAP, 0);

  if (storm_session_dequeue (session, &buffer)) {
    storm_session_use (session, &buffer, session->data[buffer.index]);
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
    const pid_t child = storm_session_fork (session);
    int status = -1;

    if (!child)
      use_inherited (session);
    reached (session);
    storm_session_poll (session, storm_session_events (session));
    if (waitpid (child, &status, 0) != child || status != 0)
      storm_complain ("a child with the file ended badly");
  }
}

static void
write_frames (StormSession *session)
{
  g_autofree guint8 *frame = g_malloc (storm_session_size (session));

  for (guint left = a_few (session); left && !session->gone; left--) {
    storm_session_fill (session, frame);
    if (TRY (session, STORM_WRITE,
            write (session->fd, frame, storm_session_size (session))))
      reached (session);
  }
}

/* A duplicate is the same producer: the first may be closed in between. */
static void
write_by_a_duplicate (StormSession *session)
{
  const int fd = dup (session->fd);

  write_frames (session);
  TRY (session, STORM_CLOSE, close (session->fd));
  session->fd = fd;
  if (!session->gone)
    write_frames (session);
}

/* The rest of the frame does not come, whatever the camera does meanwhile. */
static void
write_half_a_frame (StormSession *session)
{
  g_autoptr (MissingPage) page =
      missing_page_new (storm_session_size (session));

  if (!page) {
    write_frames (session);
    return;
  }
  reached (session);
  TRY (session, STORM_WRITE,
      write (session->fd, page->data, storm_session_size (session)));
}

static void
kill_a_few (StormSession *session, StormAct act)
{
  for (guint left = a_few (session); left && !session->gone; left--) {
    storm_kill (session, act);
    reached (session);
  }
}

static void
kill_in_dqbuf (StormSession *session)
{
  kill_a_few (session, block_in_dqbuf);
}

static void
kill_a_stream (StormSession *session)
{
  kill_a_few (session, stream_by_mmap);
}

static void
kill_a_writer (StormSession *session)
{
  kill_a_few (session, write_frames);
}

static void
kill_in_write (StormSession *session)
{
  kill_a_few (session, write_half_a_frame);
}

#define VIEW V4L2_BUF_TYPE_VIDEO_CAPTURE
#define FEED V4L2_BUF_TYPE_VIDEO_OUTPUT

static const struct {
  const char *name;
  void (*run) (StormSession *session);
  long blocks_in;
  guint32 type;
} actions[] = {
  { "stream by MMAP", stream_by_mmap, -1, VIEW },
  { "stream by DMABUF import", stream_by_import, -1, VIEW },
  { "hold an exported dma-buf mapped in another process", hold_an_export, -1,
      VIEW },
  { "block in DQBUF", block_in_dqbuf, SYS_ioctl, VIEW },
  { "block in poll", block_in_poll, SYS_poll, VIEW },
  { "read()", read_frames, -1, VIEW },
  { "open and close in a loop", open_and_close, -1, VIEW },
  { "REQBUFS in a loop", request_buffers, -1, VIEW },
  { "mmap in a loop", map_and_unmap, -1, VIEW },
  { "fork with the fd", fork_with_the_file, -1, VIEW },
  { "kill a child in DQBUF", kill_in_dqbuf, -1, VIEW },
  { "kill a child that streams", kill_a_stream, -1, VIEW },
  { "feed by MMAP", stream_by_mmap, -1, FEED },
  { "feed by DMABUF import", stream_by_import, -1, FEED },
  { "feed, and hold an exported dma-buf in another process", hold_an_export, -1,
      FEED },
  { "feed, and block in DQBUF", block_in_dqbuf, SYS_ioctl, FEED },
  { "write()", write_frames, -1, FEED },
  { "write() by a duplicate", write_by_a_duplicate, -1, FEED },
  { "open and close the output in a loop", open_and_close, -1, FEED },
  { "REQBUFS at the output in a loop", request_buffers, -1, FEED },
  { "feed, and fork with the fd", fork_with_the_file, -1, FEED },
  { "kill a producer in DQBUF", kill_in_dqbuf, -1, FEED },
  { "kill a producer with buffers", kill_a_stream, -1, FEED },
  { "kill a producer that writes", kill_a_writer, -1, FEED },
  { "kill a producer in the middle of write()", kill_in_write, -1, FEED },
};

static guint
count_views (void)
{
  guint count = 0;

  while (actions[count].type == VIEW)
    count++;
  return count;
}

guint
storm_action_count (gboolean fed)
{
  return fed ? G_N_ELEMENTS (actions) : count_views ();
}

static gboolean
kills (guint action)
{
  return g_str_has_prefix (actions[action].name, "kill ");
}

/* Each in turn */
static guint
choose_kill (guint first)
{
  guint action = 0, left = first;

  while (!kills (action) || left--)
    action = (action + 1) % G_N_ELEMENTS (actions);
  return action;
}

guint
storm_action_choose (gboolean fed, guint first, guint caller)
{
  const guint views = count_views (), feeds = G_N_ELEMENTS (actions) - views;
  const guint other = first + 3 * caller;

  if (fed && caller == STORM_CALLERS - 1)
    return choose_kill (first);
  if (!fed || caller == 0)
    return other % storm_action_count (fed);
  return (first >= views) == (caller % 2) ? other % views
                                          : views + other % feeds;
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
    .type = actions[action].type,
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
