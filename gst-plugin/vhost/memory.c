/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  VmRegion region;
  int fd;
  uint8_t *data;
} Slot;

struct VmMemory {
  unsigned n;
  Slot slots[VM_MEMORY_SLOTS];
};

VmMemory *
vm_memory_new (void)
{
  return calloc (1, sizeof (VmMemory));
}

void
vm_memory_free (VmMemory *self)
{
  if (self)
    vm_memory_clear (self);
  free (self);
}

static void
slot_clear (Slot *slot)
{
  munmap (slot->data, slot->region.size);
  close (slot->fd);
}

void
vm_memory_clear (VmMemory *self)
{
  while (self->n > 0)
    slot_clear (&self->slots[--self->n]);
}

static bool
is_sound (const VmRegion *r)
{
  return r->size > 0 && r->size <= SIZE_MAX && r->guest + r->size > r->guest &&
         r->user + r->size > r->user && r->offset + r->size > r->offset &&
         r->offset + r->size <= INT64_MAX;
}

static bool
do_overlap (const VmRegion *a, const VmRegion *b)
{
  return a->guest < b->guest + b->size && b->guest < a->guest + a->size;
}

/* Reading beyond a file's end is a SIGBUS. */
static bool
is_in_file (const VmRegion *region, int fd)
{
  struct stat s;

  if (fstat (fd, &s) < 0)
    return false;
  return !S_ISREG (s.st_mode) ||
         region->offset + region->size <= (uint64_t) s.st_size;
}

static int
check (VmMemory *self, const VmRegion *region, int fd)
{
  if (self->n == VM_MEMORY_SLOTS)
    return -ENOSPC;
  if (!is_sound (region))
    return -EINVAL;
  for (unsigned i = 0; i < self->n; i++)
    if (do_overlap (&self->slots[i].region, region))
      return -EEXIST;
  return is_in_file (region, fd) ? 0 : -EBADF;
}

int
vm_memory_add (VmMemory *self, const VmRegion *region, int fd)
{
  int error = check (self, region, fd);
  void *data = MAP_FAILED;

  if (error == 0) {
    data = mmap (NULL, region->size, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_NORESERVE, fd, (off_t) region->offset);
    error = data == MAP_FAILED ? -errno : 0;
  }
  if (error == 0)
    self->slots[self->n++] = (Slot){ *region, fd, data };
  else if (fd >= 0)
    close (fd);
  return error;
}

int
vm_memory_remove (VmMemory *self, const VmRegion *region)
{
  for (unsigned i = 0; i < self->n; i++) {
    Slot *slot = &self->slots[i];

    if (slot->region.guest != region->guest ||
        slot->region.size != region->size || slot->region.user != region->user)
      continue;
    slot_clear (slot);
    *slot = self->slots[--self->n];
    return 0;
  }
  return -ENOENT;
}

static Slot *
find (VmMemory *self, uint64_t guest, uint64_t *run)
{
  for (unsigned i = 0; i < self->n; i++) {
    const VmRegion *region = &self->slots[i].region;

    if (guest < region->guest || guest - region->guest >= region->size)
      continue;
    *run = region->size - (guest - region->guest);
    return &self->slots[i];
  }
  return NULL;
}

void *
vm_memory_at (VmMemory *self, uint64_t guest, uint64_t size, uint64_t *run)
{
  Slot *slot = find (self, guest, run);

  if (slot == NULL)
    return NULL;
  if (*run > size)
    *run = size;
  return slot->data + (guest - slot->region.guest);
}

void *
vm_memory_at_user (VmMemory *self, uint64_t user, uint64_t size)
{
  for (unsigned i = 0; i < self->n; i++) {
    const VmRegion *region = &self->slots[i].region;

    if (user >= region->user && user - region->user < region->size &&
        size <= region->size - (user - region->user))
      return self->slots[i].data + (user - region->user);
  }
  return NULL;
}

bool
vm_memory_find_file (
    VmMemory *self, uint64_t guest, uint64_t size, int *fd, uint64_t *offset)
{
  uint64_t run;
  Slot *slot = find (self, guest, &run);

  if (slot == NULL || run < size)
    return false;
  *fd = slot->fd;
  *offset = slot->region.offset + (guest - slot->region.guest);
  return true;
}
