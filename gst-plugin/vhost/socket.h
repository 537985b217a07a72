/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/message.h"

/* Messages that come in on a socket, in as many pieces as it likes, and go out.
 * Nothing here waits. */
typedef struct VmSocket VmSocket;

/* Takes fd. NULL: no memory, and fd is closed. */
VmSocket *vm_socket_new (int fd);
void vm_socket_free (VmSocket *self);
int vm_socket_get_fd (const VmSocket *self);

typedef struct {
  VmMessageHead head;
  uint8_t body[VM_MESSAGE_MAX_BODY];
  unsigned n_fds;
  int fds[VM_MESSAGE_MAX_FDS]; /* -1: taken */
} VmLetter;

/* 1: *letter is the next one, the socket's until the next call, when fds that nobody
 * took are closed; 0: not all of it is there yet; -1: the other side has gone, or
 * done something wrong, of which *why tells, or is NULL. */
int vm_socket_receive (VmSocket *self, VmLetter **letter, const char **why);
int vm_letter_take_fd (VmLetter *letter, unsigned n);

/* fd: -1, or goes along. FALSE: the other side has gone, or does not read. */
bool vm_socket_send (VmSocket *self, const void *message, size_t size, int fd);
