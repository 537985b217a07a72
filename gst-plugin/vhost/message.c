/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/message.h"

#include <string.h>

#define VERSION 1u
#define VERSION_MASK 3u
#define REPLY 4u
#define NEED_REPLY 8u

#define N_RINGS 2
#define NO_FD 0x100u

static uint32_t
at32 (const uint8_t *bytes, size_t offset)
{
  uint32_t value;

  memcpy (&value, bytes + offset, sizeof value);
  return value;
}

static uint64_t
at64 (const uint8_t *bytes, size_t offset)
{
  uint64_t value;

  memcpy (&value, bytes + offset, sizeof value);
  return value;
}

static void
put32 (uint8_t *bytes, size_t offset, uint32_t value)
{
  memcpy (bytes + offset, &value, sizeof value);
}

static void
put64 (uint8_t *bytes, size_t offset, uint64_t value)
{
  memcpy (bytes + offset, &value, sizeof value);
}

const char *
vm_message_read_head (const uint8_t *bytes, VmMessageHead *head)
{
  uint32_t flags = at32 (bytes, 4);

  *head = (VmMessageHead){ .request = at32 (bytes, 0),
    .is_reply = flags & REPLY,
    .wants_reply = flags & NEED_REPLY,
    .size = at32 (bytes, 8) };
  if ((flags & VERSION_MASK) != VERSION)
    return "it sent a message of another version of vhost-user";
  if (head->size > VM_MESSAGE_MAX_BODY)
    return "it sent a message that is too long";
  return NULL;
}

void
vm_message_write_head (uint8_t *bytes, uint32_t request, bool is_reply,
    bool wants_reply, uint32_t size)
{
  put32 (bytes, 0, request);
  put32 (bytes, 4,
      VERSION | (is_reply ? REPLY : 0) | (wants_reply ? NEED_REPLY : 0));
  put32 (bytes, 8, size);
}

static VmRegion
read_region (const uint8_t *bytes)
{
  return (VmRegion){ at64 (bytes, 0), at64 (bytes, 8), at64 (bytes, 16),
    at64 (bytes, 24) };
}

static const char *
read_table (
    const uint8_t *body, uint32_t size, unsigned n_fds, VmMessage *message)
{
  message->n_regions = at32 (body, 0);
  if (message->n_regions > VM_MEMORY_SLOTS)
    return "it has more regions of memory than were allowed";
  if (size < 8 + 32 * message->n_regions)
    return "it sent a table of memory that is too short";
  if (n_fds != message->n_regions)
    return "it sent another number of files than of regions of memory";
  for (uint32_t i = 0; i < message->n_regions; i++)
    message->regions[i] = read_region (body + 8 + 32 * i);
  return NULL;
}

static const char *
read_ring (const uint8_t *body, VmMessage *message)
{
  message->index = at32 (body, 0);
  message->value = at32 (body, 4);
  return message->index < N_RINGS ? NULL : "it named a ring that is not there";
}

static const char *
read_ring_addresses (const uint8_t *body, VmMessage *message)
{
  message->addresses = (VmRingAddresses){
    .descriptors = at64 (body, 8),
    .used = at64 (body, 16),
    .available = at64 (body, 24),
  };
  return read_ring (body, message);
}

static const char *
read_ring_fd (const uint8_t *body, unsigned n_fds, VmMessage *message)
{
  uint64_t value = at64 (body, 0);

  message->index = value & 0xff;
  message->has_fd = !(value & NO_FD);
  if (message->index >= N_RINGS)
    return "it named a ring that is not there";
  return n_fds == message->has_fd ? NULL
                                  : "it sent no file for a ring, or too many";
}

static const char *
read_config (const uint8_t *body, uint32_t size, VmMessage *message)
{
  message->config_offset = at32 (body, 0);
  message->config_size = at32 (body, 4);
  if (message->config_size > 256 || message->config_offset > 256 ||
      size < 12 + message->config_size)
    return "it asked for a configuration that is not there";
  return NULL;
}

static const char *
check_fds (uint32_t request, unsigned n_fds)
{
  unsigned wanted =
      request == VM_SET_BACKEND_REQ_FD || request == VM_ADD_MEM_REG;

  /* some send the file of what they take away */
  if (request == VM_REM_MEM_REG && n_fds == 1)
    return NULL;
  return n_fds == wanted ? NULL : "it sent files where none belong, or none";
}

/* How long a body is at least. */
static uint32_t
get_least (uint32_t request)
{
  switch (request) {
  case VM_SET_FEATURES:
  case VM_SET_PROTOCOL_FEATURES:
  case VM_SET_VRING_NUM:
  case VM_SET_VRING_BASE:
  case VM_GET_VRING_BASE:
  case VM_SET_VRING_ENABLE:
  case VM_SET_VRING_KICK:
  case VM_SET_VRING_CALL:
  case VM_SET_VRING_ERR:
  case VM_SET_MEM_TABLE:
    return 8;
  case VM_SET_VRING_ADDR:
  case VM_ADD_MEM_REG:
  case VM_REM_MEM_REG:
    return 40;
  case VM_GET_CONFIG:
  case VM_SET_CONFIG:
    return 12;
  default:
    return 0;
  }
}

const char *
vm_message_read_body (const VmMessageHead *head, const uint8_t *body,
    unsigned n_fds, VmMessage *message)
{
  const char *why = NULL;

  *message = (VmMessage){ 0 };
  if (head->size < get_least (head->request))
    return "it sent a message that is too short";
  switch (head->request) {
  case VM_SET_MEM_TABLE:
    return read_table (body, head->size, n_fds, message);
  case VM_SET_VRING_KICK:
  case VM_SET_VRING_CALL:
  case VM_SET_VRING_ERR:
    return read_ring_fd (body, n_fds, message);
  case VM_SET_FEATURES:
  case VM_SET_PROTOCOL_FEATURES:
    message->number = at64 (body, 0);
    break;
  case VM_SET_VRING_NUM:
  case VM_SET_VRING_BASE:
  case VM_GET_VRING_BASE:
  case VM_SET_VRING_ENABLE:
    why = read_ring (body, message);
    break;
  case VM_SET_VRING_ADDR:
    why = read_ring_addresses (body, message);
    break;
  case VM_ADD_MEM_REG:
  case VM_REM_MEM_REG:
    message->regions[0] = read_region (body + 8);
    break;
  case VM_GET_CONFIG:
  case VM_SET_CONFIG:
    why = read_config (body, head->size, message);
    break;
  }
  return why ? why : check_fds (head->request, n_fds);
}

void
vm_message_write_shmem (
    uint8_t *body, uint64_t address, uint64_t size, bool writable)
{
  memset (body, 0, VM_SHMEM_BODY); /* region 0, from the file's beginning */
  put64 (body, 16, address);
  put64 (body, 24, size);
  put64 (body, 32, writable);
}

void
vm_message_write_shmem_config (uint8_t *body, uint64_t size)
{
  memset (body, 0, VM_SHMEM_CONFIG_BODY);
  put32 (body, 0, 1);
  put64 (body, 8, size);
}
