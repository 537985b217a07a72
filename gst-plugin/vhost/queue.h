/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "vhost/chain.h"
#include "vhost/memory.h"
#include "vhost/wire.h"

/* The guest's buffers: whose they are, and in whose hands. Not thread-safe. Functions
 * with int return 0 or a negative errno. */
typedef struct VmQueue VmQueue;

#define VM_MAX_BUFFERS 32

/* Both outlive the queue. */
VmQueue *vm_queue_new (VmMemory *memory, VmCameraCounts *counts);
/* What is held still stays valid. */
void vm_queue_free (VmQueue *self);

/* has: the front end maps shared memory, so that MMAP is possible. */
void vm_queue_set_shared_memory (VmQueue *self, bool has);
uint32_t vm_queue_get_capabilities (const VmQueue *self);

/* The guest's side */
int vm_queue_request (
    VmQueue *self, uint32_t session, WireRequest *wire, size_t size);
/* size: of a frame now; that in wire may be more. */
int vm_queue_create (
    VmQueue *self, uint32_t session, WireCreate *wire, size_t size);
int vm_queue_query (VmQueue *self, uint32_t session, WireBuffer *wire);
/* chain: at the list of pieces. */
int vm_queue_queue (
    VmQueue *self, uint32_t session, WireBuffer *wire, VmChain *chain);
int vm_queue_start (VmQueue *self, uint32_t session);
int vm_queue_stop (VmQueue *self, uint32_t session);
/* The session is closed, or all are. */
void vm_queue_leave (VmQueue *self, uint32_t session);
void vm_queue_clear (VmQueue *self);
/* The memory of the buffer that offset names; fd stays the queue's. */
int vm_queue_get_file (
    VmQueue *self, uint32_t session, uint32_t offset, int *fd, uint64_t *size);

bool vm_queue_is_busy (const VmQueue *self); /* somebody has buffers */
bool vm_queue_is_streaming (const VmQueue *self);

/* The oldest buffer that the guest has not been told of. FALSE: none. */
bool vm_queue_get_done (VmQueue *self, uint32_t *session, WireBuffer *wire);
void vm_queue_told (VmQueue *self);

/* While the guest's memory changes, or the guest is stopped, nobody holds its pages,
 * and nothing can be taken. */
void vm_queue_detach (VmQueue *self);
void vm_queue_attach (VmQueue *self);

/* The embedder's side */
VmBuffer *vm_queue_take (VmQueue *self);
int vm_queue_done (VmQueue *self, VmBuffer *buffer, size_t bytesused,
    uint64_t time_ns, uint32_t sequence, uint32_t flags);
/* Works without a queue, too, once that is freed. */
void vm_queue_give_back (VmBuffer *buffer);
unsigned vm_queue_count_empty (const VmQueue *self);
