/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct VmSocket {
  int fd;
  size_t n; /* bytes of the next message that are here */
  bool complete;
  uint8_t head[VM_MESSAGE_HEAD];
  VmLetter letter;
};

typedef union {
  struct cmsghdr head;
  char bytes[CMSG_SPACE (sizeof (int) * VM_MESSAGE_MAX_FDS)];
} Control;

VmSocket *
vm_socket_new (int fd)
{
  VmSocket *self = calloc (1, sizeof *self);

  if (self == NULL) {
    close (fd);
    return NULL;
  }
  self->fd = fd;
  return self;
}

int
vm_letter_take_fd (VmLetter *letter, unsigned n)
{
  int fd = letter->fds[n];

  letter->fds[n] = -1;
  return fd;
}

static void
close_fds (VmLetter *letter)
{
  for (unsigned i = 0; i < letter->n_fds; i++)
    if (letter->fds[i] >= 0)
      close (letter->fds[i]);
  letter->n_fds = 0;
}

void
vm_socket_free (VmSocket *self)
{
  if (self == NULL)
    return;
  close_fds (&self->letter);
  close (self->fd);
  free (self);
}

int
vm_socket_get_fd (const VmSocket *self)
{
  return self->fd;
}

/* FALSE: too many. */
static bool
keep_fds (VmLetter *letter, struct msghdr *message)
{
  bool fit = !(message->msg_flags & MSG_CTRUNC);

  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c;
       c = CMSG_NXTHDR (message, c)) {
    size_t n = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
    int *fds = (int *) (void *) CMSG_DATA (c);

    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    for (size_t i = 0; i < n; i++) {
      if (letter->n_fds < VM_MESSAGE_MAX_FDS) {
        letter->fds[letter->n_fds++] = fds[i];
      } else {
        close (fds[i]);
        fit = false;
      }
    }
  }
  return fit;
}

/* 1: size bytes more are here; 0: not yet; -1: gone. */
static int
read_on (VmSocket *self, uint8_t *to, size_t size, const char **why)
{
  struct iovec part = { to, size };
  Control control;
  struct msghdr message = { .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control };
  ssize_t n;

  do
    n = recvmsg (self->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN)
    return 0;
  if (n <= 0)
    return -1;
  if (!keep_fds (&self->letter, &message)) {
    *why = "it sent too many files";
    return -1;
  }
  self->n += (size_t) n;
  return (size_t) n == size;
}

static int
receive_head (VmSocket *self, const char **why)
{
  int result =
      read_on (self, self->head + self->n, VM_MESSAGE_HEAD - self->n, why);

  if (result == 1)
    *why = vm_message_read_head (self->head, &self->letter.head);
  return *why ? -1 : result;
}

int
vm_socket_receive (VmSocket *self, VmLetter **letter, const char **why)
{
  int result = 1;
  size_t size;

  *why = NULL;
  if (self->complete) {
    close_fds (&self->letter);
    self->complete = false;
    self->n = 0;
  }
  if (self->n < VM_MESSAGE_HEAD)
    result = receive_head (self, why);
  if (result != 1)
    return result;
  size = VM_MESSAGE_HEAD + self->letter.head.size;
  if (self->n < size)
    result = read_on (self, self->letter.body + self->n - VM_MESSAGE_HEAD,
        size - self->n, why);
  self->complete = result == 1;
  *letter = &self->letter;
  return result;
}

bool
vm_socket_send (VmSocket *self, const void *data, size_t size, int fd)
{
  struct iovec part = { (void *) data, size };
  Control control = { 0 };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  if (fd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE (sizeof fd);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN (sizeof fd);
    memcpy (CMSG_DATA (&control.head), &fd, sizeof fd);
  }
  return sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         (ssize_t) size;
}
