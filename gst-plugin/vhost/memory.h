/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The memory of a guest, as its front end has handed it over. Addresses of the guest
 * become pointers only here, and only where a region covers them. Not thread-safe. */
typedef struct VmMemory VmMemory;

#define VM_MEMORY_SLOTS 32

typedef struct {
  uint64_t guest; /* its address in the guest */
  uint64_t size;
  uint64_t user;   /* its address in the front end */
  uint64_t offset; /* in the file */
} VmRegion;

VmMemory *vm_memory_new (void);
void vm_memory_free (VmMemory *self);

/* Takes fd in any case. Returns 0 or a negative errno. */
int vm_memory_add (VmMemory *self, const VmRegion *region, int fd);
int vm_memory_remove (VmMemory *self, const VmRegion *region);
void vm_memory_clear (VmMemory *self);

/* The first bytes of what is at guest: *run of them, of size or less, lie in one
 * piece. NULL: nothing is there. */
void *vm_memory_at (
    VmMemory *self, uint64_t guest, uint64_t size, uint64_t *run);
/* By the address of the front end. NULL: not all size bytes are there in one piece. */
void *vm_memory_at_user (VmMemory *self, uint64_t user, uint64_t size);
/* Where those bytes lie in a file. FALSE: not all of them are in one. */
bool vm_memory_find_file (
    VmMemory *self, uint64_t guest, uint64_t size, int *fd, uint64_t *offset);
