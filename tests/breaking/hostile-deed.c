/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-deed.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include "hostile-write.h"

#define PAGE 4096
#define BYTES 4096

static Mapping *
any_mapping (Caller *caller)
{
  return &caller->mappings[chance_below (&caller->chance, CALLER_MAPPINGS)];
}

static void
end_mapping (Mapping *mapping)
{
  if (mapping->data)
    g_assert_no_errno (munmap (mapping->data, mapping->length));
  mapping->data = NULL;
}

void
hostile_deeds_finish (Caller *caller)
{
  for (guint i = 0; i < CALLER_MAPPINGS; i++)
    end_mapping (&caller->mappings[i]);
}

static void
map_buffer (Caller *caller)
{
  Mapping *mapping = any_mapping (caller);
  struct v4l2_buffer buffer = {
    .type = caller->type,
    .index = chance_below (&caller->chance, 4),
  };
  void *data;

  end_mapping (mapping);
  if (ioctl (caller->fd, VIDIOC_QUERYBUF, &buffer) < 0 ||
      buffer.memory != V4L2_MEMORY_MMAP)
    return;
  if (chance_one_in (&caller->chance, 4))
    buffer.m.offset += (chance_below (&caller->chance, 3) - 1) * PAGE;
  if (chance_one_in (&caller->chance, 4))
    buffer.length = 1 + chance_below (&caller->chance, 2 * buffer.length);
  data = mmap (NULL, buffer.length, (int) chance_below (&caller->chance, 4),
      chance_one_in (&caller->chance, 8) ? MAP_PRIVATE : MAP_SHARED, caller->fd,
      buffer.m.offset);
  if (data != MAP_FAILED)
    *mapping = (Mapping){ data, buffer.length };
}

static void
map_anything (Caller *caller)
{
  gsize length = 1 + chance_next (&caller->chance) % (1u << 20);
  off_t offset = (off_t) chance_number (&caller->chance) << 12;
  void *data = mmap (NULL, length, (int) chance_below (&caller->chance, 8),
      MAP_SHARED, caller->fd, offset);

  if (data != MAP_FAILED)
    g_assert_no_errno (munmap (data, length));
}

static void
protect (Caller *caller)
{
  Mapping *mapping = any_mapping (caller);

  if (mapping->data)
    mprotect (mapping->data,
        1 + chance_below (&caller->chance, (guint) mapping->length),
        (int) chance_below (&caller->chance, 8));
}

/* Beyond a buffer lies nothing of ours to be shown, so it must not grow. */
static void
grow (Caller *caller)
{
  Mapping *mapping = any_mapping (caller);

  if (!mapping->data)
    return;
  g_assert_true (
      mremap (mapping->data, mapping->length, mapping->length + 16 * PAGE,
          MREMAP_MAYMOVE) == MAP_FAILED);
}

static void
move_or_shrink (Caller *caller)
{
  Mapping *mapping = any_mapping (caller);
  gsize length = mapping->length;
  void *data;

  if (!mapping->data)
    return;
  if (length > PAGE && chance_one_in (&caller->chance, 2))
    length -= PAGE;
  data = mremap (mapping->data, mapping->length, length, MREMAP_MAYMOVE);
  if (data != MAP_FAILED)
    *mapping = (Mapping){ data, length };
}

static void
advise (Caller *caller)
{
  static const int advice[] = {
    MADV_DONTNEED,
    MADV_REMOVE,
    MADV_DONTFORK,
    MADV_DOFORK,
    MADV_WILLNEED,
    MADV_FREE,
    MADV_HUGEPAGE,
    MADV_MERGEABLE,
  };
  Mapping *mapping = any_mapping (caller);

  if (mapping->data)
    madvise (
        mapping->data, mapping->length, chance_pick (&caller->chance, advice));
}

/*
 * Whoever has read() from a file, has written to it or polled it before there were buffers, has
 * its buffers until it is closed; the shared one is not closed while there are
 * callers.
 */
int
hostile_deed_node (Caller *caller)
{
  return caller->fd == caller->nodes[0] && !chance_one_in (&caller->chance, 512)
             ? caller->nodes[1]
             : caller->fd;
}

/* Through a pipe: what is not mapped so is EFAULT there, not a signal. */
static void
touch (Caller *caller)
{
  Mapping *mapping = any_mapping (caller);
  guint8 *at;

  if (!mapping->data)
    return;
  at = mapping->data + chance_below (&caller->chance, (guint) mapping->length);
  if (write (caller->pipe[1], at, 1) == 1 &&
      read (caller->pipe[0], at, 1) < 0) {
    guint8 rest;

    g_assert_cmpint (read (caller->pipe[0], &rest, 1), ==, 1);
  }
}

static void
unmap (Caller *caller)
{
  end_mapping (any_mapping (caller));
}

static void
seek (Caller *caller)
{
  g_assert_cmpint (lseek (caller->fd, (off_t) chance_number (&caller->chance),
                       (int) chance_below (&caller->chance, 5)),
      ==, -1);
  g_assert_true (errno == ESPIPE || errno == EINVAL);
}

static void
cut (Caller *caller)
{
  g_assert_cmpint (ftruncate (caller->fd, PAGE), ==, -1);
  g_assert_cmpint (fallocate (caller->fd, 0, 0, PAGE), ==, -1);
}

