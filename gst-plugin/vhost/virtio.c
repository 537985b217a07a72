/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/virtio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define EVENT_IDX (UINT64_C (1) << 29)
#define PROTOCOL_FEATURES (UINT64_C (1) << 30)
/* commands in a run, so that the front end is heard as well */
#define LIMIT 256

typedef struct {
  VmRing *ring;
  int kick, call;
  bool enabled;
} Queue;

struct VmVirtio {
  VmMemory *memory;
  VmMedia *media;
  Queue queues[VM_N_RINGS];
  VmSocket *channel; /* NULL: none */

  bool paused;          /* the media device is; the guest does not run it */
  uint16_t paused_base; /* of commands, then */
  bool asking;          /* a command waits for the front end's answer */
};

static bool
is_running (const Queue *queue)
{
  return queue->kick >= 0 && queue->enabled;
}

static void
call (Queue *queue)
{
  const uint64_t one = 1;

  if (queue->call >= 0 && write (queue->call, &one, sizeof one) < 0)
    return; /* there have been enough */
}

static bool
send_event (void *data, const void *event, size_t size)
{
  VmVirtio *self = data;
  Queue *queue = &self->queues[VM_EVENTS];
  bool sent = false;
  VmChain chain;
  int result;

  while (!sent && is_running (queue)) {
    result = vm_ring_pop (queue->ring, &chain);
    if (result == 0 && vm_ring_wait (queue->ring))
      continue;
    if (result != 1 && result != -EBADMSG)
      break;
    sent = result == 1 && chain.in_size >= size;
    if (sent)
      vm_chain_write (&chain, 0, event, size);
    if (vm_ring_push (queue->ring, chain.head, sent ? (uint32_t) size : 0))
      call (queue);
  }
  return sent;
}

static int
ask (VmVirtio *self, uint32_t request, int fd, uint64_t address, uint64_t size,
    bool writable)
{
  uint8_t message[VM_MESSAGE_HEAD + VM_SHMEM_BODY];

  vm_message_write_head (message, request, false, true, VM_SHMEM_BODY);
  vm_message_write_shmem (message + VM_MESSAGE_HEAD, address, size, writable);
  if (self->channel == NULL ||
      !vm_socket_send (self->channel, message, sizeof message, fd))
    return -EIO;
  return 0;
}

static int
map (void *data, int fd, uint64_t address, uint64_t size, bool writable)
{
  return ask (data, VM_SHMEM_MAP, fd, address, size, writable);
}

static int
unmap (void *data, uint64_t address, uint64_t size)
{
  return ask (data, VM_SHMEM_UNMAP, -1, address, size, false);
}

static const VmMediaCalls media_calls = { { map, unmap }, send_event };

VmVirtio *
vm_virtio_new (const VmCameraConfig *config, VmCameraCounts *counts, int *error)
{
  VmVirtio *self = calloc (1, sizeof *self);
  bool made;

  *error = -ENOMEM;
  if (self == NULL)
    return NULL;
  self->memory = vm_memory_new ();
  made = self->memory != NULL;
  for (unsigned i = 0; i < VM_N_RINGS; i++) {
    self->queues[i] = (Queue){ vm_ring_new (self->memory), -1, -1, false };
    made = made && self->queues[i].ring;
  }
  if (made)
    self->media =
        vm_media_new (config, self->memory, &media_calls, self, counts, error);
  if (self->media)
    return self;
  vm_virtio_free (self);
  return NULL;
}

static void
set_fd (int *place, int fd)
{
  if (*place >= 0)
    close (*place);
  *place = fd;
}

void
vm_virtio_free (VmVirtio *self)
{
  if (self == NULL)
    return;
  vm_media_free (self->media);
  for (unsigned i = 0; i < VM_N_RINGS; i++) {
    set_fd (&self->queues[i].kick, -1);
    set_fd (&self->queues[i].call, -1);
    vm_ring_free (self->queues[i].ring);
  }
  vm_socket_free (self->channel);
  vm_memory_free (self->memory);
  free (self);
}

