/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "monitor.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhost/shmem.h"

typedef struct {
  guint64 address, size;
} Mapping;

struct _Monitor {
  int socket, channel; /* -1: closed, none */
  gboolean is_lazy;
  GArray *mappings;
  guint8 *shared;
};

static void
send_all (int socket, guint32 request, guint32 flags, gconstpointer body,
    gsize size, const int *fds, guint n_fds)
{
  guint32 head[3] = { request, flags, (guint32) size };
  struct iovec parts[] = { { head, sizeof head }, { (void *) body, size } };
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof (int) * 64)];
  } control = { .bytes = { 0 } };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

  if (n_fds > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
    memcpy (CMSG_DATA (&control.head), fds, sizeof (int) * n_fds);
  }
  g_assert_cmpint (sendmsg (socket, &message, MSG_NOSIGNAL), ==,
      (gssize) (sizeof head + size));
}

void
monitor_send (Monitor *self, guint32 request, gconstpointer body, gsize size,
    const int *fds, guint n_fds)
{
  send_all (self->socket, request, 1, body, size, fds, n_fds);
}

void
monitor_send_slowly (
    Monitor *self, guint32 request, gconstpointer body, gsize size)
{
  guint32 head[3] = { request, 1, (guint32) size };

  for (gsize i = 0; i < sizeof head; i++)
    g_assert_cmpint (write (self->socket, (guint8 *) head + i, 1), ==, 1);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpint (write (self->socket, (const guint8 *) body + i, 1), ==, 1);
}

static void
receive_all (int fd, gpointer data, gsize size)
{
  gsize done = 0;

  while (done < size) {
    gssize n = read (fd, (guint8 *) data + done, size - done);

    g_assert_cmpint (n, >, 0);
    done += n;
  }
}

void
monitor_wait (Monitor *self, int fd)
{
  for (;;) {
    struct pollfd p[] = { { fd, POLLIN, 0 },
      { self->is_lazy ? -1 : self->channel, POLLIN, 0 } };

    g_assert_cmpint (poll (p, 2, 30000), >, 0);
    if (p[1].revents)
      monitor_serve_channel (self, 0);
    if (p[0].revents)
      return;
  }
}

static gsize
receive_answer (Monitor *self, guint32 request, gpointer answer, gsize size)
{
  guint32 head[3];
  guint8 all[4096];

  receive_all (self->socket, head, sizeof head);
  g_assert_cmpuint (head[0], ==, request);
  g_assert_cmpuint (head[1], ==, 5); /* version 1, a reply */
  g_assert_cmpuint (head[2], <=, sizeof all);
  receive_all (self->socket, all, head[2]);
  g_assert_cmpuint (head[2], >=, size);
  memcpy (answer, all, size);
  return head[2];
}

void
monitor_receive (Monitor *self, guint32 request, gpointer answer, gsize size)
{
  receive_answer (self, request, answer, size);
}

guint64
monitor_ask (Monitor *self, guint32 request, gconstpointer body, gsize size,
    gpointer answer, gsize answer_size)
{
  monitor_send (self, request, body, size, NULL, 0);
  return receive_answer (self, request, answer, answer_size);
}

/* The channel of the back end */

static guint64
map (Monitor *self, const guint64 *body, int fd)
{
  Mapping mapping = { body[2], body[3] };

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpuint (mapping.address + mapping.size, <=, VM_SHMEM_SIZE);
  g_assert_cmpuint (mapping.size % 4096, ==, 0);
  for (guint i = 0; i < self->mappings->len; i++) {
    const Mapping *m = &g_array_index (self->mappings, Mapping, i);

    g_assert_true (m->address >= mapping.address + mapping.size ||
                   mapping.address >= m->address + m->size);
  }
  g_array_append_val (self->mappings, mapping);
  g_assert_true (mmap (self->shared + mapping.address, mapping.size,
                     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                     (off_t) body[1]) != MAP_FAILED);
  close (fd);
  return 0;
}

static guint64
unmap (Monitor *self, const guint64 *body)
{
  for (guint i = 0; i < self->mappings->len; i++) {
    const Mapping *m = &g_array_index (self->mappings, Mapping, i);

    if (m->address != body[2] || m->size != body[3])
      continue;
    mmap (self->shared + m->address, m->size, PROT_NONE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    g_array_remove_index (self->mappings, i);
    return 0;
  }
  g_assert_not_reached ();
}

void
monitor_serve_channel (Monitor *self, guint64 status)
{
  struct {
    guint32 request, flags, size;
    guint64 body[5];
  } __attribute__ ((packed)) bytes;
  guint64 body[5];
  struct iovec part = { &bytes, sizeof bytes };
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message = { .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control };
  int fd = -1;

  g_assert_cmpint (
      recvmsg (self->channel, &message, MSG_WAITALL), ==, sizeof bytes);
  g_assert_cmpuint (bytes.flags, ==, 9); /* version 1, needs a reply */
  memcpy (body, bytes.body, sizeof body);
  if (message.msg_controllen >= CMSG_LEN (sizeof fd))
    memcpy (&fd, CMSG_DATA (&control.head), sizeof fd);
  if (status == 0)
    status = bytes.request == VM_SHMEM_MAP ? map (self, body, fd)
                                           : unmap (self, body);
  else if (fd >= 0)
    close (fd);
  send_all (self->channel, bytes.request, 5, &status, sizeof status, NULL, 0);
}

static void
dial (Monitor *self, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_assert_cmpuint (g_strlcpy (address.sun_path, path, sizeof address.sun_path),
      <, sizeof address.sun_path);
  self->socket = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (
      connect (self->socket, (struct sockaddr *) &address, sizeof address), ==,
      0);
}

void
monitor_wait_gone (Monitor *self)
{
  struct pollfd p = { self->socket, POLLIN, 0 };
  guint8 byte;

  g_assert_cmpint (poll (&p, 1, 30000), ==, 1);
  g_assert_cmpint (read (self->socket, &byte, 1), <=, 0);
}

void
monitor_open_channel (Monitor *self, gboolean is_lazy)
{
  int pair[2];

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  self->channel = pair[0];
  self->is_lazy = is_lazy;
  monitor_send (self, VM_SET_BACKEND_REQ_FD, NULL, 0, &pair[1], 1);
  close (pair[1]);
}

guint8 *
monitor_get_shared (Monitor *self)
{
  return self->shared;
}

Monitor *
monitor_new (const char *path)
{
  Monitor *self = g_new0 (Monitor, 1);

  self->channel = -1;
  self->mappings = g_array_new (FALSE, FALSE, sizeof (Mapping));
  self->shared = mmap (NULL, VM_SHMEM_SIZE, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  g_assert_true (self->shared != MAP_FAILED);
  dial (self, path);
  return self;
}

void
monitor_hang_up (Monitor *self)
{
  if (self->socket >= 0)
    close (self->socket);
  if (self->channel >= 0)
    close (self->channel);
  self->socket = self->channel = -1;
}

void
monitor_free (Monitor *self)
{
  monitor_hang_up (self);
  munmap (self->shared, VM_SHMEM_SIZE);
  g_array_unref (self->mappings);
  g_free (self);
}
