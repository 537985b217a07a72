/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cameras that vanish while somebody uses them. After every test no frame's
 * memory and no reference to the module is left, and the kernel log is clean. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unplug.h"

/* A lent camera vanishes in other ways. */
#ifndef UNPLUG_ADD
#define UNPLUG_ADD unplug_add
#endif

/* Streaming with no buffer queued: whoever waits now waits for ever. */
static Reader *
open_and_starve (Fixture * fixture, struct v4l2_buffer *buffer)
{
  Reader *reader = reader_open (fixture->camera->node);

  reader_start (reader, 1);
  reader_dequeue (reader, buffer);
  return reader;
}

static void
idle_node_disappears (Fixture * fixture, Unplug unplug)
{
  unplug (fixture->camera);
  g_assert_cmpint (access (fixture->camera->node, F_OK), ==, -1);
}

static void
open_file_says_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  unplug (fixture->camera);
  assert_gone (reader);
}

static void
duplicated_file_says_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  int original = reader->fd;

  reader->fd = fcntl (original, F_DUPFD_CLOEXEC, 0);
  g_assert_no_errno (reader->fd);
  g_assert_no_errno (close (original));
  unplug (fixture->camera);
  assert_gone (reader);
}

static void
mapping_stays_readable (Fixture * fixture, Unplug unplug)
{
  struct v4l2_buffer buffer;
  g_autoptr (Reader) reader = open_and_starve (fixture, &buffer);
  g_autofree guint8 *copy = g_memdup2 (reader->data[0], reader->length[0]);

  unplug (fixture->camera);
  g_assert_cmpmem (reader->data[0], reader->length[0], copy,
      reader->length[0]);
  g_assert_cmpuint (reader_stamp (reader, reader->data[0]).sequence, ==,
      buffer.sequence);
  memset (reader->data[0], 0xaa, reader->length[0]);
  assert_gone (reader);
}

static void
mapping_outlives_the_file (Fixture * fixture, Unplug unplug)
{
  struct v4l2_buffer buffer;
  Reader *reader = open_and_starve (fixture, &buffer);
  const guint before = unplug_count_frame_memory ();
  guint8 *data = g_steal_pointer (&reader->data[0]);
  const gsize length = reader->length[0];
  guint left;

  unplug (fixture->camera);
  g_assert_cmpuint (reader_stamp (reader, data).sequence, ==, buffer.sequence);
  reader_close (reader);
  /* A buffer that vb2 added is gone. */
  left = unplug_count_frame_memory ();
  g_assert_cmpuint (left, >=, 1);
  g_assert_cmpuint (left, <=, before);
  memset (data, 0, length);
  g_assert_no_errno (munmap (data, length));
  g_assert_cmpuint (unplug_count_frame_memory (), ==, left - 1);
}

static void
stream_ends_with_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  reader_start (reader, 4);
  reader_dequeue (reader, &buffer);
  unplug (fixture->camera);
  assert_refused (call_dqbuf (reader, &buffer), ENODEV);
  assert_gone (reader);
}

static void
blocked_dqbuf_returns_enodev (Fixture * fixture, Unplug unplug)
{
  struct v4l2_buffer buffer;
  g_autoptr (Reader) reader = open_and_starve (fixture, &buffer);

  assert_unplug_ends (fixture, reader, unplug, call_dqbuf, &buffer);
}

static void
busy_stream_in_a_thread_ends_with_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  reader_set_interval (reader, 1, 60);
  reader_start (reader, 4);
  assert_unplug_ends (fixture, reader, unplug, call_dqbuf_until_it_fails,
      &buffer);
}

static int
call_poll (Reader * reader, gpointer data)
{
  struct pollfd *wait = data;

  wait->fd = reader->fd;
  return poll (wait, 1, -1);
}

static void
assert_poll_ends (Reader * reader, Fixture * fixture, Unplug unplug,
    short events)
{
  struct pollfd wait = {.events = events };
  BlockedCall *blocked = blocked_call_start (reader, call_poll, &wait,
      SYS_poll);
  int error;

  unplug (fixture->camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 1);
  g_assert_cmphex (wait.revents & (POLLERR | POLLHUP), ==, POLLERR | POLLHUP);
  assert_gone (reader);
}

static void
blocked_poll_for_a_frame_returns_err_and_hup (Fixture * fixture, Unplug unplug)
{
  struct v4l2_buffer buffer;
  g_autoptr (Reader) reader = open_and_starve (fixture, &buffer);

  assert_poll_ends (reader, fixture, unplug, POLLIN);
}

static void
blocked_poll_for_an_event_returns_err_and_hup (Fixture * fixture,
    Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = V4L2_CID_HUE,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
  assert_poll_ends (reader, fixture, unplug, POLLPRI);
}

typedef struct
{
  guint8 *data;
  gsize size;
} Piece;

static int
read_until_it_fails (Reader * reader, gpointer data)
{
  Piece *piece = data;

  while (read (reader->fd, piece->data, piece->size) > 0);
  return -1;
}

static void
assert_read_ends (Reader * reader, Fixture * fixture, Unplug unplug)
{
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *data = g_malloc (size);
  Piece piece = { data, size };
  BlockedCall *blocked = blocked_call_start (reader, read_until_it_fails,
      &piece, SYS_read);
  int error;

  unplug (fixture->camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  assert_gone (reader);
}

static void
blocked_read_returns_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  guint8 byte;

  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  reader_set_interval (reader, 1, 5);
  g_assert_cmpint (read (reader->fd, &byte, 1), ==, 1);
  assert_read_ends (reader, fixture, unplug);
}

