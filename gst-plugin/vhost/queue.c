/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/queue.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#include "vhost/held.h"
#include "vhost/place.h"

#define MAX_BYTES ((size_t) 512 << 20) /* of all buffers */
#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE

/* mem_offset is a name; it counts in pages, as a program's mmap() has it */
#define OFFSET_OF(index) ((uint32_t) (index) << 12)

typedef enum {
  IDLE,   /* the guest's */
  QUEUED, /* ours */
  DONE,   /* the guest's, which has not been told */
} State;

typedef struct {
  State state;
  uint64_t order; /* in which it came into this state */
  VmPlace *place;
  VmHeld *held; /* NULL: nobody holds it */

  uint64_t pointer; /* the guest's own */
  uint32_t length;  /* as it said */
  uint32_t bytesused, flags, sequence;
  uint64_t time_ns;
} Buffer;

struct VmQueue {
  VmMemory *memory;
  VmCameraCounts *counts;
  bool has_shared_memory;
  bool detached;

  uint32_t owner; /* if n > 0 */
  uint32_t kind;  /* V4L2_MEMORY_ */
  unsigned n;
  bool streaming;
  uint64_t order;
  Buffer buffers[VM_MAX_BUFFERS];
};

VmQueue *
vm_queue_new (VmMemory *memory, VmCameraCounts *counts)
{
  VmQueue *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->memory = memory;
  self->counts = counts;
  return self;
}

/* A buffer's memory */

/* Whoever holds it writes into nowhere from now on. */
static void
take_back (VmQueue *self, Buffer *b)
{
  if (b->held == NULL)
    return;
  vm_held_revoke (b->held);
  vm_place_detach (b->place);
  b->held = NULL;
  self->counts->revoked++;
}

static void
detach (VmQueue *self, Buffer *b)
{
  take_back (self, b);
  vm_place_detach (b->place);
}

/* How many there are */

static size_t
count_bytes (const VmQueue *self)
{
  size_t bytes = 0;

  for (unsigned i = 0; i < self->n; i++)
    bytes += vm_place_get_size (self->buffers[i].place);
  return bytes;
}

static int
add_buffer (VmQueue *self, size_t size)
{
  Buffer *b = &self->buffers[self->n];

  if (self->n == VM_MAX_BUFFERS || size > MAX_BYTES - count_bytes (self))
    return -ENOMEM;
  *b = (Buffer){ .length = (uint32_t) size };
  b->place = self->kind == V4L2_MEMORY_MMAP ? vm_place_new_file (size)
                                            : vm_place_new_pages (size);
  if (b->place == NULL)
    return -ENOMEM;
  self->n++;
  return 0;
}

/* As many of n as there is memory for. */
static int
add_buffers (VmQueue *self, uint32_t n, size_t size)
{
  uint32_t added = 0;

  while (added < n && add_buffer (self, size) == 0)
    added++;
  return added || n == 0 ? (int) added : -ENOMEM;
}

static void
stop (VmQueue *self)
{
  for (unsigned i = 0; i < self->n; i++) {
    take_back (self, &self->buffers[i]);
    self->buffers[i].state = IDLE;
  }
  self->streaming = false;
}

void
vm_queue_clear (VmQueue *self)
{
  stop (self);
  for (unsigned i = 0; i < self->n; i++)
    vm_place_free (self->buffers[i].place);
  self->n = 0;
}

void
vm_queue_free (VmQueue *self)
{
  if (self)
    vm_queue_clear (self);
  free (self);
}

void
vm_queue_set_shared_memory (VmQueue *self, bool has)
{
  self->has_shared_memory = has;
}

uint32_t
vm_queue_get_capabilities (const VmQueue *self)
{
  return (self->has_shared_memory ? V4L2_BUF_CAP_SUPPORTS_MMAP : 0) |
         V4L2_BUF_CAP_SUPPORTS_USERPTR | V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
}

/* The guest's side */

static int
check_kind (const VmQueue *self, Le32 type, Le32 kind)
{
  if (get32 (type) != TYPE)
    return -EINVAL;
  if (get32 (kind) == V4L2_MEMORY_MMAP)
    return self->has_shared_memory ? 0 : -EINVAL;
  return get32 (kind) == V4L2_MEMORY_USERPTR ? 0 : -EINVAL;
}

static bool
is_of_another (const VmQueue *self, uint32_t session)
{
  return self->n > 0 && self->owner != session;
}

