/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A socket at a path, on which front ends call. */
typedef struct VmListener VmListener;

/* NULL: *error says why, as vm_camera_create() has it. */
VmListener *vm_listener_new (const char *path, int *error);
/* Takes the socket away, unless somebody has put another in its place. Takes NULL. */
void vm_listener_free (VmListener *self);
int vm_listener_get_fd (const VmListener *self);
/* -1: nobody calls now. */
int vm_listener_accept (VmListener *self);
