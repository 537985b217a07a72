/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Host addresses without a gap, behind which the memory can be exchanged: pieces of
 * files, or nobody's memory. Whoever holds it can read and write it at any time. Its
 * references are counted under the lock of the owner. */
typedef struct VmRange VmRange;

/* NULL: no memory. It begins as nobody's. */
VmRange *vm_range_new (size_t size);
VmRange *vm_range_ref (VmRange *self);
void vm_range_unref (VmRange *self);
uint8_t *vm_range_get_data (VmRange *self);

/* Puts size bytes of fd at position at; at, size and offset are whole pages. Returns
 * 0 or a negative errno: -ENOSPC when this process has enough pieces. */
int vm_range_place (
    VmRange *self, size_t at, size_t size, int fd, uint64_t offset);
/* From when it returns what is written goes nowhere, also by whoever is writing now. */
void vm_range_revoke (VmRange *self);

size_t vm_page_size (void);
size_t vm_page_align (size_t size);
