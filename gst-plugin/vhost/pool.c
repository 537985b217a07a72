/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/pool.h"

#define GST_TYPE_VIRTCAM_VM_POOL (gst_virtcam_vm_pool_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamVmPool, gst_virtcam_vm_pool, GST, VIRTCAM_VM_POOL, GstBufferPool)

struct _GstVirtcamVmPool {
  GstBufferPool parent;

  GstObject *owner; /* of the machine; a reference */
  GstVirtcamVmMachine *machine;

  /* of the configuration */
  GstVirtcamFrames frames;
  gboolean direct; /* upstream can write into the guest's buffers */
  guint size;
  GstAllocationParams params;
};

/* Of buffers that the base class counts, since they are not the guest's. */
static G_DEFINE_QUARK (GstVirtcamVmPoolCounted, counted);

G_DEFINE_TYPE (GstVirtcamVmPool, gst_virtcam_vm_pool, GST_TYPE_BUFFER_POOL)

#define PARENT GST_BUFFER_POOL_CLASS (gst_virtcam_vm_pool_parent_class)

GstBufferPool *
gst_virtcam_vm_pool_new (GstObject *owner, GstVirtcamVmMachine *machine)
{
  GstVirtcamVmPool *self = g_object_new (GST_TYPE_VIRTCAM_VM_POOL, NULL);

  self->owner = gst_object_ref (owner);
  self->machine = machine;
  return GST_BUFFER_POOL_CAST (gst_object_ref_sink (self));
}

static const gchar **
gst_virtcam_vm_pool_get_options (GstBufferPool *pool)
{
  static const gchar *options[] = { GST_BUFFER_POOL_OPTION_VIDEO_META, NULL };

  return options;
}

static gboolean
is_usual (const GstVirtcamFrames *frames)
{
  GstVirtcamLayout usual;

  return gst_virtcam_layout_default (
             &usual, frames->format, frames->width, frames->height) &&
         gst_virtcam_layout_equal (&usual, &frames->layout);
}

static gboolean
is_for (const GstVirtcamFrames *frames, GstCaps *caps)
{
  g_autoptr (GstStructure) mode =
      gst_virtcam_format_to_structure (frames->format);

  gst_structure_set (mode, "width", G_TYPE_INT, (gint) frames->width, "height",
      G_TYPE_INT, (gint) frames->height, NULL);
  return caps &&
         gst_structure_can_intersect (mode, gst_caps_get_structure (caps, 0));
}

static gboolean
gst_virtcam_vm_pool_set_config (GstBufferPool *pool, GstStructure *config)
{
  GstVirtcamVmPool *self = GST_VIRTCAM_VM_POOL (pool);
  gboolean reads_meta = gst_buffer_pool_config_has_option (
      config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  GstVirtcamFrames frames = { 0 };
  GstCaps *caps;

  if (!gst_buffer_pool_config_get_params (
          config, &caps, &self->size, NULL, NULL))
    return FALSE;
  gst_buffer_pool_config_get_allocator (config, NULL, &self->params);
  self->direct = gst_virtcam_vm_machine_get_frames (self->machine, &frames) &&
                 frames.has_layout && is_for (&frames, caps) &&
                 self->size <= frames.layout.size && self->params.prefix == 0 &&
                 self->params.padding == 0 &&
                 (reads_meta || is_usual (&frames));
  self->frames = frames;
  return PARENT->set_config (pool, config);
}

/* The base class would make the least number of buffers now. */
static gboolean
gst_virtcam_vm_pool_start (GstBufferPool *pool)
{
  return TRUE;
}

static GstFlowReturn
gst_virtcam_vm_pool_alloc_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamVmPool *self = GST_VIRTCAM_VM_POOL (pool);

  *buffer = gst_buffer_new_allocate (NULL, self->size, &self->params);
  if (*buffer == NULL)
    return GST_FLOW_ERROR;
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT_CAST (*buffer), counted_quark (), self, NULL);
  return GST_FLOW_OK;
}

static gboolean
is_wanted_still (GstVirtcamVmPool *self)
{
  GstVirtcamFrames now;

  return gst_virtcam_vm_machine_get_frames (self->machine, &now) &&
         gst_virtcam_frames_equal (&now, &self->frames);
}

static GstFlowReturn
gst_virtcam_vm_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamVmPool *self = GST_VIRTCAM_VM_POOL (pool);

  if (GST_BUFFER_POOL_IS_FLUSHING (pool))
    return GST_FLOW_FLUSHING;
  *buffer = self->direct && is_wanted_still (self)
                ? gst_virtcam_vm_machine_take (self->machine, &self->frames)
                : NULL;
  return *buffer ? GST_FLOW_OK : PARENT->acquire_buffer (pool, buffer, params);
}

/* The guest's buffers are no pool's: their memory knows its way home. */
static void
gst_virtcam_vm_pool_release_buffer (GstBufferPool *pool, GstBuffer *buffer)
{
  if (gst_mini_object_get_qdata (
          GST_MINI_OBJECT_CAST (buffer), counted_quark ()))
    PARENT->release_buffer (pool, buffer);
  else
    gst_buffer_unref (buffer);
}

static void
gst_virtcam_vm_pool_finalize (GObject *object)
{
  gst_object_unref (GST_VIRTCAM_VM_POOL (object)->owner);
  G_OBJECT_CLASS (gst_virtcam_vm_pool_parent_class)->finalize (object);
}

static void
gst_virtcam_vm_pool_class_init (GstVirtcamVmPoolClass *klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_vm_pool_finalize;
  pool_class->get_options = gst_virtcam_vm_pool_get_options;
  pool_class->set_config = gst_virtcam_vm_pool_set_config;
  pool_class->start = gst_virtcam_vm_pool_start;
  pool_class->alloc_buffer = gst_virtcam_vm_pool_alloc_buffer;
  pool_class->acquire_buffer = gst_virtcam_vm_pool_acquire_buffer;
  pool_class->release_buffer = gst_virtcam_vm_pool_release_buffer;
}

static void
gst_virtcam_vm_pool_init (GstVirtcamVmPool *self)
{
}
