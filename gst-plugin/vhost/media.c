/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/media.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#include "vhost/ioctl.h"
#include "vhost/range.h"

struct VmMedia {
  VmDevice device;
  VmShmem *shmem;
  const VmMediaCalls *calls;
  void *data;
  VmCameraCounts *counts;
  VmLayout layout;
  void *layout_data;
  char card[32];
  bool has_shared_memory;
  uint32_t stream;    /* the number of the last one */
  bool was_streaming; /* when that was looked at */
  bool is_kept;       /* the next event has waited already */
};

static int
make (VmMedia *self, const VmCameraConfig *config, VmMemory *memory)
{
  VmDevice *device = &self->device;
  int error = 0;

  device->modes = vm_modes_new (config->modes, config->n_modes,
      config->ops->layout, config->data, &error);
  if (error == 0)
    device->controls =
        vm_controls_new (config->controls, config->n_controls, &error);
  if (error < 0)
    return error;
  device->sessions = vm_sessions_new (device->controls);
  device->queue = vm_queue_new (memory, self->counts);
  self->shmem = vm_shmem_new (&self->calls->shmem, self->data);
  if (!device->sessions || !device->queue || !self->shmem)
    return -ENOMEM;
  vm_modes_get_first (device->modes, &device->format);
  return 0;
}

/* A long one is cut between two characters: guests take UTF-8. */
static void
take_card (VmMedia *self, const char *card)
{
  size_t length = strnlen (card, sizeof self->card - 1);

  while (length > 0 && (card[length] & 0xc0) == 0x80)
    length--;
  memcpy (self->card, card, length);
}

VmMedia *
vm_media_new (const VmCameraConfig *config, VmMemory *memory,
    const VmMediaCalls *calls, void *data, VmCameraCounts *counts, int *error)
{
  VmMedia *self = calloc (1, sizeof *self);

  *error = -ENOMEM;
  if (self == NULL)
    return NULL;
  self->calls = calls;
  self->data = data;
  self->counts = counts;
  self->layout = config->ops->layout;
  self->layout_data = config->data;
  take_card (self, config->card);
  *error = make (self, config, memory);
  if (*error == 0)
    return self;
  vm_media_free (self);
  return NULL;
}

void
vm_media_free (VmMedia *self)
{
  if (self == NULL)
    return;
  vm_queue_free (self->device.queue);
  vm_sessions_free (self->device.sessions);
  vm_controls_free (self->device.controls);
  vm_modes_free (self->device.modes);
  vm_shmem_free (self->shmem);
  free (self);
}

void
vm_media_fill_config (const VmMedia *self, WireConfig *config)
{
  *config = (WireConfig){ .card_caps = le32 (
                              V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING) };
  memcpy (config->card, self->card, sizeof config->card);
}

void
vm_media_set_shared_memory (VmMedia *self, bool has)
{
  self->has_shared_memory = has;
  vm_queue_set_shared_memory (self->device.queue, has);
}

/* Commands */

static size_t
do_open (VmMedia *self, const VmChain *chain)
{
  WireOpened opened = { 0 };
  uint32_t session;
  int error;

  if (chain->in_size < sizeof opened)
    return vm_answer (chain, -EINVAL);
  error = vm_sessions_open (self->device.sessions, &session);
  if (error < 0)
    return vm_answer (chain, error);
  opened.session = le32 (session);
  return vm_chain_write (chain, 0, &opened, sizeof opened);
}

static void
do_close (VmMedia *self, VmChain *chain)
{
  WireClose close;

  if (vm_chain_read (chain, &close, sizeof close) < sizeof close)
    return;
  vm_queue_leave (self->device.queue, get32 (close.session));
  vm_sessions_close (self->device.sessions, get32 (close.session));
}

static size_t
do_ioctl (VmMedia *self, VmChain *chain)
{
  WireIoctl ioctl;

  if (vm_chain_read (chain, &ioctl, sizeof ioctl) < sizeof ioctl ||
      !vm_sessions_has (self->device.sessions, get32 (ioctl.session)))
    return vm_answer (chain, -EINVAL);
  return vm_ioctl (
      &self->device, get32 (ioctl.session), get32 (ioctl.code), chain);
}

static int
map (VmMedia *self, const WireMmap *wire, WireMapped *mapped)
{
  uint64_t size, address;
  int fd, error;

  if (!self->has_shared_memory ||
      !vm_sessions_has (self->device.sessions, get32 (wire->session)))
    return -EINVAL;
  error = vm_queue_get_file (self->device.queue, get32 (wire->session),
      get32 (wire->offset), &fd, &size);
  if (error < 0)
    return error;
  error = vm_shmem_map (self->shmem,
      (uint64_t) get32 (wire->session) << 32 | get32 (wire->offset), fd,
      vm_page_align (size), get32 (wire->flags) & WIRE_MMAP_WRITABLE, &address);
  *mapped = (WireMapped){ .address = le64 (address), .size = le64 (size) };
  return error;
}

static int
do_mmap (VmMedia *self, VmChain *chain, size_t *n_written)
{
  WireMapped mapped;
  WireMmap wire;
  int error = -EINVAL;

  if (vm_chain_read (chain, &wire, sizeof wire) == sizeof wire &&
      chain->in_size >= sizeof mapped)
    error = map (self, &wire, &mapped);
  if (error == 0)
    *n_written = vm_chain_write (chain, 0, &mapped, sizeof mapped);
  return error;
}

