/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/controls.h"
#include "vhost/modes.h"
#include "vhost/queue.h"
#include "vhost/sessions.h"

/* What the ioctls of all sessions act on. */
typedef struct {
  VmModes *modes;
  VmControls *controls;
  VmSessions *sessions;
  VmQueue *queue;
  VmFormat format;
  uint64_t changed; /* controls that the embedder has not been told of */
} VmDevice;

/* Does what a guest asks for: the chain is at the ioctl's argument. Writes the answer,
 * and returns how many bytes that has. */
size_t vm_ioctl (
    VmDevice *device, uint32_t session, uint32_t code, VmChain *chain);
/* An answer without anything but a status; error: 0 or a negative errno. */
size_t vm_answer (const VmChain *chain, int error);
