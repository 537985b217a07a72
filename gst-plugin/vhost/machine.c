/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/machine.h"

#include "vhost/offer.h"

struct _GstVirtcamVmMachine {
  GstVirtcamVmMachineCalls calls;
  gpointer data;

  /* guards all below; held over calls of the camera's, which call nobody back under
   * their own lock */
  GMutex lock;
  VmCamera *camera; /* NULL: closed */
  gboolean streaming;
  VmFormat format;
  guint32 sequence; /* of the next frame */
};

/* What a memory that upstream has is. */
typedef struct {
  VmCamera *camera; /* which the buffer keeps alive */
  VmBuffer *buffer;
} Lease;

static G_DEFINE_QUARK (GstVirtcamVmLease, lease);

GstVirtcamVmMachine *
gst_virtcam_vm_machine_new (
    const GstVirtcamVmMachineCalls *calls, gpointer data)
{
  GstVirtcamVmMachine *self = g_new0 (GstVirtcamVmMachine, 1);

  self->calls = *calls;
  self->data = data;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_vm_machine_free (GstVirtcamVmMachine *self)
{
  gst_virtcam_vm_machine_close (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
set_streaming (GstVirtcamVmMachine *self, const VmFormat *format)
{
  g_mutex_lock (&self->lock);
  self->streaming = format != NULL;
  if (format)
    self->format = *format;
  self->sequence = 0;
  g_mutex_unlock (&self->lock);
}

static void
started (void *data, const VmFormat *format)
{
  GstVirtcamVmMachine *self = data;

  set_streaming (self, format);
  self->calls.streaming (self->data);
}

static void
stopped (void *data)
{
  GstVirtcamVmMachine *self = data;

  set_streaming (self, NULL);
  self->calls.streaming (self->data);
}

static void
front_end (void *data, bool is_there, const char *why)
{
  GstVirtcamVmMachine *self = data;

  self->calls.connected (self->data, is_there, why);
}

static const VmCameraOps ops = {
  .layout = gst_virtcam_vm_offer_get_layout,
  .started = started,
  .stopped = stopped,
  .front_end = front_end,
};

gint
gst_virtcam_vm_machine_open (GstVirtcamVmMachine *self, const gchar *socket,
    const gchar *card, GArray *modes, gboolean pages_only)
{
  const VmCameraConfig config = { .socket_path = socket,
    .card = card,
    .modes = (const VmMode *) (void *) modes->data,
    .n_modes = modes->len,
    .ops = &ops,
    .data = self,
    .pages_only = pages_only };
  gint error = 0;
  VmCamera *camera = vm_camera_create (&config, &error);

  g_mutex_lock (&self->lock);
  self->camera = camera;
  g_mutex_unlock (&self->lock);
  return error;
}

void
gst_virtcam_vm_machine_close (GstVirtcamVmMachine *self)
{
  VmCamera *camera;

  g_mutex_lock (&self->lock);
  camera = g_steal_pointer (&self->camera);
  g_mutex_unlock (&self->lock);
  vm_camera_destroy (camera);
  set_streaming (self, NULL);
}

void
gst_virtcam_vm_machine_set_modes (GstVirtcamVmMachine *self, GArray *modes)
{
  g_mutex_lock (&self->lock);
  if (self->camera && modes->len > 0)
    vm_camera_set_modes (
        self->camera, (const VmMode *) (void *) modes->data, modes->len);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_virtcam_vm_machine_get_format (GstVirtcamVmMachine *self, VmFormat *format)
{
  gboolean streaming;

  g_mutex_lock (&self->lock);
  streaming = self->streaming;
  *format = self->format;
  g_mutex_unlock (&self->lock);
  return streaming;
}

gboolean
gst_virtcam_vm_machine_get_frames (
    GstVirtcamVmMachine *self, GstVirtcamFrames *frames)
{
  VmFormat format;

  if (!gst_virtcam_vm_machine_get_format (self, &format))
    return FALSE;
  gst_virtcam_vm_offer_get_frames (&format, frames);
  return TRUE;
}

void
gst_virtcam_vm_machine_get_counts (
    GstVirtcamVmMachine *self, VmCameraCounts *counts)
{
  g_mutex_lock (&self->lock);
  *counts = self->camera ? vm_camera_get_counts (self->camera)
                         : (VmCameraCounts){ 0 };
  g_mutex_unlock (&self->lock);
}

/* Memory */

static void
lease_free (gpointer data)
{
  Lease *lease = data;

  vm_camera_give_back (lease->camera, lease->buffer);
  g_free (lease);
}

/* What upstream has written nothing into is not shared with others. */
static GstMemory *
wrap (const Lease *taken)
{
  Lease *lease = g_memdup2 (taken, sizeof *taken);
  VmBuffer *buffer = lease->buffer;
  GstMemory *memory = gst_memory_new_wrapped (GST_MEMORY_FLAG_NO_SHARE,
      buffer->data, buffer->size, 0, buffer->size, lease, lease_free);

  gst_mini_object_set_qdata (
      GST_MINI_OBJECT_CAST (memory), lease_quark (), lease, NULL);
  return memory;
}

static gboolean
take (GstVirtcamVmMachine *self, Lease *lease)
{
  g_mutex_lock (&self->lock);
  lease->camera = self->camera;
  lease->buffer = self->camera ? vm_camera_take_buffer (self->camera) : NULL;
  if (lease->buffer && lease->buffer->stream != self->format.stream) {
    vm_camera_give_back (lease->camera, lease->buffer);
    lease->buffer = NULL;
  }
  g_mutex_unlock (&self->lock);
  return lease->buffer != NULL;
}

GstBuffer *
gst_virtcam_vm_machine_take (
    GstVirtcamVmMachine *self, const GstVirtcamFrames *frames)
{
  GstBuffer *buffer;
  GstVideoMeta *meta;
  Lease lease;

  if (!take (self, &lease))
    return NULL;
  if (lease.buffer->size < gst_virtcam_frames_get_size (frames)) {
    vm_camera_give_back (lease.camera, lease.buffer);
    return NULL;
  }
  buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, wrap (&lease));
  if (frames->has_layout)
    gst_buffer_set_size (buffer, frames->layout.size);
  meta = frames->has_layout
             ? gst_virtcam_frames_describe (frames, buffer, &frames->layout)
             : NULL;
  if (meta)
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  return buffer;
}

static Lease *
get_lease (GstVirtcamVmMachine *self, GstBuffer *buffer)
{
  GstMemory *memory = gst_buffer_n_memory (buffer) == 1
                          ? gst_buffer_peek_memory (buffer, 0)
                          : NULL;
  Lease *lease = memory && memory->offset == 0
                     ? gst_mini_object_get_qdata (
                           GST_MINI_OBJECT_CAST (memory), lease_quark ())
                     : NULL;

  return lease && lease->camera == self->camera ? lease : NULL;
}

gboolean
gst_virtcam_vm_machine_has_made (GstVirtcamVmMachine *self, GstBuffer *buffer)
{
  return get_lease (self, buffer) != NULL;
}

static guint32
get_number (GstVirtcamVmMachine *self)
{
  guint32 number;

  g_mutex_lock (&self->lock);
  number = self->sequence++;
  g_mutex_unlock (&self->lock);
  return number;
}

gboolean
gst_virtcam_vm_machine_give (
    GstVirtcamVmMachine *self, GstBuffer *buffer, GstClockTime captured)
{
  Lease *lease = get_lease (self, buffer);
  gboolean damaged = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);

  return vm_camera_done (lease->camera, lease->buffer,
             gst_buffer_get_size (buffer), captured, get_number (self),
             damaged ? V4L2_BUF_FLAG_ERROR : 0) == 0;
}

void
gst_virtcam_vm_machine_skip (GstVirtcamVmMachine *self)
{
  get_number (self);
}
