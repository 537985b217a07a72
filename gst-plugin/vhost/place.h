/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/lent.h"

/* Where a buffer's frame lies: in a file of ours, or in pages that the guest lends. */
typedef struct VmPlace VmPlace;

/* size: of the frame. NULL: no memory. */
VmPlace *vm_place_new_file (size_t size);
VmPlace *vm_place_new_pages (size_t size);
void vm_place_free (VmPlace *self);

size_t vm_place_get_size (const VmPlace *self);
/* -1: it is in the guest's pages. */
int vm_place_get_fd (const VmPlace *self);
/* Takes lent; the place is detached, unless those are the pages that it has. */
bool vm_place_has_pages (const VmPlace *self, const VmLent *lent);
void vm_place_set_pages (VmPlace *self, VmLent *lent);

/* Makes its range, which stays until it is detached. Returns 0 or a negative errno. */
int vm_place_attach (VmPlace *self, VmMemory *memory);
void vm_place_detach (VmPlace *self);
/* NULL: it is not attached. The place's, as is the data. */
VmRange *vm_place_get_range (const VmPlace *self);
uint8_t *vm_place_get_data (const VmPlace *self);

/* Whether what is written there is to be copied, and does that; FALSE: the pages are
 * not the guest's any more. */
bool vm_place_is_copy (const VmPlace *self);
bool vm_place_copy (VmPlace *self, VmMemory *memory, size_t size);