int
vm_queue_request (
    VmQueue *self, uint32_t session, WireRequest *wire, size_t size)
{
  uint32_t count = get32 (wire->count);
  int n = check_kind (self, wire->type, wire->memory);

  if (n < 0)
    return n;
  if (is_of_another (self, session) || (self->streaming && count > 0))
    return -EBUSY;
  vm_queue_clear (self);
  self->kind = get32 (wire->memory);
  self->owner = session;
  n = add_buffers (self, count < VM_MAX_BUFFERS ? count : VM_MAX_BUFFERS, size);
  if (n < 0)
    return n;
  wire->count = le32 ((uint32_t) n);
  wire->capabilities = le32 (vm_queue_get_capabilities (self));
  wire->flags = le32 (0);
  return 0;
}

int
vm_queue_create (VmQueue *self, uint32_t session, WireCreate *wire, size_t size)
{
  uint32_t count = get32 (wire->count), wanted = get32 (wire->format.sizeimage);
  int n = check_kind (self, wire->format.type, wire->memory);

  if (n < 0)
    return n;
  if (is_of_another (self, session))
    return -EBUSY;
  if (self->n > 0 && self->kind != get32 (wire->memory))
    return -EINVAL;
  wire->index = le32 (self->n);
  wire->capabilities = le32 (vm_queue_get_capabilities (self));
  wire->flags = le32 (0);
  memset (wire->reserved, 0, sizeof wire->reserved);
  if (count == 0)
    return 0;
  if (wanted < size)
    return -EINVAL;
  self->kind = get32 (wire->memory);
  self->owner = session;
  n = add_buffers (self, count, wanted);
  wire->count = le32 (n < 0 ? 0 : (uint32_t) n);
  return n < 0 ? n : 0;
}

static int
find (VmQueue *self, uint32_t session, const WireBuffer *wire, Buffer **buffer)
{
  uint32_t index = get32 (wire->index);

  if (is_of_another (self, session))
    return -EBUSY;
  if (get32 (wire->type) != TYPE || index >= self->n)
    return -EINVAL;
  *buffer = &self->buffers[index];
  return 0;
}

/* All of it is ours, so that nothing of what the guest sent comes back. */
static void
fill (const VmQueue *self, const Buffer *b, WireBuffer *wire)
{
  uint32_t index = (uint32_t) (b - self->buffers);
  uint64_t us = b->time_ns / 1000;

  *wire = (WireBuffer){ .index = le32 (index),
    .type = le32 (TYPE),
    .bytesused = le32 (b->state == QUEUED ? 0 : b->bytesused),
    .flags = le32 (V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | b->flags |
                   (b->state == IDLE ? 0 : V4L2_BUF_FLAG_QUEUED)),
    .field = le32 (V4L2_FIELD_NONE),
    .seconds = le64 (us / 1000000),
    .microseconds = le64 (us % 1000000),
    .sequence = le32 (b->sequence),
    .memory = le32 (self->kind),
    .m = le64 (self->kind == V4L2_MEMORY_MMAP ? OFFSET_OF (index) : b->pointer),
    .length = le32 (b->length) };
}

int
vm_queue_query (VmQueue *self, uint32_t session, WireBuffer *wire)
{
  Buffer *b;
  int error = find (self, session, wire, &b);

  if (error == 0)
    fill (self, b, wire);
  return error;
}

static int
lend (VmQueue *self, Buffer *b, const WireBuffer *wire, VmChain *chain)
{
  VmLent *lent;
  int error = vm_lent_read (&lent, chain, self->memory, get32 (wire->length),
      vm_place_get_size (b->place));

  if (error < 0)
    return error;
  b->pointer = get64 (wire->m);
  b->length = get32 (wire->length);
  if (!vm_place_has_pages (b->place, lent))
    take_back (self, b);
  vm_place_set_pages (b->place, lent);
  return 0;
}

int
vm_queue_queue (
    VmQueue *self, uint32_t session, WireBuffer *wire, VmChain *chain)
{
  Buffer *b = NULL;
  int error = find (self, session, wire, &b);

  if (error == 0 && (b->state != IDLE || get32 (wire->memory) != self->kind))
    error = -EINVAL;
  if (error == 0 && self->kind == V4L2_MEMORY_USERPTR)
    error = lend (self, b, wire, chain);
  if (error == 0 && !self->detached)
    error = vm_place_attach (b->place, self->memory);
  if (error < 0)
    return error;
  b->state = QUEUED;
  b->order = self->order++;
  b->flags = 0;
  fill (self, b, wire);
  return 0;
}

int
vm_queue_start (VmQueue *self, uint32_t session)
{
  if (is_of_another (self, session))
    return -EBUSY;
  if (self->n == 0)
    return -EINVAL;
  self->streaming = true;
  return 0;
}

