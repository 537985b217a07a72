/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/controls.h"
#include "vhost/wire.h"

/* The guest's sessions (its open files), what events each wants, and which it has not
 * been sent yet. An event that waits is a flag, so that however many wait take no
 * memory. Pure. */
typedef struct VmSessions VmSessions;

#define VM_MAX_SESSIONS 64

VmSessions *vm_sessions_new (const VmControls *controls);
void vm_sessions_free (VmSessions *self);

/* 0 or a negative errno. Numbers are not used again. */
int vm_sessions_open (VmSessions *self, uint32_t *session);
void vm_sessions_close (VmSessions *self, uint32_t session);
void vm_sessions_close_all (VmSessions *self);
/* It is open, and has had no error. */
bool vm_sessions_has (const VmSessions *self, uint32_t session);
unsigned vm_sessions_count (const VmSessions *self);

int vm_sessions_subscribe (
    VmSessions *self, uint32_t session, const WireSubscription *wire);
int vm_sessions_unsubscribe (
    VmSessions *self, uint32_t session, const WireSubscription *wire);

/* What happened. changed: a bit for each place of a control; by: the session that did
 * it, or -1. */
void vm_sessions_controls_changed (
    VmSessions *self, uint64_t changed, int64_t by);
void vm_sessions_source_changed (VmSessions *self);
void vm_sessions_fail_all (VmSessions *self, int error);

/* Bytes of the next event that waits; 0: none does. */
size_t vm_sessions_get_event (VmSessions *self, WireEventEvent *event);
void vm_sessions_sent (VmSessions *self);
