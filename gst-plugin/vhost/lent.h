/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/chain.h"
#include "vhost/memory.h"
#include "vhost/range.h"

/* Pages of the guest (virtio-media's SHARED_PAGES) as one range of our addresses. */
typedef struct VmLent VmLent;

/* Reads the list of pieces that size bytes of the guest's memory are in, of which the
 * first needed are used. Returns 0 or a negative errno: -EINVAL for a list that is
 * none, -EFAULT for one that leads out of the guest's memory. */
int vm_lent_read (VmLent **lent, VmChain *chain, VmMemory *memory, size_t size,
    size_t needed);
void vm_lent_free (VmLent *self);
bool vm_lent_is_same (const VmLent *a, const VmLent *b);

/* A new range in which the pages lie, from *skip on. *is_copy: they do not, and what
 * is written there is to be copied into them. NULL: no memory, or memory is not the
 * guest's any more. */
VmRange *vm_lent_map (
    const VmLent *self, VmMemory *memory, size_t *skip, bool *is_copy);
/* FALSE: they are not the guest's any more. */
bool vm_lent_copy (
    const VmLent *self, VmMemory *memory, const uint8_t *data, size_t size);
