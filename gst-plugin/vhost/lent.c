/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/lent.h"

#include <errno.h>
#include <stdlib.h>

#include "vhost/wire.h"

/* Every piece but the first and the last has a page of the guest's, or more. */
#define GUEST_PAGE 4096
#define MAX_LIST 65536

typedef struct {
  uint64_t start;
  size_t size;
} Piece;

struct VmLent {
  size_t size; /* of all pieces */
  unsigned n;
  Piece pieces[];
};

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

static int
add (VmLent *self, const WirePiece *wire, size_t needed)
{
  size_t size = smaller (get32 (wire->size), needed - self->size);

  if (size == 0)
    return 0;
  if (self->n == needed / GUEST_PAGE + 2)
    return -EINVAL;
  self->pieces[self->n++] = (Piece){ get64 (wire->start), size };
  self->size += size;
  return 0;
}

static int
read_all (VmLent *self, VmChain *chain, size_t size, size_t needed)
{
  uint64_t total = 0;
  WirePiece wire;
  int error = 0;

  for (unsigned i = 0; error == 0 && total < size; i++) {
    if (i == MAX_LIST ||
        vm_chain_read (chain, &wire, sizeof wire) < sizeof wire ||
        get32 (wire.size) == 0)
      return -EINVAL;
    total += get32 (wire.size);
    error = add (self, &wire, needed);
  }
  return error ? error : total == size ? 0 : -EINVAL;
}

static bool
is_there (const Piece *piece, VmMemory *memory)
{
  uint64_t run = 0;

  for (uint64_t at = 0; at < piece->size; at += run)
    if (piece->start + at < piece->start ||
        !vm_memory_at (memory, piece->start + at, piece->size - at, &run))
      return false;
  return true;
}

static bool
are_there (const VmLent *self, VmMemory *memory)
{
  for (unsigned i = 0; i < self->n; i++)
    if (!is_there (&self->pieces[i], memory))
      return false;
  return true;
}

int
vm_lent_read (
    VmLent **lent, VmChain *chain, VmMemory *memory, size_t size, size_t needed)
{
  VmLent *self;
  int error;

  if (size < needed || needed == 0)
    return -EINVAL;
  self = calloc (
      1, sizeof *self + (needed / GUEST_PAGE + 2) * sizeof self->pieces[0]);
  if (self == NULL)
    return -ENOMEM;
  error = read_all (self, chain, size, needed);
  if (error == 0 && !are_there (self, memory))
    error = -EFAULT;
  if (error == 0)
    *lent = self;
  else
    free (self);
  return error;
}

void
vm_lent_free (VmLent *self)
{
  free (self);
}

bool
vm_lent_is_same (const VmLent *a, const VmLent *b)
{
  if (a == NULL || b == NULL || a->n != b->n)
    return false;
  for (unsigned i = 0; i < a->n; i++)
    if (a->pieces[i].start != b->pieces[i].start ||
        a->pieces[i].size != b->pieces[i].size)
      return false;
  return true;
}

/* Whole pages of the piece's file, at its position in the range; at the piece's ends
 * they have other bytes of the guest's, which are not ours to write. */
static bool
place (const Piece *piece, VmMemory *memory, VmRange *range, size_t at)
{
  size_t page = vm_page_size ();
  uint64_t offset;
  int fd;

  if (!vm_memory_find_file (memory, piece->start, piece->size, &fd, &offset) ||
      offset % page != at % page)
    return false;
  return vm_range_place (range, at - at % page,
             vm_page_align (at % page + piece->size), fd,
             offset - offset % page) == 0;
}

/* Between two pieces there must be the end of a page, or the second's would be in the
 * place of the first's. */
static bool
place_all (const VmLent *self, VmMemory *memory, VmRange *range, size_t at)
{
  for (unsigned i = 0; i < self->n; i++) {
    if ((i > 0 && at % vm_page_size ()) ||
        !place (&self->pieces[i], memory, range, at))
      return false;
    at += self->pieces[i].size;
  }
  return true;
}

VmRange *
vm_lent_map (const VmLent *self, VmMemory *memory, size_t *skip, bool *is_copy)
{
  VmRange *range;

  if (!are_there (self, memory))
    return NULL;
  *skip = self->pieces[0].start % vm_page_size ();
  range = vm_range_new (*skip + self->size);
  if (range == NULL)
    return NULL;
  *is_copy = !place_all (self, memory, range, *skip);
  if (*is_copy)
    vm_range_revoke (range);
  return range;
}

static bool
copy_piece (
    const Piece *piece, VmMemory *memory, const uint8_t *data, size_t size)
{
  uint64_t run;

  for (size_t at = 0; at < size; at += run) {
    void *to = vm_memory_at (memory, piece->start + at, size - at, &run);

    if (to == NULL)
      return false;
    memcpy (to, data + at, run);
  }
  return true;
}

bool
vm_lent_copy (
    const VmLent *self, VmMemory *memory, const uint8_t *data, size_t size)
{
  for (unsigned i = 0; i < self->n && size > 0; i++) {
    size_t n = smaller (size, self->pieces[i].size);

    if (!copy_piece (&self->pieces[i], memory, data, n))
      return false;
    data += n;
    size -= n;
  }
  return true;
}
