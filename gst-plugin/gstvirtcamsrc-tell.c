/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to buffers: counted always, and told to the application once a
 * stream, as element messages. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static const struct {
  const gchar *name;
  const gchar *explanation;
} reasons[] = {
  [GST_VIRTCAM_COPY_FOR_LAYOUT] = { "layout",
      "The next element expects other strides or planes than the driver makes, "
      "and the driver cannot be asked for them." },
  [GST_VIRTCAM_COPY_FOR_DRIVER] = { "held",
      "Downstream holds so many buffers that the driver would run dry, and the "
      "driver makes no more." },
  [GST_VIRTCAM_COPY_FOR_CONVERSION] = { "conversion",
      "libv4l2 converts into buffers of its own, because convert is set." },
};

/* Takes structure. */
static void
tell (GstVirtcamSrc *self, guint bit, GstStructure *structure)
{
  self->told |= bit;
  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, structure);
  gst_element_post_message (GST_ELEMENT_CAST (self),
      gst_message_new_element (GST_OBJECT_CAST (self), structure));
}

guint
gst_virtcam_src_count_buffers (GstVirtcamSrc *self)
{
  if (self->import)
    return gst_virtcam_import_get_count (self->import);
  return self->allocator ? gst_virtcam_allocator_get_count (self->allocator)
                         : 0;
}

/* The number of buffers has changed. */
void
gst_virtcam_src_note_buffers (GstVirtcamSrc *self)
{
  guint count = gst_virtcam_src_count_buffers (self);

  GST_OBJECT_LOCK (self);
  self->stats.buffers = count;
  GST_OBJECT_UNLOCK (self);
}

void
gst_virtcam_src_tell_grown (GstVirtcamSrc *self)
{
  guint count = gst_virtcam_allocator_get_count (self->allocator);

  GST_OBJECT_LOCK (self);
  self->stats.buffers = count;
  self->stats.grown++;
  GST_OBJECT_UNLOCK (self);
  gst_virtcam_src_announce_latency (self);
  if (!(self->told & GST_VIRTCAM_TOLD_GROWN))
    tell (self, GST_VIRTCAM_TOLD_GROWN,
        gst_structure_new (
            "virtcamsrc-buffers-grown", "buffers", G_TYPE_UINT, count, NULL));
}

void
gst_virtcam_src_tell_copy (GstVirtcamSrc *self, GstVirtcamCopyReason reason)
{
  guint bit = 1u << reason;

  GST_OBJECT_LOCK (self);
  self->stats.copied++;
  GST_OBJECT_UNLOCK (self);
  if (!(self->told & bit))
    tell (self, bit,
        gst_structure_new ("virtcamsrc-copying", "reason", G_TYPE_STRING,
            reasons[reason].name, "explanation", G_TYPE_STRING,
            reasons[reason].explanation, NULL));
}
