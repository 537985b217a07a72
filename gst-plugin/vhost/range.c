/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/range.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A process has 65530 mappings (vm.max_map_count), of which no guest may take the last:
 * then nothing could be revoked. */
#define MAX_PIECES 32768

struct VmRange {
  unsigned refs;
  size_t size;
  uint8_t *data;
  unsigned n_pieces; /* of files */
};

static atomic_uint n_all_pieces; /* of all ranges */

size_t
vm_page_size (void)
{
  return (size_t) sysconf (_SC_PAGESIZE);
}

size_t
vm_page_align (size_t size)
{
  return (size + vm_page_size () - 1) & ~(vm_page_size () - 1);
}

/* at: NULL, or the address that it replaces. */
static void *
map_nobodys (void *at, size_t size)
{
  return mmap (at, size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1,
      0);
}

VmRange *
vm_range_new (size_t size)
{
  VmRange *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->refs = 1;
  self->size = vm_page_align (size);
  self->data = map_nobodys (NULL, self->size);
  if (self->data == MAP_FAILED) {
    free (self);
    return NULL;
  }
  return self;
}

VmRange *
vm_range_ref (VmRange *self)
{
  self->refs++;
  return self;
}

static void
forget_pieces (VmRange *self)
{
  atomic_fetch_sub (&n_all_pieces, self->n_pieces);
  self->n_pieces = 0;
}

void
vm_range_unref (VmRange *self)
{
  if (self == NULL || --self->refs > 0)
    return;
  munmap (self->data, self->size);
  forget_pieces (self);
  free (self);
}

uint8_t *
vm_range_get_data (VmRange *self)
{
  return self->data;
}

int
vm_range_place (VmRange *self, size_t at, size_t size, int fd, uint64_t offset)
{
  if (at > self->size || size > self->size - at)
    return -EINVAL;
  self->n_pieces++;
  if (atomic_fetch_add (&n_all_pieces, 1) >= MAX_PIECES)
    return -ENOSPC;
  if (mmap (self->data + at, size, PROT_READ | PROT_WRITE,
          MAP_SHARED | MAP_FIXED, fd, (off_t) offset) == MAP_FAILED)
    return -errno;
  return 0;
}

/* Without memory for it, which needs but a few page tables, the guest's pages would
 * stay writable: rather none of us goes on. */
void
vm_range_revoke (VmRange *self)
{
  if (map_nobodys (self->data, self->size) == MAP_FAILED)
    abort ();
  forget_pieces (self);
}
