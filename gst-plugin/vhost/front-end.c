/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/front-end.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(n) (UINT64_C (1) << (n))
#define PROTOCOL_FEATURES \
  (BIT (VM_PROTOCOL_REPLY_ACK) | BIT (VM_PROTOCOL_BACKEND_REQ) | \
      BIT (VM_PROTOCOL_CONFIG) | BIT (VM_PROTOCOL_BACKEND_SEND_FD) | \
      BIT (VM_PROTOCOL_CONFIGURE_MEM_SLOTS) | BIT (VM_PROTOCOL_SHMEM))
/* what takes a channel on which the back end asks the front end */
#define CHANNEL_FEATURES \
  (BIT (VM_PROTOCOL_BACKEND_REQ) | BIT (VM_PROTOCOL_BACKEND_SEND_FD) | \
      BIT (VM_PROTOCOL_SHMEM))
/* without all of these it cannot map what it is asked to, or say that it could not */
#define SHMEM_FEATURES (BIT (VM_PROTOCOL_REPLY_ACK) | CHANNEL_FEATURES)

struct VmFrontEnd {
  VmSocket *socket;
  VmVirtio *virtio;
  uint64_t offered; /* protocol features, as the next */
  uint64_t protocol_features;
};

VmFrontEnd *
vm_front_end_new (int fd, VmVirtio *virtio, bool pages_only)
{
  VmFrontEnd *self = calloc (1, sizeof *self);

  if (self == NULL) {
    close (fd);
    return NULL;
  }
  self->virtio = virtio;
  self->offered = PROTOCOL_FEATURES & ~(pages_only ? CHANNEL_FEATURES : 0);
  self->socket = vm_socket_new (fd);
  if (self->socket)
    return self;
  free (self);
  return NULL;
}

void
vm_front_end_free (VmFrontEnd *self)
{
  if (self == NULL)
    return;
  vm_virtio_reset (self->virtio, true);
  vm_socket_free (self->socket);
  free (self);
}

int
vm_front_end_get_fd (const VmFrontEnd *self)
{
  return vm_socket_get_fd (self->socket);
}

static bool
reply (VmFrontEnd *self, uint32_t request, const void *body, uint32_t size)
{
  uint8_t message[VM_MESSAGE_HEAD + VM_SHMEM_CONFIG_BODY];

  vm_message_write_head (message, request, true, false, size);
  memcpy (message + VM_MESSAGE_HEAD, body, size);
  return vm_socket_send (self->socket, message, VM_MESSAGE_HEAD + size, -1);
}

static bool
reply_number (VmFrontEnd *self, uint32_t request, uint64_t number)
{
  return reply (self, request, &number, sizeof number);
}

static bool
reply_config (VmFrontEnd *self, const VmMessage *message, const uint8_t *body)
{
  uint8_t answer[12 + 256];
  uint8_t config[512] = { 0 };
  WireConfig wire;

  vm_media_fill_config (vm_virtio_get_media (self->virtio), &wire);
  memcpy (config, &wire, sizeof wire);
  memcpy (answer, body, 12);
  memcpy (answer + 12, config + message->config_offset, message->config_size);
  return reply (self, VM_GET_CONFIG, answer, 12 + message->config_size);
}

static bool
reply_shmem_config (VmFrontEnd *self)
{
  uint8_t body[VM_SHMEM_CONFIG_BODY];

  vm_message_write_shmem_config (body, VM_SHMEM_SIZE);
  return reply (self, VM_GET_SHMEM_CONFIG, body, sizeof body);
}

static bool
reply_base (VmFrontEnd *self, unsigned ring)
{
  uint32_t body[2] = { ring, vm_virtio_stop (self->virtio, ring) };

  return reply (self, VM_GET_VRING_BASE, body, sizeof body);
}

/* Questions: 1: answered; 0: it is none; -1: the answer could not be sent. */
static int
answer (VmFrontEnd *self, const VmLetter *letter, const VmMessage *message)
{
  uint32_t request = letter->head.request;
  bool sent;

  switch (request) {
  case VM_GET_FEATURES:
    sent = reply_number (self, request, VM_FEATURES);
    break;
  case VM_GET_PROTOCOL_FEATURES:
    sent = reply_number (self, request, self->offered);
    break;
  case VM_GET_QUEUE_NUM:
    sent = reply_number (self, request, VM_N_RINGS);
    break;
  case VM_GET_MAX_MEM_SLOTS:
    sent = reply_number (self, request, VM_MEMORY_SLOTS);
    break;
  case VM_GET_CONFIG:
    sent = reply_config (self, message, letter->body);
    break;
  case VM_GET_SHMEM_CONFIG:
    sent = reply_shmem_config (self);
    break;
  case VM_GET_VRING_BASE:
    sent = reply_base (self, message->index);
    break;
  default:
    return 0;
  }
  return sent ? 1 : -1;
}