static void
splice_in (Caller *caller)
{
  g_assert_cmpint (
      splice (caller->pipe[0], NULL, caller->fd, NULL, PAGE, SPLICE_F_NONBLOCK),
      ==, -1);
}

static void
splice_out (Caller *caller)
{
  guint8 bytes[BYTES];

  /* Where the kernel can, it is a read(); and the pipe must be empty again. */
  splice (hostile_deed_node (caller), NULL, caller->pipe[1], NULL,
      chance_one_in (&caller->chance, 2) ? PAGE : chance_next (&caller->chance),
      SPLICE_F_NONBLOCK);
  while (read (caller->pipe[0], bytes, sizeof (bytes)) > 0)
    ;
}

static void
send (Caller *caller)
{
  guint8 bytes[BYTES];

  sendfile (caller->pipe[1], hostile_deed_node (caller), NULL, PAGE);
  g_assert_cmpint (
      sendfile (caller->fd, caller->strangers[0], NULL, PAGE), ==, -1);
  while (read (caller->pipe[0], bytes, sizeof (bytes)) > 0)
    ;
}

static gsize
odd_size (Caller *caller)
{
  static const gsize sizes[] = { 0, 1, 3, 4095, 4096, BYTES };

  return chance_pick (&caller->chance, sizes);
}

static void
read_oddly (Caller *caller)
{
  guint8 bytes[BYTES];

  if (read (hostile_deed_node (caller), bytes, odd_size (caller)) > 0)
    g_atomic_int_inc (&caller->tally->frames);
  if (pread (hostile_deed_node (caller), bytes, odd_size (caller),
          (off_t) chance_number (&caller->chance)) > 0)
    g_atomic_int_inc (&caller->tally->frames);
}

static void
read_to_bad_places (Caller *caller)
{
  gsize length = chance_one_in (&caller->chance, 2)
                     ? PAGE
                     : (gsize) chance_number (&caller->chance);
  guint8 bytes[16] = { 0 };
  void *at = arena_put (&caller->argument,
      1 + chance_below (&caller->chance, N_PLACES - 1), bytes, sizeof (bytes));

  if (at != caller->argument.written)
    g_assert_cmpint (read (hostile_deed_node (caller), at, length), <=, 8);
}

static void
read_scattered (Caller *caller)
{
  guint8 bytes[3][64];
  struct iovec parts[] = {
    { bytes[0], chance_below (&caller->chance, 64) },
    { bytes[1], 0 },
    { bytes[2], 64 },
  };

  readv (hostile_deed_node (caller), parts,
      (int) chance_below (&caller->chance, 4));
}

static void
poll_oddly (Caller *caller)
{
  struct pollfd wait[CALLER_NODES];

  for (guint i = 0; i < CALLER_NODES; i++)
    wait[i] = (struct pollfd){
      .fd = i == 0 ? hostile_deed_node (caller) : caller->nodes[i],
      .events = (short) chance_next (&caller->chance),
    };
  poll (wait, CALLER_NODES, chance_one_in (&caller->chance, 8) ? 20 : 0);
}

static void
epoll_oddly (Caller *caller)
{
  static const guint32 kinds[] = { EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, 0 };
  struct epoll_event event = {
    .events = EPOLLIN | EPOLLPRI | chance_pick (&caller->chance, kinds),
  };
  int fd = epoll_create1 (EPOLL_CLOEXEC);
  int node = hostile_deed_node (caller);

  g_assert_no_errno (fd);
  epoll_ctl (fd, EPOLL_CTL_ADD, node, &event);
  epoll_ctl (fd, EPOLL_CTL_MOD, node, &event);
  epoll_wait (fd, &event, 1, 0);
  g_assert_no_errno (close (fd));
}

/* A child that holds all of this for a moment, mappings too. */
static void
fork_once (Caller *caller)
{
  pid_t child;
  int status;

  if (!chance_one_in (&caller->chance, 16))
    return;
  child = fork ();
  if (child == 0)
    _exit (0);
  g_assert_no_errno ((int) child);
  while (waitpid (child, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
}

static void
lock_file (Caller *caller)
{
  fcntl (caller->fd, F_SETLEASE, F_RDLCK);
  fcntl (caller->fd, F_SETOWN, getpid ());
  fcntl (caller->fd, F_ADD_SEALS, 1);
  fsync (caller->fd);
}

#define DEED(name) \
  { \
#name, name \
  }

const HostileDeed hostile_deeds[] = {
  DEED (map_buffer),
  DEED (map_buffer),
  DEED (map_anything),
  DEED (protect),
  DEED (grow),
  DEED (move_or_shrink),
  DEED (advise),
  DEED (touch),
  DEED (unmap),
  DEED (seek),
  DEED (cut),
  DEED (splice_in),
  DEED (splice_out),
  DEED (send),
  DEED (hostile_write_oddly),
  DEED (hostile_write_from_bad_places),
  DEED (hostile_write_from_what_vanishes),
  DEED (read_oddly),
  DEED (read_to_bad_places),
  DEED (read_scattered),
  DEED (poll_oddly),
  DEED (epoll_oddly),
  DEED (fork_once),
  DEED (lock_file),
};

const guint hostile_n_deeds = G_N_ELEMENTS (hostile_deeds);

G_STATIC_ASSERT (G_N_ELEMENTS (hostile_deeds) <= CALLER_MAX_DEEDS);
