/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "vhost/wire.h"

/* What a guest may choose from, and how its choice is made of what it asks for. Pure.
 * Functions with int return 0 or a negative errno. */
typedef struct VmModes VmModes;

typedef bool (*VmLayout) (void *data, uint32_t fourcc, uint32_t width,
    uint32_t height, uint32_t *bytesperline, uint32_t *sizeimage);

/* NULL: *error says why. */
VmModes *vm_modes_new (
    const VmMode *modes, unsigned n, VmLayout layout, void *data, int *error);
void vm_modes_free (VmModes *self);

int vm_modes_get_format (const VmModes *self, WireFmtdesc *wire);
int vm_modes_get_size (const VmModes *self, WireFrmsize *wire);
int vm_modes_get_interval (const VmModes *self, WireFrmival *wire);

void vm_modes_get_first (const VmModes *self, VmFormat *format);
/* Makes what is asked for in fourcc, width and height the nearest that there is. */
int vm_modes_fit (const VmModes *self, VmFormat *format);
void vm_modes_fit_interval (const VmModes *self, VmFormat *format);
bool vm_modes_has (const VmModes *self, const VmFormat *format);