/* vb2 notes a reader as the queue's owner only when its first read returns.
 * This one sleeps for as long as it takes to draw the largest frame. */
static void
blocked_first_read_returns_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_XBGR32, 3840, 2160, 0);
  reader_set_interval (reader, 1, 5);
  assert_read_ends (reader, fixture, unplug);
}

/* A child that says when it is ready, and goes on when it is told to. */
typedef struct
{
  pid_t pid;
  int ready[2], go[2];
} Child;

static void
send_byte (int fd)
{
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
}

static void
await_byte (int fd)
{
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
}

static gboolean
child_fork (Child * child)
{
  g_assert_no_errno (pipe2 (child->ready, O_CLOEXEC));
  g_assert_no_errno (pipe2 (child->go, O_CLOEXEC));
  child->pid = fork ();
  g_assert_no_errno (child->pid);
  return child->pid == 0;
}

static void
child_says_ready_and_waits (Child * child)
{
  send_byte (child->ready[1]);
  await_byte (child->go[0]);
}

static void
child_finish (Child * child)
{
  int status = -1;

  send_byte (child->go[1]);
  g_assert_cmpint (waitpid (child->pid, &status, 0), ==, child->pid);
  g_assert_cmpint (status, ==, 0);
  for (guint i = 0; i < 2; i++) {
    close (child->ready[i]);
    close (child->go[i]);
  }
}

static void
file_inherited_by_another_process_says_enodev (Fixture * fixture,
    Unplug unplug)
{
  Reader *reader = reader_open (fixture->camera->node);
  Child child;

  reader_start (reader, 2);
  if (child_fork (&child)) {
    child_says_ready_and_waits (&child);
    assert_gone (reader);
    reader_close (reader);
    _exit (0);
  }
  await_byte (child.ready[0]);
  reader_close (reader);
  unplug (fixture->camera);
  child_finish (&child);
}

static void
hold_dma_buf (Child * child, Reader * reader, int fd, guint sequence)
{
  const gsize length = reader->length[0];
  struct v4l2_format format = reader->format;
  void *data = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);

  g_assert_true (data != MAP_FAILED);
  reader_close (reader);
  child_says_ready_and_waits (child);
  g_assert_cmpuint (reader_stamp (&(Reader) {.format = format}, data).sequence,
      ==, sequence);
  _exit (0);
}

static void
dma_buf_held_by_another_process_stays_readable (Fixture * fixture,
    Unplug unplug)
{
  const guint before = unplug_count_frame_memory ();
  struct v4l2_buffer buffer;
  Reader *reader = open_and_starve (fixture, &buffer);
  struct v4l2_exportbuffer export = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.flags = O_RDWR | O_CLOEXEC,
  };
  Child child;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_EXPBUF, &export));
  if (child_fork (&child))
    hold_dma_buf (&child, reader, export.fd, buffer.sequence);
  await_byte (child.ready[0]);
  g_assert_no_errno (close (export.fd));
  unplug (fixture->camera);
  assert_gone (reader);
  reader_close (reader);
  g_assert_cmpuint (unplug_count_frame_memory (), ==, before + 1);
  child_finish (&child);
  g_assert_cmpuint (unplug_count_frame_memory (), ==, before);
}

/* The other direction: frames are drawn into what the lost camera exported. */
static void
importer_goes_on_when_its_exporter_is_gone (Fixture * fixture, Unplug unplug)
{
  g_autoptr (TestCamera) other = test_camera_new (NULL, NULL);
  g_autoptr (Reader) importer = reader_open (other->node);
  g_autoptr (Reader) owner = reader_open (fixture->camera->node);
  struct v4l2_exportbuffer export = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.flags = O_RDWR | O_CLOEXEC,
  };
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_DMABUF,
    .count = 1,
  };
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_DMABUF,
  };

  reader_map (owner, 1);
  g_assert_no_errno (ioctl (owner->fd, VIDIOC_EXPBUF, &export));
  g_assert_no_errno (ioctl (importer->fd, VIDIOC_REQBUFS, &request));
  reader_stream_on (importer);
  unplug (fixture->camera);
  for (guint i = 0; i < 5; i++) {
    buffer.m.fd = export.fd;
    g_assert_no_errno (ioctl (importer->fd, VIDIOC_QBUF, &buffer));
    g_assert_no_errno (ioctl (importer->fd, VIDIOC_DQBUF, &buffer));
    g_assert_cmpuint (reader_stamp (importer, owner->data[0]).sequence, ==,
        buffer.sequence);
  }
  g_assert_no_errno (close (export.fd));
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) UNPLUG_ADD (#name, name)
  ADD (idle_node_disappears);
  ADD (open_file_says_enodev);
  ADD (duplicated_file_says_enodev);
  ADD (mapping_stays_readable);
  ADD (mapping_outlives_the_file);
  ADD (stream_ends_with_enodev);
  ADD (blocked_dqbuf_returns_enodev);
  ADD (busy_stream_in_a_thread_ends_with_enodev);
  ADD (blocked_poll_for_a_frame_returns_err_and_hup);
  ADD (blocked_poll_for_an_event_returns_err_and_hup);
  ADD (blocked_read_returns_enodev);
  ADD (blocked_first_read_returns_enodev);
  ADD (file_inherited_by_another_process_says_enodev);
  ADD (dma_buf_held_by_another_process_stays_readable);
  ADD (importer_goes_on_when_its_exporter_is_gone);
  return g_test_run ();
}