static int
do_munmap (VmMedia *self, VmChain *chain)
{
  WireMunmap wire;

  if (vm_chain_read (chain, &wire, sizeof wire) < sizeof wire)
    return -EINVAL;
  return vm_shmem_unmap (self->shmem, get64 (wire.address));
}

/* A guest's choice lasts as long as it is one, and its buffers as long as they are
 * there. */
static void
settle (VmMedia *self)
{
  VmDevice *device = &self->device;
  bool streaming = vm_queue_is_streaming (device->queue);

  if (!vm_queue_is_busy (device->queue) &&
      !vm_modes_has (device->modes, &device->format))
    vm_modes_get_first (device->modes, &device->format);
  if (streaming && !self->was_streaming && ++self->stream == 0)
    self->stream = 1;
  self->was_streaming = streaming;
}

bool
vm_media_command (VmMedia *self, VmChain *chain, size_t *n_written)
{
  WireCommand command = { 0 };
  int error = 0;

  *n_written = 0;
  vm_chain_read (chain, &command, sizeof command);
  switch (get32 (command.command)) {
  case WIRE_OPEN:
    *n_written = do_open (self, chain);
    break;
  case WIRE_CLOSE:
    do_close (self, chain);
    break;
  case WIRE_IOCTL:
    *n_written = do_ioctl (self, chain);
    break;
  case WIRE_MMAP:
    error = do_mmap (self, chain, n_written);
    if (error != -EINPROGRESS && *n_written == 0)
      *n_written = vm_answer (chain, error);
    break;
  case WIRE_MUNMAP:
    error = do_munmap (self, chain);
    if (error != -EINPROGRESS)
      *n_written = vm_answer (chain, error);
    break;
  default:
    *n_written = vm_answer (chain, -ENOTTY);
  }
  settle (self);
  self->counts->commands += error != -EINPROGRESS;
  return error != -EINPROGRESS;
}

bool
vm_media_answered (VmMedia *self, bool success)
{
  return vm_shmem_answered (self->shmem, success);
}

/* Events */

static bool
send (VmMedia *self, const void *event, size_t size)
{
  bool sent = self->calls->send_event (self->data, event, size);

  self->counts->events += sent;
  self->counts->events_kept += !sent && !self->is_kept;
  self->is_kept = !sent;
  return sent;
}

static bool
send_done (VmMedia *self)
{
  WireDqbufEvent event = { .head.event = le32 (WIRE_DQBUF) };
  uint32_t session;

  if (!vm_queue_get_done (self->device.queue, &session, &event.buffer))
    return false;
  event.head.session = le32 (session);
  if (!send (self, &event, sizeof event))
    return false;
  vm_queue_told (self->device.queue);
  return true;
}

static bool
send_other (VmMedia *self)
{
  WireEventEvent event;
  size_t size = vm_sessions_get_event (self->device.sessions, &event);

  if (size == 0 || !send (self, &event, size))
    return false;
  vm_sessions_sent (self->device.sessions);
  return true;
}

/* Each kind in turn, so that neither keeps the other waiting. */
void
vm_media_flush (VmMedia *self)
{
  bool sent_done, sent_other;

  do {
    sent_done = send_done (self);
    sent_other = send_other (self);
  } while (sent_done || sent_other);
}

/* The guest comes and goes */

void
vm_media_reset (VmMedia *self, bool lost)
{
  vm_queue_clear (self->device.queue);
  vm_sessions_close_all (self->device.sessions);
  vm_shmem_clear (self->shmem, lost);
  vm_modes_get_first (self->device.modes, &self->device.format);
  settle (self);
}

void
vm_media_pause (VmMedia *self)
{
  vm_queue_detach (self->device.queue);
}

void
vm_media_resume (VmMedia *self)
{
  vm_queue_attach (self->device.queue);
}

/* The embedder */

uint32_t
vm_media_get_stream (const VmMedia *self, VmFormat *format)
{
  if (format)
    *format = self->device.format;
  return self->was_streaming ? self->stream : 0;
}

bool
vm_media_get_change (VmMedia *self, uint32_t *id, int64_t *value)
{
  uint64_t changed = self->device.changed;

  if (changed == 0)
    return false;
  vm_controls_get (self->device.controls, __builtin_ctzll (changed), id, value);
  self->device.changed = changed & (changed - 1);
  return true;
}

VmQueue *
vm_media_get_queue (VmMedia *self)
{
  return self->device.queue;
}

int
vm_media_set_modes (VmMedia *self, const VmMode *modes, unsigned n)
{
  int error;
  VmModes *new =
      vm_modes_new (modes, n, self->layout, self->layout_data, &error);

  if (new == NULL)
    return error;
  vm_modes_free (self->device.modes);
  self->device.modes = new;
  settle (self);
  vm_sessions_source_changed (self->device.sessions);
  vm_media_flush (self);
  return 0;
}

int
vm_media_set_control (VmMedia *self, uint32_t id, int64_t value)
{
  uint64_t changed = 0;
  int error = vm_controls_set (self->device.controls, id, value, &changed);

  vm_sessions_controls_changed (self->device.sessions, changed, -1);
  vm_media_flush (self);
  return error;
}

void
vm_media_post_error (VmMedia *self, int error)
{
  vm_queue_clear (self->device.queue);
  vm_sessions_fail_all (self->device.sessions, error);
  settle (self);
  vm_media_flush (self);
}

unsigned
vm_media_count_sessions (const VmMedia *self)
{
  return vm_sessions_count (self->device.sessions);
}