VmMedia *
vm_virtio_get_media (VmVirtio *self)
{
  return self->media;
}

int
vm_virtio_set_features (VmVirtio *self, uint64_t features)
{
  if (features & ~VM_FEATURES)
    return -EINVAL;
  for (unsigned i = 0; i < VM_N_RINGS; i++) {
    vm_ring_set_event_index (self->queues[i].ring, features & EVENT_IDX);
    if (!(features & PROTOCOL_FEATURES))
      self->queues[i].enabled = true;
  }
  return 0;
}

void
vm_virtio_set_channel (
    VmVirtio *self, VmSocket *channel, bool has_shared_memory)
{
  vm_socket_free (self->channel);
  self->channel = channel;
  vm_media_set_shared_memory (self->media, channel && has_shared_memory);
}

/* Memory: while it changes nobody has pointers into it. */

static void
pause_media (VmVirtio *self)
{
  if (!self->paused)
    vm_media_pause (self->media);
}

static int
resume_media (VmVirtio *self, int error)
{
  for (unsigned i = 0; i < VM_N_RINGS; i++)
    vm_ring_find_memory (self->queues[i].ring);
  if (!self->paused)
    vm_media_resume (self->media);
  return error;
}

int
vm_virtio_set_memory (
    VmVirtio *self, const VmRegion *regions, unsigned n, VmLetter *letter)
{
  int error = 0;

  pause_media (self);
  vm_memory_clear (self->memory);
  for (unsigned i = 0; error == 0 && i < n; i++)
    error = vm_memory_add (
        self->memory, &regions[i], vm_letter_take_fd (letter, i));
  return resume_media (self, error);
}

int
vm_virtio_add_memory (VmVirtio *self, const VmRegion *region, int fd)
{
  pause_media (self);
  return resume_media (self, vm_memory_add (self->memory, region, fd));
}

int
vm_virtio_remove_memory (VmVirtio *self, const VmRegion *region)
{
  pause_media (self);
  return resume_media (self, vm_memory_remove (self->memory, region));
}

/* Rings */

int
vm_virtio_set_size (VmVirtio *self, unsigned ring, uint32_t size)
{
  if (self->queues[ring].kick >= 0)
    return -EBUSY;
  return vm_ring_set_size (self->queues[ring].ring, size);
}

int
vm_virtio_set_addresses (
    VmVirtio *self, unsigned ring, const VmRingAddresses *addresses)
{
  return vm_ring_set_addresses (self->queues[ring].ring, addresses);
}

void
vm_virtio_set_base (VmVirtio *self, unsigned ring, uint16_t base)
{
  vm_ring_set_base (self->queues[ring].ring, base);
}

void
vm_virtio_set_enabled (VmVirtio *self, unsigned ring, bool enabled)
{
  self->queues[ring].enabled = enabled;
}

/* A guest that goes on where it stopped has its sessions still; one that begins anew
 * has reset the device. */
static void
start_media (VmVirtio *self)
{
  if (!self->paused)
    return;
  self->paused = false;
  if (vm_ring_get_base (self->queues[VM_COMMANDS].ring) != self->paused_base)
    vm_media_reset (self->media, false);
  vm_media_resume (self->media);
}

/* Or something of its kind: a file of no type. Any other could be readable for ever, or
 * keep who writes waiting. */
static bool
is_eventfd (int fd)
{
  struct stat s;

  return fstat (fd, &s) == 0 && (s.st_mode & S_IFMT) == 0;
}

int
vm_virtio_set_kick (VmVirtio *self, unsigned ring, int fd)
{
  if (!is_eventfd (fd)) {
    close (fd);
    return -EBADFD;
  }
  set_fd (&self->queues[ring].kick, fd);
  if (ring == VM_COMMANDS)
    start_media (self);
  return 0;
}

/* Whoever waits for calls waits until there is one; that reading it does not block
 * changes nothing for it. */
