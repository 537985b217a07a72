/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What of the region of shared memory is mapped, and where. The front end maps, and says
 * later whether it could. */
typedef struct VmShmem VmShmem;

#define VM_SHMEM_SIZE (UINT64_C (1) << 30)

/* Ask the front end, one at a time; 0, or a negative errno: it cannot be asked. */
typedef struct {
  int (*map) (
      void *data, int fd, uint64_t address, uint64_t size, bool writable);
  int (*unmap) (void *data, uint64_t address, uint64_t size);
} VmShmemCalls;

VmShmem *vm_shmem_new (const VmShmemCalls *calls, void *data);
void vm_shmem_free (VmShmem *self);
/* The front end has forgotten all mappings. lost: it will answer nothing any more. */
void vm_shmem_clear (VmShmem *self, bool lost);

/* Each returns 0, a negative errno, or -EINPROGRESS: to be called again with the same
 * arguments after vm_shmem_answered(). key: what is mapped; size: whole pages. */
int vm_shmem_map (VmShmem *self, uint64_t key, int fd, uint64_t size,
    bool writable, uint64_t *address);
int vm_shmem_unmap (VmShmem *self, uint64_t address);
/* FALSE: nothing was asked. */
bool vm_shmem_answered (VmShmem *self, bool success);
