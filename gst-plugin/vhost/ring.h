/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/chain.h"
#include "vhost/memory.h"

/* A split virtqueue, as its device sees it. The guest may write anything anywhere in
 * it at any time: all is read once, and checked. Not thread-safe. */
typedef struct VmRing VmRing;

#define VM_RING_MAX_SIZE 1024
/* pieces of memory that one request may be made of, each way */
#define VM_RING_MAX_PIECES 1024

/* Where its parts lie, in the addresses of the front end. */
typedef struct {
  uint64_t descriptors, available, used;
} VmRingAddresses;

VmRing *vm_ring_new (VmMemory *memory);
void vm_ring_free (VmRing *self);
/* As new. */
void vm_ring_reset (VmRing *self);

/* Each returns 0 or a negative errno. */
int vm_ring_set_size (VmRing *self, uint32_t size);
int vm_ring_set_addresses (VmRing *self, const VmRingAddresses *addresses);
/* To be called after memory has changed. */
int vm_ring_find_memory (VmRing *self);
void vm_ring_set_event_index (VmRing *self, bool has);
/* The number of the next request. */
void vm_ring_set_base (VmRing *self, uint16_t base);
uint16_t vm_ring_get_base (const VmRing *self);

/* 1: chain is the next request, and valid until the next call; 0: there is none;
 * -EBADMSG: the next request is none, and to be pushed with 0 bytes, head is set;
 * -EPIPE: the ring is beyond repair, or is not there. */
int vm_ring_pop (VmRing *self, VmChain *chain);
/* Undoes the last pop: it is the next request again. */
void vm_ring_put_back (VmRing *self);
/* TRUE: there is a request after all. FALSE: the guest will kick when there is. */
bool vm_ring_wait (VmRing *self);
/* The guest has its request back; TRUE: it wants to be called. */
bool vm_ring_push (VmRing *self, uint16_t head, uint32_t n_written);
