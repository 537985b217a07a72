/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/camera.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vhost/front-end.h"
#include "vhost/listener.h"

struct VmCamera {
  bool pages_only;
  VmCameraOps ops;
  void *data;
  VmListener *listener;
  int wake; /* an eventfd: the thread has something to look at */
  pthread_t thread;

  /* the thread's own */
  VmFrontEnd *front_end; /* NULL: none */
  uint32_t told_stream;  /* 0: the embedder was told that none streams */
  bool told_empty;       /* it was told that there are empty buffers */

  /* guards all below, and the guest's memory; held for no callback but layout */
  pthread_mutex_t lock;
  VmVirtio *virtio;
  VmCameraCounts counts;
  bool stopping;
  unsigned refs; /* buffers that are taken, and the embedder */
};

static void
lock (VmCamera *self)
{
  pthread_mutex_lock (&self->lock);
}

static void
unlock (VmCamera *self)
{
  pthread_mutex_unlock (&self->lock);
}

static VmMedia *
get_media (VmCamera *self)
{
  return vm_virtio_get_media (self->virtio);
}

/* What the embedder is told */

static void
tell_stream (VmCamera *self)
{
  VmFormat format;
  uint32_t stream;

  lock (self);
  stream = vm_media_get_stream (get_media (self), &format);
  unlock (self);
  if (stream == self->told_stream)
    return;
  if (self->told_stream && self->ops.stopped)
    self->ops.stopped (self->data);
  format.stream = stream;
  if (stream && self->ops.started)
    self->ops.started (self->data, &format);
  self->told_stream = stream;
  self->told_empty = false;
}

static void
tell_buffers (VmCamera *self)
{
  bool are_empty;

  lock (self);
  are_empty = self->told_stream &&
              vm_queue_count_empty (vm_media_get_queue (get_media (self))) > 0;
  unlock (self);
  if (are_empty && !self->told_empty && self->ops.buffer_queued)
    self->ops.buffer_queued (self->data);
  self->told_empty = are_empty;
}

static bool
get_change (VmCamera *self, uint32_t *id, int64_t *value)
{
  bool has;

  lock (self);
  has = vm_media_get_change (get_media (self), id, value);
  unlock (self);
  return has;
}

static void
tell (VmCamera *self)
{
  int64_t value;
  uint32_t id;

  tell_stream (self);
  tell_buffers (self);
  while (get_change (self, &id, &value))
    if (self->ops.control_set)
      self->ops.control_set (self->data, id, value);
}

/* The thread */

static void
tell_front_end (VmCamera *self, bool is_there, const char *why)
{
  if (self->ops.front_end)
    self->ops.front_end (self->data, is_there, why);
}

static void
connect_front_end (VmCamera *self)
{
  int fd = vm_listener_accept (self->listener);

  if (fd < 0)
    return;
  self->front_end = vm_front_end_new (fd, self->virtio, self->pages_only);
  if (self->front_end == NULL)
    return;
  lock (self);
  self->counts.front_ends++;
  unlock (self);
  tell_front_end (self, true, NULL);
}

static void
disconnect_front_end (VmCamera *self, const char *why)
{
  if (self->front_end == NULL)
    return;
  lock (self);
  vm_front_end_free (self->front_end);
  self->counts.front_errors += why != NULL;
  unlock (self);
  self->front_end = NULL;
  tell (self);
  tell_front_end (self, false, why);
}

enum { WAKE, SOCKET, CHANNEL, KICKS, N_POLLED = KICKS + VM_N_RINGS };

static void
poll_all (VmCamera *self, struct pollfd *p, bool at_once)
{
  for (unsigned i = 0; i < N_POLLED; i++)
    p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
  p[WAKE].fd = self->wake;
  p[SOCKET].fd = self->front_end ? vm_front_end_get_fd (self->front_end)
                                 : vm_listener_get_fd (self->listener);
  p[CHANNEL].fd = vm_virtio_get_channel (self->virtio);
  for (unsigned i = 0; i < VM_N_RINGS; i++)
    p[KICKS + i].fd = vm_virtio_get_kick (self->virtio, i);
  if (poll (p, N_POLLED, at_once ? 0 : -1) >= 0)
    return;
  for (unsigned i = 0; i < N_POLLED; i++)
    p[i].revents = 0;
}

/* The socket comes last: what it says can change what the others are. */
static bool
handle (VmCamera *self, const struct pollfd *p, const char **why)
{
  for (unsigned i = 0; i < VM_N_RINGS; i++)
    if (p[KICKS + i].revents && !vm_virtio_kicked (self->virtio, i, why))
      return false;
  if (p[CHANNEL].revents && !vm_virtio_answered (self->virtio, why))
    return false;
  return !p[SOCKET].revents || vm_front_end_handle (self->front_end, why);
}

