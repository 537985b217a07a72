/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/ring.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "vhost/wire.h"

enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };
enum { NO_INTERRUPT = 1 };

typedef struct {
  Le64 address;
  Le32 size;
  Le16 flags, next;
} Descriptor;
_Static_assert(sizeof (Descriptor) == 16, "a descriptor");

typedef struct {
  Le32 head, n_written;
} Used;

struct VmRing {
  VmMemory *memory;
  uint16_t size;
  bool event_index;
  bool broken;
  VmRingAddresses addresses;

  /* the guest's; NULL: not there */
  Descriptor *descriptors;
  uint8_t *available; /* flags, index, heads, used event */
  uint8_t *used;      /* flags, index, entries, available event */

  uint16_t next_available, next_used;

  struct iovec out[VM_RING_MAX_PIECES], in[VM_RING_MAX_PIECES];
};

VmRing *
vm_ring_new (VmMemory *memory)
{
  VmRing *self = calloc (1, sizeof *self);

  if (self)
    self->memory = memory;
  return self;
}

void
vm_ring_free (VmRing *self)
{
  free (self);
}

void
vm_ring_reset (VmRing *self)
{
  *self = (VmRing){ .memory = self->memory };
}

int
vm_ring_set_size (VmRing *self, uint32_t size)
{
  if (size == 0 || size > VM_RING_MAX_SIZE || (size & (size - 1)))
    return -EINVAL;
  self->size = (uint16_t) size;
  return 0;
}

int
vm_ring_set_addresses (VmRing *self, const VmRingAddresses *addresses)
{
  if (addresses->descriptors % 16 || addresses->available % 2 ||
      addresses->used % 4)
    return -EINVAL;
  self->addresses = *addresses;
  return vm_ring_find_memory (self);
}

int
vm_ring_find_memory (VmRing *self)
{
  const VmRingAddresses *a = &self->addresses;

  self->descriptors = NULL;
  self->available = self->used = NULL;
  if (self->size == 0 || (a->descriptors | a->available | a->used) == 0)
    return 0;
  self->descriptors =
      vm_memory_at_user (self->memory, a->descriptors, 16u * self->size);
  self->available =
      vm_memory_at_user (self->memory, a->available, 6u + 2u * self->size);
  self->used = vm_memory_at_user (self->memory, a->used, 6u + 8u * self->size);
  if (self->descriptors && self->available && self->used)
    return 0;
  self->descriptors = NULL;
  return -EFAULT;
}

void
vm_ring_set_event_index (VmRing *self, bool has)
{
  self->event_index = has;
}

void
vm_ring_set_base (VmRing *self, uint16_t base)
{
  self->next_available = base;
  self->next_used = base;
  self->broken = false;
}

uint16_t
vm_ring_get_base (const VmRing *self)
{
  return self->next_available;
}

/* The parts of the ring lie at even addresses. */
static uint16_t
load (const uint8_t *place)
{
  return le16toh (__atomic_load_n (
      (const uint16_t *) (const void *) place, __ATOMIC_ACQUIRE));
}

static void
store (uint8_t *place, uint16_t value)
{
  __atomic_store_n (
      (uint16_t *) (void *) place, htole16 (value), __ATOMIC_RELEASE);
}

static bool
add_piece (VmRing *self, VmChain *chain, bool in, uint8_t *data, size_t size)
{
  unsigned *n = in ? &chain->n_in : &chain->n_out;
  struct iovec *pieces = in ? self->in : self->out;

  if (*n == VM_RING_MAX_PIECES)
    return false;
  pieces[(*n)++] = (struct iovec){ data, size };
  *(in ? &chain->in_size : &chain->out_size) += size;
  return true;
}

/* What the guest sees in one piece can lie in several of the front end's. */
static bool
add (VmRing *self, VmChain *chain, const Descriptor *d)
{
  uint64_t address = get64 (d->address), left = get32 (d->size), run;
  bool in = get16 (d->flags) & WRITE;

  if (!in && chain->n_in > 0)
    return false;
  for (; left > 0; address += run, left -= run) {
    uint8_t *data = vm_memory_at (self->memory, address, left, &run);

    if (data == NULL || !add_piece (self, chain, in, data, run))
      return false;
  }
  return true;
}

/* n: how many may follow, so that no loop of the guest's is endless. */
static bool
read_indirect (VmRing *self, VmChain *chain, const Descriptor *table)
{
  uint64_t address = get64 (table->address), run;
  uint32_t n = get32 (table->size) / 16, at = 0;
  Descriptor d;

  if (n == 0 || n > VM_RING_MAX_PIECES || get32 (table->size) % 16)
    return false;
  for (uint32_t seen = 0; seen < n; seen++) {
    void *entry = at < n
                      ? vm_memory_at (self->memory, address + 16 * at, 16, &run)
                      : NULL;

    if (entry == NULL || run < 16)
      return false;
    memcpy (&d, entry, 16);
    if ((get16 (d.flags) & INDIRECT) || !add (self, chain, &d))
      return false;
    if (!(get16 (d.flags) & NEXT))
      return true;
    at = get16 (d.next);
  }
  return false;
}

static bool
read_chain (VmRing *self, VmChain *chain)
{
  uint16_t at = chain->head;
  Descriptor d;

  for (unsigned seen = 0; seen < self->size; seen++) {
    if (at >= self->size)
      return false;
    memcpy (&d, &self->descriptors[at], 16);
    if (get16 (d.flags) & INDIRECT)
      return !(get16 (d.flags) & NEXT) && read_indirect (self, chain, &d);
    if (!add (self, chain, &d))
      return false;
    if (!(get16 (d.flags) & NEXT))
      return true;
    at = get16 (d.next);
  }
  return false;
}

static uint16_t
count_available (VmRing *self)
{
  return (uint16_t) (load (self->available + 2) - self->next_available);
}

static bool
is_there (VmRing *self)
{
  if (self->broken || self->descriptors == NULL)
    return false;
  self->broken = count_available (self) > self->size;
  return !self->broken;
}

int
vm_ring_pop (VmRing *self, VmChain *chain)
{
  *chain = (VmChain){ .out = self->out, .in = self->in };
  if (!is_there (self))
    return -EPIPE;
  if (count_available (self) == 0)
    return 0;
  chain->head =
      load (self->available + 4 + 2 * (self->next_available % self->size));
  if (chain->head >= self->size) {
    self->broken = true;
    return -EPIPE;
  }
  self->next_available++;
  return read_chain (self, chain) ? 1 : -EBADMSG;
}

void
vm_ring_put_back (VmRing *self)
{
  self->next_available--;
}

bool
vm_ring_wait (VmRing *self)
{
  if (!is_there (self))
    return false;
  if (self->event_index) {
    store (self->used + 4 + 8 * self->size, self->next_available);
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
  }
  return count_available (self) > 0;
}

/* old: the index before; the guest wants to be called when its index is passed. */
static bool
wants_call (VmRing *self, uint16_t old)
{
  uint16_t event;

  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  if (!self->event_index)
    return !(load (self->available) & NO_INTERRUPT);
  event = load (self->available + 4 + 2 * self->size);
  return (uint16_t) (self->next_used - event - 1) <
         (uint16_t) (self->next_used - old);
}

bool
vm_ring_push (VmRing *self, uint16_t head, uint32_t n_written)
{
  Used entry = { le32 (head), le32 (n_written) };
  uint16_t old = self->next_used;

  if (self->descriptors == NULL)
    return false;
  memcpy (self->used + 4 + 8 * (old % self->size), &entry, sizeof entry);
  self->next_used++;
  store (self->used + 2, self->next_used);
  return wants_call (self, old);
}
