/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "vhost/range.h"

/* A buffer that the embedder holds; it outlives the guest's. */
typedef struct VmHeld VmHeld;

/* owner: whose it is; data: where in the range a frame begins. */
VmHeld *vm_held_new (void *owner, VmRange *range, uint8_t *data, size_t size);
void vm_held_free (VmHeld *self);
/* From now on it is nobody's, and whoever writes into it writes into nowhere. */
void vm_held_revoke (VmHeld *self);

VmHeld *vm_held_of (VmBuffer *buffer);
VmBuffer *vm_held_get_buffer (VmHeld *self);
/* NULL: it was revoked. */
void *vm_held_get_owner (const VmHeld *self);
/* The frame is the guest's. */
void vm_held_set_done (VmHeld *self);
bool vm_held_is_done (const VmHeld *self);
