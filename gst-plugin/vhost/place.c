/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct VmPlace {
  size_t size;
  int fd;         /* of ours; -1: it is in the guest's pages */
  VmLent *lent;   /* those pages; NULL: none yet */
  VmRange *range; /* NULL: not attached */
  size_t skip;    /* of the range */
  bool is_copy;   /* the range is, of the pages */
};

VmPlace *
vm_place_new_pages (size_t size)
{
  VmPlace *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->size = size;
  self->fd = -1;
  return self;
}

/* Sealed, so that nobody who maps it can make it shorter under the others. */
static bool
make_file (VmPlace *self)
{
  self->fd = memfd_create ("virtcam", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return self->fd >= 0 &&
         ftruncate (self->fd, (off_t) vm_page_align (self->size)) == 0 &&
         fcntl (self->fd, F_ADD_SEALS,
             F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

VmPlace *
vm_place_new_file (size_t size)
{
  VmPlace *self = vm_place_new_pages (size);

  if (self == NULL || make_file (self))
    return self;
  vm_place_free (self);
  return NULL;
}

void
vm_place_free (VmPlace *self)
{
  if (self == NULL)
    return;
  vm_place_detach (self);
  vm_lent_free (self->lent);
  if (self->fd >= 0)
    close (self->fd);
  free (self);
}

size_t
vm_place_get_size (const VmPlace *self)
{
  return self->size;
}

int
vm_place_get_fd (const VmPlace *self)
{
  return self->fd;
}

bool
vm_place_has_pages (const VmPlace *self, const VmLent *lent)
{
  return vm_lent_is_same (self->lent, lent);
}

/* The guest lends the same pages again and again: they stay where they are. */
void
vm_place_set_pages (VmPlace *self, VmLent *lent)
{
  if (!vm_lent_is_same (self->lent, lent))
    vm_place_detach (self);
  vm_lent_free (self->lent);
  self->lent = lent;
}

static void
attach_file (VmPlace *self)
{
  self->range = vm_range_new (self->size);
  if (self->range && vm_range_place (self->range, 0, vm_page_align (self->size),
                         self->fd, 0) < 0)
    vm_place_detach (self);
}

int
vm_place_attach (VmPlace *self, VmMemory *memory)
{
  if (self->range)
    return 0;
  if (self->fd >= 0)
    attach_file (self);
  else if (self->lent)
    self->range = vm_lent_map (self->lent, memory, &self->skip, &self->is_copy);
  return self->range ? 0 : -ENOMEM;
}

void
vm_place_detach (VmPlace *self)
{
  vm_range_unref (self->range);
  self->range = NULL;
  self->skip = 0;
  self->is_copy = false;
}

VmRange *
vm_place_get_range (const VmPlace *self)
{
  return self->range;
}

uint8_t *
vm_place_get_data (const VmPlace *self)
{
  return vm_range_get_data (self->range) + self->skip;
}

bool
vm_place_is_copy (const VmPlace *self)
{
  return self->is_copy;
}

bool
vm_place_copy (VmPlace *self, VmMemory *memory, size_t size)
{
  return vm_lent_copy (self->lent, memory, vm_place_get_data (self), size);
}