int
vm_virtio_set_call (VmVirtio *self, unsigned ring, int fd)
{
  int flags = fd >= 0 && is_eventfd (fd) ? fcntl (fd, F_GETFL) : -1;

  if (fd >= 0 && (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) < 0)) {
    close (fd);
    return -EBADFD;
  }
  set_fd (&self->queues[ring].call, fd);
  return 0;
}

uint16_t
vm_virtio_stop (VmVirtio *self, unsigned ring)
{
  uint16_t base = vm_ring_get_base (self->queues[ring].ring);

  set_fd (&self->queues[ring].kick, -1);
  if (ring == VM_COMMANDS && !self->paused) {
    vm_media_pause (self->media);
    self->paused = true;
    self->paused_base = base;
    self->asking = false;
  }
  return base;
}

void
vm_virtio_reset (VmVirtio *self, bool lost)
{
  vm_media_reset (self->media, lost);
  if (self->paused)
    vm_media_resume (self->media);
  self->paused = false;
  self->asking = false;
  for (unsigned i = 0; i < VM_N_RINGS; i++) {
    set_fd (&self->queues[i].kick, -1);
    vm_ring_reset (self->queues[i].ring);
    if (!lost)
      continue;
    set_fd (&self->queues[i].call, -1);
    self->queues[i].enabled = false;
  }
  if (!lost)
    return;
  vm_virtio_set_channel (self, NULL, false);
  vm_memory_clear (self->memory);
}

/* Running */

int
vm_virtio_get_kick (const VmVirtio *self, unsigned ring)
{
  return self->queues[ring].kick;
}

int
vm_virtio_get_channel (const VmVirtio *self)
{
  return self->channel ? vm_socket_get_fd (self->channel) : -1;
}

/* Somebody else may have read it meanwhile. */
bool
vm_virtio_kicked (VmVirtio *self, unsigned ring, const char **why)
{
  uint64_t times;
  struct iovec part = { &times, sizeof times };
  ssize_t n = preadv2 (self->queues[ring].kick, &part, 1, -1, RWF_NOWAIT);

  if (n == sizeof times || (n < 0 && (errno == EAGAIN || errno == EINTR)))
    return true;
  *why = "it sent a file for a ring's kicks that is no eventfd";
  return false;
}

static bool
read_answer (VmVirtio *self, const VmLetter *letter, const char **why)
{
  uint64_t status;

  if (!letter->head.is_reply || letter->head.size != sizeof status) {
    *why = "it answered what it was not asked";
    return false;
  }
  memcpy (&status, letter->body, sizeof status);
  if (vm_media_answered (self->media, status == 0))
    self->asking = false;
  return true;
}

bool
vm_virtio_answered (VmVirtio *self, const char **why)
{
  VmLetter *letter;
  int result = vm_socket_receive (self->channel, &letter, why);

  if (result == 1)
    return read_answer (self, letter, why);
  return result == 0;
}

/* FALSE: there is none, or it has to wait. */
static bool
run_command (VmVirtio *self)
{
  Queue *queue = &self->queues[VM_COMMANDS];
  size_t n_written = 0;
  VmChain chain;
  int result = vm_ring_pop (queue->ring, &chain);

  if (result == 0 && vm_ring_wait (queue->ring))
    return true;
  if (result != 1 && result != -EBADMSG)
    return false;
  if (result == 1 && !vm_media_command (self->media, &chain, &n_written)) {
    vm_ring_put_back (queue->ring);
    self->asking = true;
    return false;
  }
  if (vm_ring_push (queue->ring, chain.head, (uint32_t) n_written))
    call (queue);
  return true;
}

bool
vm_virtio_run (VmVirtio *self)
{
  unsigned n = 0;

  while (n < LIMIT && !self->asking && !self->paused &&
         is_running (&self->queues[VM_COMMANDS]) && run_command (self))
    n++;
  vm_media_flush (self->media);
  return n == LIMIT;
}
