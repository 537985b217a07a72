/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/shmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MAPPINGS 128

typedef enum {
  FREE,
  MAPPING,   /* asked for */
  MAPPED,    /* the guest has not been told */
  FAILED,    /* nor of that */
  USED,      /* the guest's */
  UNMAPPING, /* asked for */
  UNMAPPED,  /* the guest has not been told */
} State;

typedef struct {
  State state;
  uint64_t key, address, size;
  bool writable;
} Mapping;

struct VmShmem {
  const VmShmemCalls *calls;
  void *data;
  bool asked;
  Mapping
      *current; /* what was asked about; NULL: it is not of interest any more */
  uint64_t next; /* where to look first */
  Mapping mappings[MAX_MAPPINGS];
};

VmShmem *
vm_shmem_new (const VmShmemCalls *calls, void *data)
{
  VmShmem *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->calls = calls;
  self->data = data;
  return self;
}

void
vm_shmem_free (VmShmem *self)
{
  free (self);
}

/* The next mapping is put behind the last one: should the front end have kept those, it
 * is in nobody's way. */
void
vm_shmem_clear (VmShmem *self, bool lost)
{
  memset (self->mappings, 0, sizeof self->mappings);
  self->current = NULL;
  if (lost)
    self->asked = false;
}

static Mapping *
find_free (VmShmem *self)
{
  for (unsigned i = 0; i < MAX_MAPPINGS; i++)
    if (self->mappings[i].state == FREE)
      return &self->mappings[i];
  return NULL;
}

/* NULL, or a mapping that is in the way. */
static Mapping *
find_overlap (VmShmem *self, uint64_t address, uint64_t size)
{
  for (unsigned i = 0; i < MAX_MAPPINGS; i++) {
    Mapping *m = &self->mappings[i];

    if (m->state != FREE && address < m->address + m->size &&
        m->address < address + size)
      return m;
  }
  return NULL;
}

static bool
find_place (VmShmem *self, uint64_t from, uint64_t size, uint64_t *address)
{
  Mapping *m;

  while (from <= VM_SHMEM_SIZE && size <= VM_SHMEM_SIZE - from) {
    m = find_overlap (self, from, size);
    if (m == NULL) {
      *address = from;
      return true;
    }
    from = m->address + m->size;
  }
  return false;
}

static int
ask (VmShmem *self, Mapping *m, int fd)
{
  int error = fd >= 0 ? self->calls->map (
                            self->data, fd, m->address, m->size, m->writable)
                      : self->calls->unmap (self->data, m->address, m->size);

  if (error < 0)
    return error;
  self->asked = true;
  self->current = m;
  return -EINPROGRESS;
}

static int
start_mapping (
    VmShmem *self, uint64_t key, int fd, uint64_t size, bool writable)
{
  Mapping *m = find_free (self);
  uint64_t address;
  int error;

  if (m == NULL || !(find_place (self, self->next, size, &address) ||
                       find_place (self, 0, size, &address)))
    return -ENOMEM;
  *m = (Mapping){ MAPPING, key, address, size, writable };
  error = ask (self, m, fd);
  if (error != -EINPROGRESS)
    m->state = FREE;
  self->next = address + size;
  return error;
}

static Mapping *
find_unclaimed (VmShmem *self, uint64_t key, uint64_t size, bool writable)
{
  for (unsigned i = 0; i < MAX_MAPPINGS; i++) {
    Mapping *m = &self->mappings[i];

    if ((m->state == MAPPED || m->state == FAILED) && m->key == key &&
        m->size == size && m->writable == writable)
      return m;
  }
  return NULL;
}

int
vm_shmem_map (VmShmem *self, uint64_t key, int fd, uint64_t size, bool writable,
    uint64_t *address)
{
  Mapping *m = find_unclaimed (self, key, size, writable);

  if (m && m->state == FAILED) {
    m->state = FREE;
    return -ENOMEM;
  }
  if (m) {
    m->state = USED;
    *address = m->address;
    return 0;
  }
  return self->asked ? -EINPROGRESS
                     : start_mapping (self, key, fd, size, writable);
}

int
vm_shmem_unmap (VmShmem *self, uint64_t address)
{
  Mapping *m = find_overlap (self, address, 1);
  int error;

  if (m == NULL || m->address != address ||
      (m->state != USED && m->state != UNMAPPING && m->state != UNMAPPED))
    return -EINVAL;
  if (m->state == UNMAPPED) {
    m->state = FREE;
    return 0;
  }
  if (self->asked)
    return -EINPROGRESS;
  m->state = UNMAPPING;
  error = ask (self, m, -1);
  if (error != -EINPROGRESS)
    m->state = USED;
  return error;
}

/* What it could not unmap is not mapped. */
bool
vm_shmem_answered (VmShmem *self, bool success)
{
  Mapping *m = self->current;

  if (!self->asked)
    return false;
  self->asked = false;
  self->current = NULL;
  if (m && m->state == MAPPING)
    m->state = success ? MAPPED : FAILED;
  else if (m)
    m->state = UNMAPPED;
  return true;
}
