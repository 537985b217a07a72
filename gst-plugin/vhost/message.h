/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/memory.h"
#include "vhost/ring.h"

/* The messages of vhost-user, as bytes: no socket is known here. Numbers are in the
 * order of the machine. */

#define VM_MESSAGE_HEAD 12
#define VM_MESSAGE_MAX_BODY 4096
#define VM_MESSAGE_MAX_FDS VM_MEMORY_SLOTS

enum {
  VM_GET_FEATURES = 1,
  VM_SET_FEATURES = 2,
  VM_SET_OWNER = 3,
  VM_RESET_OWNER = 4,
  VM_SET_MEM_TABLE = 5,
  VM_SET_VRING_NUM = 8,
  VM_SET_VRING_ADDR = 9,
  VM_SET_VRING_BASE = 10,
  VM_GET_VRING_BASE = 11,
  VM_SET_VRING_KICK = 12,
  VM_SET_VRING_CALL = 13,
  VM_SET_VRING_ERR = 14,
  VM_GET_PROTOCOL_FEATURES = 15,
  VM_SET_PROTOCOL_FEATURES = 16,
  VM_GET_QUEUE_NUM = 17,
  VM_SET_VRING_ENABLE = 18,
  VM_SET_BACKEND_REQ_FD = 21,
  VM_GET_CONFIG = 24,
  VM_SET_CONFIG = 25,
  VM_RESET_DEVICE = 34,
  VM_GET_MAX_MEM_SLOTS = 36,
  VM_ADD_MEM_REG = 37,
  VM_REM_MEM_REG = 38,
  VM_GET_SHMEM_CONFIG = 44,
};

/* what the back end asks the front end */
enum { VM_SHMEM_MAP = 9, VM_SHMEM_UNMAP = 10 };

enum {
  VM_PROTOCOL_REPLY_ACK = 3,
  VM_PROTOCOL_BACKEND_REQ = 5,
  VM_PROTOCOL_CONFIG = 9,
  VM_PROTOCOL_BACKEND_SEND_FD = 10,
  VM_PROTOCOL_CONFIGURE_MEM_SLOTS = 15,
  VM_PROTOCOL_SHMEM = 22,
};

typedef struct {
  uint32_t request;
  bool is_reply;
  bool wants_reply;
  uint32_t size; /* of the body */
} VmMessageHead;

typedef struct {
  uint64_t number;
  uint32_t index, value; /* of a ring; a ring's number is checked */
  VmRingAddresses addresses;
  uint32_t n_regions;
  VmRegion regions[VM_MEMORY_SLOTS];
  uint32_t config_offset, config_size;
  bool has_fd; /* of a kick, call or error */
} VmMessage;

/* Each returns NULL, or what is wrong with it, as a sentence without its full stop. */
const char *vm_message_read_head (const uint8_t *bytes, VmMessageHead *head);
const char *vm_message_read_body (const VmMessageHead *head,
    const uint8_t *body, unsigned n_fds, VmMessage *message);

/* bytes has room for the head. */
void vm_message_write_head (uint8_t *bytes, uint32_t request, bool is_reply,
    bool wants_reply, uint32_t size);

/* The body of VM_SHMEM_MAP and _UNMAP */
#define VM_SHMEM_BODY 40
void vm_message_write_shmem (
    uint8_t *body, uint64_t address, uint64_t size, bool writable);
/* The body of the answer to VM_GET_SHMEM_CONFIG: region 0 has size bytes. */
#define VM_SHMEM_CONFIG_BODY (8 + 256 * 8)
void vm_message_write_shmem_config (uint8_t *body, uint64_t size);
