/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "report/report.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* What was told of a stream: a bit for each reason to copy, and these. */
#define TOLD_GROWN (1u << 30)
#define TOLD_LENT_TWICE (1u << 31)

struct _GstVirtcamReport {
  GstElement *element;
  GstVirtcamDirection direction;
  GstVirtcamStats *stats;

  /* guards all below; held for no call out */
  GMutex lock;
  gchar *camera;
  guint told;
};

static const struct {
  const gchar *name;
  const gchar *explanation;
} reasons[] = {
  [GST_VIRTCAM_COPY_FOR_LAYOUT] = { "layout",
      "The next element expects other strides or planes than the driver makes, "
      "and the driver cannot be asked for them." },
  [GST_VIRTCAM_COPY_FOR_MEMORY] = { "memory",
      "The next element takes only memory that other processes can be given, "
      "and the driver's buffers are not exported: io-mode is mmap, or the "
      "driver "
      "refuses." },
  [GST_VIRTCAM_COPY_FOR_DRIVER] = { "held",
      "Downstream holds so many buffers that the driver would run dry, and the "
      "driver makes no more." },
  [GST_VIRTCAM_COPY_FOR_CONVERSION] = { "conversion",
      "libv4l2 converts into buffers of its own, because convert is set." },
};

GstVirtcamReport *
gst_virtcam_report_new (
    GstElement *element, GstVirtcamDirection direction, GstVirtcamStats *stats)
{
  GstVirtcamReport *self = g_new0 (GstVirtcamReport, 1);

  self->element = element;
  self->direction = direction;
  self->stats = stats;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_report_free (GstVirtcamReport *self)
{
  g_mutex_clear (&self->lock);
  g_free (self->camera);
  g_free (self);
}

GstElement *
gst_virtcam_report_get_element (GstVirtcamReport *self)
{
  return self->element;
}

GstVirtcamStats *
gst_virtcam_report_get_stats (GstVirtcamReport *self)
{
  return self->stats;
}

GstVirtcamDirection
gst_virtcam_report_get_direction (GstVirtcamReport *self)
{
  return self->direction;
}

gchar *
gst_virtcam_report_name (GstVirtcamReport *self, const gchar *what)
{
  return g_strconcat (
      self->direction == GST_VIRTCAM_CAPTURE ? "virtcamsrc-" : "virtcamsink-",
      what, NULL);
}

void
gst_virtcam_report_set_camera (GstVirtcamReport *self, const gchar *camera)
{
  g_mutex_lock (&self->lock);
  g_free (self->camera);
  self->camera = g_strdup (camera);
  g_mutex_unlock (&self->lock);
}

gchar *
gst_virtcam_report_dup_camera (GstVirtcamReport *self)
{
  gchar *camera;

  g_mutex_lock (&self->lock);
  camera = g_strdup (self->camera ? self->camera : "(closed)");
  g_mutex_unlock (&self->lock);
  return camera;
}

/* A new stream begins, of which nothing was told yet. */
void
gst_virtcam_report_stream (GstVirtcamReport *self)
{
  g_mutex_lock (&self->lock);
  self->told = 0;
  g_mutex_unlock (&self->lock);
}

/* Whether it is the first time in this stream. */
static gboolean
is_news (GstVirtcamReport *self, guint bit)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  news = !(self->told & bit);
  self->told |= bit;
  g_mutex_unlock (&self->lock);
  return news;
}

/* Takes structure. */
static void
tell (GstVirtcamReport *self, GstStructure *structure)
{
  GST_INFO_OBJECT (self->element, "%" GST_PTR_FORMAT, structure);
  gst_element_post_message (self->element,
      gst_message_new_element (GST_OBJECT_CAST (self->element), structure));
}

/* The driver has got another buffer, count in all. */
void
gst_virtcam_report_grown (GstVirtcamReport *self, guint count)
{
  gst_virtcam_stats_add (self->stats, GST_VIRTCAM_COUNT_GROWN, 1);
  if (is_news (self, TOLD_GROWN))
    tell (self, gst_structure_new ("virtcamsrc-buffers-grown", "buffers",
                    G_TYPE_UINT, count, NULL));
}

void
gst_virtcam_report_copy (GstVirtcamReport *self, GstVirtcamCopyReason reason)
{
  gst_virtcam_stats_add (self->stats, GST_VIRTCAM_COUNT_COPIED, 1);
  if (is_news (self, 1u << reason))
    tell (self, gst_structure_new ("virtcamsrc-copying", "reason",
                    G_TYPE_STRING, reasons[reason].name, "explanation",
                    G_TYPE_STRING, reasons[reason].explanation, NULL));
}

/* The frame is dropped: there can be no two owners of one buffer. */
void
gst_virtcam_report_lent_twice (GstVirtcamReport *self, const GError *error)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self);

  if (is_news (self, TOLD_LENT_TWICE))
    GST_ELEMENT_WARNING (self->element, RESOURCE, READ,
        ("The driver of camera %s hands out buffers that are still in use. "
         "Such frames are dropped.",
            camera),
        ("first: %s", error->message));
}