int
vm_queue_stop (VmQueue *self, uint32_t session)
{
  if (is_of_another (self, session))
    return -EBUSY;
  stop (self);
  return 0;
}

void
vm_queue_leave (VmQueue *self, uint32_t session)
{
  if (!is_of_another (self, session))
    vm_queue_clear (self);
}

int
vm_queue_get_file (
    VmQueue *self, uint32_t session, uint32_t offset, int *fd, uint64_t *size)
{
  if (is_of_another (self, session) || self->kind != V4L2_MEMORY_MMAP)
    return -EINVAL;
  for (unsigned i = 0; i < self->n; i++) {
    if (OFFSET_OF (i) != offset)
      continue;
    *fd = vm_place_get_fd (self->buffers[i].place);
    *size = vm_place_get_size (self->buffers[i].place);
    return 0;
  }
  return -EINVAL;
}

bool
vm_queue_is_busy (const VmQueue *self)
{
  return self->n > 0;
}

bool
vm_queue_is_streaming (const VmQueue *self)
{
  return self->streaming;
}

static Buffer *
find_oldest (VmQueue *self, State state, bool held_too)
{
  Buffer *oldest = NULL;

  for (unsigned i = 0; i < self->n; i++) {
    Buffer *b = &self->buffers[i];

    if (b->state == state && (held_too || !b->held) &&
        (oldest == NULL || b->order < oldest->order))
      oldest = b;
  }
  return oldest;
}

bool
vm_queue_get_done (VmQueue *self, uint32_t *session, WireBuffer *wire)
{
  Buffer *b = find_oldest (self, DONE, true);

  if (b == NULL)
    return false;
  *session = self->owner;
  fill (self, b, wire);
  wire->flags = le32 (get32 (wire->flags) & ~(uint32_t) V4L2_BUF_FLAG_QUEUED);
  return true;
}

void
vm_queue_told (VmQueue *self)
{
  find_oldest (self, DONE, true)->state = IDLE;
}

void
vm_queue_detach (VmQueue *self)
{
  self->detached = true;
  for (unsigned i = 0; i < self->n; i++)
    detach (self, &self->buffers[i]);
}

static void
set_done (VmQueue *self, Buffer *b, uint32_t flags)
{
  b->state = DONE;
  b->order = self->order++;
  b->flags = flags;
}

/* What cannot be had any more goes back damaged. */
void
vm_queue_attach (VmQueue *self)
{
  self->detached = false;
  for (unsigned i = 0; i < self->n; i++) {
    Buffer *b = &self->buffers[i];

    if (b->state != QUEUED || vm_place_attach (b->place, self->memory) == 0)
      continue;
    b->bytesused = 0;
    set_done (self, b, V4L2_BUF_FLAG_ERROR);
  }
}

/* The embedder's side */

/* Who still reads the frame before has not given it back: it is not overwritten. */
VmBuffer *
vm_queue_take (VmQueue *self)
{
  Buffer *b = self->streaming && !self->detached
                  ? find_oldest (self, QUEUED, false)
                  : NULL;

  if (b)
    b->held = vm_held_new (b, vm_place_get_range (b->place),
        vm_place_get_data (b->place), vm_place_get_size (b->place));
  return b && b->held ? vm_held_get_buffer (b->held) : NULL;
}

int
vm_queue_done (VmQueue *self, VmBuffer *buffer, size_t bytesused,
    uint64_t time_ns, uint32_t sequence, uint32_t flags)
{
  VmHeld *held = vm_held_of (buffer);
  Buffer *b = vm_held_get_owner (held);

  if (vm_held_is_done (held))
    return -EALREADY;
  if (b == NULL)
    return -ECANCELED;
  if (bytesused > buffer->size)
    return -EINVAL;
  if (vm_place_is_copy (b->place)) {
    if (!vm_place_copy (b->place, self->memory, bytesused))
      flags |= V4L2_BUF_FLAG_ERROR;
    self->counts->copied++;
  }
  vm_held_set_done (held);
  b->bytesused = (uint32_t) bytesused;
  b->time_ns = time_ns;
  b->sequence = sequence;
  set_done (self, b, flags);
  self->counts->frames++;
  return 0;
}

void
vm_queue_give_back (VmBuffer *buffer)
{
  Buffer *b = vm_held_get_owner (vm_held_of (buffer));

  if (b)
    b->held = NULL;
  vm_held_free (vm_held_of (buffer));
}

unsigned
vm_queue_count_empty (const VmQueue *self)
{
  unsigned n = 0;

  for (unsigned i = 0; i < self->n; i++)
    n += self->buffers[i].state == QUEUED && !self->buffers[i].held;
  return n;
}
