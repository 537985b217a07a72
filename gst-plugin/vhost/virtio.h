/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/media.h"
#include "vhost/ring.h"
#include "vhost/socket.h"

/* The device as virtio has it: features, the guest's memory, a ring of commands and one
 * of events, and behind them the media device. Not thread-safe. Functions with int
 * return 0 or a negative errno. */
typedef struct VmVirtio VmVirtio;

enum { VM_COMMANDS, VM_EVENTS, VM_N_RINGS };

#define VM_FEATURES \
  (UINT64_C (1) << 28 /* INDIRECT_DESC */ | \
      UINT64_C (1) << 29 /* EVENT_IDX */ | \
      UINT64_C (1) << 30 /* PROTOCOL_FEATURES */ | \
      UINT64_C (1) << 32 /* VERSION_1 */)

/* NULL: *error says why. */
VmVirtio *vm_virtio_new (
    const VmCameraConfig *config, VmCameraCounts *counts, int *error);
void vm_virtio_free (VmVirtio *self);
VmMedia *vm_virtio_get_media (VmVirtio *self);

int vm_virtio_set_features (VmVirtio *self, uint64_t features);
/* Takes the socket; has_shared_memory: the front end maps what it is asked to. */
void vm_virtio_set_channel (
    VmVirtio *self, VmSocket *channel, bool has_shared_memory);

/* Take the fds in any case. */
int vm_virtio_set_memory (
    VmVirtio *self, const VmRegion *regions, unsigned n, VmLetter *letter);
int vm_virtio_add_memory (VmVirtio *self, const VmRegion *region, int fd);
int vm_virtio_remove_memory (VmVirtio *self, const VmRegion *region);

int vm_virtio_set_size (VmVirtio *self, unsigned ring, uint32_t size);
int vm_virtio_set_addresses (
    VmVirtio *self, unsigned ring, const VmRingAddresses *addresses);
void vm_virtio_set_base (VmVirtio *self, unsigned ring, uint16_t base);
void vm_virtio_set_enabled (VmVirtio *self, unsigned ring, bool enabled);
/* Take fd in any case, an eventfd; -1: none is called. A ring with a kick runs. */
int vm_virtio_set_kick (VmVirtio *self, unsigned ring, int fd);
int vm_virtio_set_call (VmVirtio *self, unsigned ring, int fd);
/* The ring is at rest when it returns; the number of its next request. */
uint16_t vm_virtio_stop (VmVirtio *self, unsigned ring);
/* As new, but for sessions' settings; lost: the front end has gone. */
void vm_virtio_reset (VmVirtio *self, bool lost);

/* What to poll for; -1: nothing. */
int vm_virtio_get_kick (const VmVirtio *self, unsigned ring);
int vm_virtio_get_channel (const VmVirtio *self);
/* They are readable. FALSE: the front end has gone, or *why. */
bool vm_virtio_kicked (VmVirtio *self, unsigned ring, const char **why);
bool vm_virtio_answered (VmVirtio *self, const char **why);
/* Does what there is to do, up to a limit. TRUE: there is more. */
bool vm_virtio_run (VmVirtio *self);