/* TRUE: there is more to do. */
static bool
serve (VmCamera *self, const struct pollfd *p)
{
  const char *why = NULL;
  bool is_there, more = false;

  lock (self);
  is_there = handle (self, p, &why);
  if (is_there)
    more = vm_virtio_run (self->virtio);
  unlock (self);
  if (!is_there)
    disconnect_front_end (self, why);
  return more;
}

static bool
is_stopping (VmCamera *self)
{
  bool stopping;

  lock (self);
  stopping = self->stopping;
  unlock (self);
  return stopping;
}

static void *
run (void *data)
{
  VmCamera *self = data;
  struct pollfd p[N_POLLED];
  bool more = false;
  uint64_t times;

  while (!is_stopping (self)) {
    poll_all (self, p, more);
    if (p[WAKE].revents && read (self->wake, &times, sizeof times) < 0)
      continue;
    if (self->front_end)
      more = serve (self, p);
    else if (p[SOCKET].revents)
      connect_front_end (self);
    tell (self);
  }
  return NULL;
}

static void
wake (VmCamera *self)
{
  const uint64_t one = 1;

  if (write (self->wake, &one, sizeof one) < 0)
    return; /* it is awake */
}

/* Life */

/* Without the lock, of which the last reference goes. */
static void
release (VmCamera *self)
{
  bool last;

  lock (self);
  last = --self->refs == 0;
  unlock (self);
  if (!last)
    return;
  vm_virtio_free (self->virtio);
  vm_listener_free (self->listener);
  if (self->wake >= 0)
    close (self->wake);
  pthread_mutex_destroy (&self->lock);
  free (self);
}

static int
start (VmCamera *self, const VmCameraConfig *config)
{
  int error = 0;

  self->virtio = vm_virtio_new (config, &self->counts, &error);
  if (self->virtio == NULL)
    return error;
  self->listener = vm_listener_new (config->socket_path, &error);
  if (self->listener == NULL)
    return error;
  self->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake < 0)
    return -errno;
  return -pthread_create (&self->thread, NULL, run, self);
}

VmCamera *
vm_camera_create (const VmCameraConfig *config, int *error)
{
  VmCamera *self = calloc (1, sizeof *self);

  *error = -ENOMEM;
  if (self == NULL)
    return NULL;
  self->ops = *config->ops;
  self->pages_only = config->pages_only;
  self->data = config->data;
  self->wake = -1;
  self->refs = 1;
  pthread_mutex_init (&self->lock, NULL);
  *error = start (self, config);
  if (*error == 0)
    return self;
  release (self);
  return NULL;
}

void
vm_camera_destroy (VmCamera *self)
{
  if (self == NULL)
    return;
  lock (self);
  self->stopping = true;
  unlock (self);
  wake (self);
  pthread_join (self->thread, NULL);
  self->ops = (VmCameraOps){ .layout = self->ops.layout };
  disconnect_front_end (self, NULL);
  vm_listener_free (self->listener);
  self->listener = NULL;
  release (self);
}

/* Frames */

VmBuffer *
vm_camera_take_buffer (VmCamera *self)
{
  VmBuffer *buffer;

  lock (self);
  buffer = vm_queue_take (vm_media_get_queue (get_media (self)));
  if (buffer)
    buffer->stream = vm_media_get_stream (get_media (self), NULL);
  self->refs += buffer != NULL;
  unlock (self);
  return buffer;
}

int
vm_camera_done (VmCamera *self, VmBuffer *buffer, size_t bytesused,
    uint64_t time_ns, uint32_t sequence, uint32_t flags)
{
  VmMedia *media = get_media (self);
  int error;

  lock (self);
  error = vm_queue_done (
      vm_media_get_queue (media), buffer, bytesused, time_ns, sequence, flags);
  if (error == 0)
    vm_media_flush (media);
  unlock (self);
  return error;
}

void
vm_camera_give_back (VmCamera *self, VmBuffer *buffer)
{
  lock (self);
  vm_queue_give_back (buffer);
  unlock (self);
  wake (self);
  release (self);
}

/* What changes */

int
vm_camera_set_modes (VmCamera *self, const VmMode *modes, unsigned n_modes)
{
  int error;

  lock (self);
  error = vm_media_set_modes (get_media (self), modes, n_modes);
  unlock (self);
  return error;
}

int
vm_camera_set_control (VmCamera *self, uint32_t id, int64_t value)
{
  int error;

  lock (self);
  error = vm_media_set_control (get_media (self), id, value);
  unlock (self);
  return error;
}

void
vm_camera_post_error (VmCamera *self, int error)
{
  lock (self);
  vm_media_post_error (get_media (self), error);
  unlock (self);
  wake (self);
}

VmCameraCounts
vm_camera_get_counts (VmCamera *self)
{
  VmCameraCounts counts;
  VmQueue *queue;

  lock (self);
  queue = vm_media_get_queue (get_media (self));
  counts = self->counts;
  counts.sessions = vm_media_count_sessions (get_media (self));
  counts.queued = vm_queue_count_empty (queue);
  counts.taken = self->refs - 1;
  unlock (self);
  return counts;
}
