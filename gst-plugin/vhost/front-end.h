/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/virtio.h"

/* One connection of a virtual machine monitor, which sets the device up. Not
 * thread-safe. */
typedef struct VmFrontEnd VmFrontEnd;

/* Takes fd; virtio outlives it. pages_only: no shared memory is offered. NULL: no
 * memory. */
VmFrontEnd *vm_front_end_new (int fd, VmVirtio *virtio, bool pages_only);
/* The device is as new. */
void vm_front_end_free (VmFrontEnd *self);
int vm_front_end_get_fd (const VmFrontEnd *self);
/* Its socket is readable. FALSE: the connection has ended; *why: NULL, or what the
 * front end did wrong. */
bool vm_front_end_handle (VmFrontEnd *self, const char **why);