static int
set_channel (VmFrontEnd *self, int fd)
{
  VmSocket *channel = vm_socket_new (fd);

  if (channel == NULL)
    return -ENOMEM;
  vm_virtio_set_channel (self->virtio, channel,
      (self->protocol_features & SHMEM_FEATURES) == SHMEM_FEATURES);
  return 0;
}

static int
set_kick (VmFrontEnd *self, VmLetter *letter, const VmMessage *message)
{
  if (!message->has_fd)
    return -EOPNOTSUPP;
  return vm_virtio_set_kick (
      self->virtio, message->index, vm_letter_take_fd (letter, 0));
}

static int
set_call (VmFrontEnd *self, VmLetter *letter, const VmMessage *message)
{
  return vm_virtio_set_call (self->virtio, message->index,
      message->has_fd ? vm_letter_take_fd (letter, 0) : -1);
}

static int
set_protocol_features (VmFrontEnd *self, uint64_t features)
{
  if (features & ~self->offered)
    return -EINVAL;
  self->protocol_features = features;
  return 0;
}

static int
act (VmFrontEnd *self, VmLetter *letter, const VmMessage *m)
{
  VmVirtio *virtio = self->virtio;

  switch (letter->head.request) {
  case VM_SET_OWNER:
  case VM_SET_VRING_ERR:
  case VM_SET_CONFIG: /* there is nothing to set */
    return 0;
  case VM_SET_FEATURES:
    return vm_virtio_set_features (virtio, m->number);
  case VM_SET_PROTOCOL_FEATURES:
    return set_protocol_features (self, m->number);
  case VM_SET_BACKEND_REQ_FD:
    return set_channel (self, vm_letter_take_fd (letter, 0));
  case VM_SET_MEM_TABLE:
    return vm_virtio_set_memory (virtio, m->regions, m->n_regions, letter);
  case VM_ADD_MEM_REG:
    return vm_virtio_add_memory (
        virtio, &m->regions[0], vm_letter_take_fd (letter, 0));
  case VM_REM_MEM_REG:
    return vm_virtio_remove_memory (virtio, &m->regions[0]);
  case VM_SET_VRING_NUM:
    return vm_virtio_set_size (virtio, m->index, m->value);
  case VM_SET_VRING_ADDR:
    return vm_virtio_set_addresses (virtio, m->index, &m->addresses);
  case VM_SET_VRING_BASE:
    vm_virtio_set_base (virtio, m->index, (uint16_t) m->value);
    return 0;
  case VM_SET_VRING_ENABLE:
    vm_virtio_set_enabled (virtio, m->index, m->value != 0);
    return 0;
  case VM_SET_VRING_KICK:
    return set_kick (self, letter, m);
  case VM_SET_VRING_CALL:
    return set_call (self, letter, m);
  case VM_RESET_OWNER:
  case VM_RESET_DEVICE:
    vm_virtio_reset (virtio, false);
    return 0;
  default:
    return -EOPNOTSUPP;
  }
}

static const char *
explain (int error)
{
  switch (error) {
  case -EBADF:
    return "it sent a file of memory that is no file, or too short";
  case -EBADFD:
    return "it sent a file for a ring that is no eventfd";
  case -EOPNOTSUPP:
    return "it asked for what was not offered";
  case -EFAULT:
    return "it put a ring where it has no memory";
  default:
    return "it asked for what cannot be";
  }
}

/* A front end that wants to be told of a failure goes on. */
static bool
finish (
    VmFrontEnd *self, const VmMessageHead *head, int error, const char **why)
{
  bool acknowledged = head->wants_reply &&
                      (self->protocol_features & BIT (VM_PROTOCOL_REPLY_ACK));

  if (acknowledged)
    return reply_number (self, head->request, error ? (uint64_t) -error : 0);
  if (error < 0)
    *why = explain (error);
  return error == 0;
}

bool
vm_front_end_handle (VmFrontEnd *self, const char **why)
{
  VmMessage message;
  VmLetter *letter;
  int result = vm_socket_receive (self->socket, &letter, why);

  if (result != 1)
    return result == 0;
  *why = vm_message_read_body (
      &letter->head, letter->body, letter->n_fds, &message);
  if (*why)
    return false;
  result = answer (self, letter, &message);
  if (result != 0)
    return result > 0;
  return finish (self, &letter->head, act (self, letter, &message), why);
}
