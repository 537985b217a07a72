/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct VmListener {
  int fd;
  struct sockaddr_un address;
  struct stat made; /* what is at the path, if it is ours */
};

/* Whoever is left of an earlier run answers no call. */
static int
remove_stale (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct stat s;
  int result;

  if (fd < 0)
    return -errno;
  result =
      connect (fd, (const struct sockaddr *) address, sizeof *address) == 0 ||
              errno != ECONNREFUSED
          ? -EADDRINUSE
          : 0;
  close (fd);
  if (result == 0 &&
      (lstat (address->sun_path, &s) < 0 || !S_ISSOCK (s.st_mode) ||
          unlink (address->sun_path) < 0))
    result = -EADDRINUSE;
  return result;
}

static int
bind_to (int fd, const struct sockaddr_un *address)
{
  int error = 0;

  for (int i = 0; i < 2 && error == 0; i++) {
    if (bind (fd, (const struct sockaddr *) address, sizeof *address) == 0)
      return 0;
    error = errno == EADDRINUSE && i == 0 ? remove_stale (address) : -errno;
  }
  return error;
}

static int
open_socket (VmListener *self)
{
  int error;

  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0)
    return -errno;
  error = bind_to (self->fd, &self->address);
  if (error == 0 && (listen (self->fd, 8) < 0 ||
                        lstat (self->address.sun_path, &self->made) < 0))
    error = -errno;
  return error;
}

VmListener *
vm_listener_new (const char *path, int *error)
{
  VmListener *self = calloc (1, sizeof *self);

  *error = -ENOMEM;
  if (self == NULL)
    return NULL;
  self->fd = -1;
  self->address.sun_family = AF_UNIX;
  *error = strlen (path) < sizeof self->address.sun_path ? 0 : -ENAMETOOLONG;
  if (*error == 0) {
    strcpy (self->address.sun_path, path);
    *error = open_socket (self);
  }
  if (*error == 0)
    return self;
  vm_listener_free (self);
  return NULL;
}

void
vm_listener_free (VmListener *self)
{
  struct stat s;

  if (self == NULL)
    return;
  if (self->made.st_ino && lstat (self->address.sun_path, &s) == 0 &&
      s.st_ino == self->made.st_ino && s.st_dev == self->made.st_dev)
    unlink (self->address.sun_path);
  if (self->fd >= 0)
    close (self->fd);
  free (self);
}

int
vm_listener_get_fd (const VmListener *self)
{
  return self->fd;
}

int
vm_listener_accept (VmListener *self)
{
  return accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC);
}
