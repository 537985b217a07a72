/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "vhost/wire.h"

/* The controls, their values, and what has changed. Pure. Functions with int return 0
 * or a negative errno. A control is named by its place where that is said. */
typedef struct VmControls VmControls;

#define VM_MAX_CONTROLS 64

VmControls *vm_controls_new (const VmControl *controls, unsigned n, int *error);
void vm_controls_free (VmControls *self);

int vm_controls_query (const VmControls *self, WireControlInfo *wire);
int vm_controls_get_menu (const VmControls *self, WireMenu *wire);

/* -1: there is none. */
int vm_controls_find (const VmControls *self, uint32_t id);

typedef enum {
  VM_CONTROLS_GET,
  VM_CONTROLS_TRY,
  VM_CONTROLS_SET,
} VmControlsAction;

/* G_, TRY_ and S_EXT_CTRLS; items: as many as wire->count says. *changed: a bit for
 * the place of each that has another value now. */
int vm_controls_act (VmControls *self, VmControlsAction action,
    WireControls *wire, WireControl *items, uint64_t *changed);
/* As the embedder does it. */
int vm_controls_set (
    VmControls *self, uint32_t id, int64_t value, uint64_t *changed);

void vm_controls_fill_event (
    const VmControls *self, int place, uint32_t changes, WireV4l2Event *event);
/* The id and value at a place, for the embedder. */
void vm_controls_get (
    const VmControls *self, int place, uint32_t *id, int64_t *value);
