/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "vhost/chain.h"
#include "vhost/memory.h"
#include "vhost/queue.h"
#include "vhost/shmem.h"
#include "vhost/wire.h"

/* The virtio-media device, which knows of no socket and no ring. Not thread-safe. */
typedef struct VmMedia VmMedia;

typedef struct {
  VmShmemCalls shmem;
  /* FALSE: the guest has no room for it now. */
  bool (*send_event) (void *data, const void *event, size_t size);
} VmMediaCalls;

/* memory, calls, data and counts outlive it. NULL: *error says why. */
VmMedia *vm_media_new (const VmCameraConfig *config, VmMemory *memory,
    const VmMediaCalls *calls, void *data, VmCameraCounts *counts, int *error);
void vm_media_free (VmMedia *self);

void vm_media_fill_config (const VmMedia *self, WireConfig *config);
void vm_media_set_shared_memory (VmMedia *self, bool has);

/* Does a command; *n_written: bytes of the answer. FALSE: to be called again after
 * vm_media_answered(), nothing was written. */
bool vm_media_command (VmMedia *self, VmChain *chain, size_t *n_written);
/* The front end has mapped or unmapped. FALSE: it was not asked to. */
bool vm_media_answered (VmMedia *self, bool success);
/* Sends what waits, as far as there is room. */
void vm_media_flush (VmMedia *self);

/* The guest has reset the device, or is gone: lost says so. */
void vm_media_reset (VmMedia *self, bool lost);
/* While it does not run, or its memory changes, all is kept, and nobody writes into
 * its pages. */
void vm_media_pause (VmMedia *self);
void vm_media_resume (VmMedia *self);

/* For the embedder. 0: no guest streams; else another number for each time one
 * began. format may be NULL. */
uint32_t vm_media_get_stream (const VmMedia *self, VmFormat *format);
/* FALSE: the guest has set no control since it was asked last. */
bool vm_media_get_change (VmMedia *self, uint32_t *id, int64_t *value);
VmQueue *vm_media_get_queue (VmMedia *self);
int vm_media_set_modes (VmMedia *self, const VmMode *modes, unsigned n);
int vm_media_set_control (VmMedia *self, uint32_t id, int64_t value);
void vm_media_post_error (VmMedia *self, int error);
unsigned vm_media_count_sessions (const VmMedia *self);
