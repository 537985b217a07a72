/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/held.h"

#include <stdlib.h>

struct VmHeld {
  VmBuffer public; /* comes first: the embedder's pointer is to it */
  VmRange *range;  /* a reference */
  void *owner;
  bool done;
};

VmHeld *
vm_held_new (void *owner, VmRange *range, uint8_t *data, size_t size)
{
  VmHeld *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->public = (VmBuffer){ .data = data, .size = size };
  self->range = vm_range_ref (range);
  self->owner = owner;
  return self;
}

void
vm_held_free (VmHeld *self)
{
  vm_range_unref (self->range);
  free (self);
}

void
vm_held_revoke (VmHeld *self)
{
  vm_range_revoke (self->range);
  self->owner = NULL;
}

VmHeld *
vm_held_of (VmBuffer *buffer)
{
  return (VmHeld *) buffer;
}

VmBuffer *
vm_held_get_buffer (VmHeld *self)
{
  return &self->public;
}

void *
vm_held_get_owner (const VmHeld *self)
{
  return self->owner;
}

bool
vm_held_is_done (const VmHeld *self)
{
  return self->done;
}

void
vm_held_set_done (VmHeld *self)
{
  self->done = true;
}
