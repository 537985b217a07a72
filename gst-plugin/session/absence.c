/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/absence.h"

#include "v4l2/find.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

typedef enum { HERE, AWAY, BACK } State;

struct _GstVirtcamAbsence {
  GstVirtcamReport *report;
  State state;

  /* all below is set unless the state is HERE */
  GstVirtcamIdentity *camera;
  GstVirtcamDirection direction; /* it was opened so, and so: */
  gboolean convert;
  GstClockTime since;       /* CLOCK_MONOTONIC */
  GstVirtcamIdentity *lost; /* camera as it was at first */
  GHashTable *others;       /* which devices are other ones */
};

GstVirtcamAbsence *
gst_virtcam_absence_new (GstVirtcamReport *report)
{
  GstVirtcamAbsence *self = g_new0 (GstVirtcamAbsence, 1);

  self->report = report;
  return self;
}

void
gst_virtcam_absence_free (GstVirtcamAbsence *self)
{
  gst_virtcam_absence_forget (self);
  g_free (self);
}

/* HERE, whatever was before: the camera is closed, or another one. */
void
gst_virtcam_absence_forget (GstVirtcamAbsence *self)
{
  self->state = HERE;
  g_clear_pointer (&self->others, g_hash_table_unref);
  g_clear_pointer (&self->lost, gst_virtcam_identity_unref);
  g_clear_pointer (&self->camera, gst_virtcam_identity_unref);
}

/* node: that which turned out to be gone. TRUE: it had come back before. */
gboolean
gst_virtcam_absence_lose (GstVirtcamAbsence *self, GstVirtcamNode *node)
{
  gboolean again = self->state == BACK;

  if (self->state == HERE) {
    self->camera =
        gst_virtcam_identity_ref (gst_virtcam_node_get_identity (node));
    self->lost = gst_virtcam_identity_ref (self->camera);
    self->others =
        g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    self->direction = gst_virtcam_node_get_direction (node);
    self->convert = gst_virtcam_node_is_converting (node);
    self->since = gst_util_get_timestamp ();
    gst_virtcam_stats_add (gst_virtcam_report_get_stats (self->report),
        GST_VIRTCAM_COUNT_DISCONNECTS, 1);
  }
  self->state = AWAY;
  return again;
}

/* With what an application needs to tell the user which camera it is. */
static void
post (GstVirtcamAbsence *self, const gchar *what)
{
  g_autofree gchar *name = gst_virtcam_report_name (self->report, what);
  GstElement *element = gst_virtcam_report_get_element (self->report);
  GstStructure *structure = gst_structure_new (name, "device", G_TYPE_STRING,
      self->camera->path, "card", G_TYPE_STRING, self->camera->card, "bus-info",
      G_TYPE_STRING, self->camera->bus_info, "absence", GST_TYPE_CLOCK_TIME,
      gst_virtcam_absence_get_age (self), NULL);

  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT_CAST (element), structure));
}

/* Once in an absence; when the device's number is free if it will be. */
void
gst_virtcam_absence_tell (GstVirtcamAbsence *self)
{
  post (self, "disconnected");
}

/* A node of the camera, a reference; NULL: it is not there yet. */
GstVirtcamNode *
gst_virtcam_absence_look (GstVirtcamAbsence *self)
{
  GstElement *element = gst_virtcam_report_get_element (self->report);
  g_autofree gchar *path =
      gst_virtcam_find_lost (self->direction, self->lost, self->others);
  g_autoptr (GError) error = NULL;
  GstVirtcamNode *node;

  if (path == NULL)
    return NULL;
  node = self->direction == GST_VIRTCAM_CAPTURE
             ? gst_virtcam_node_open (path, self->convert, &error)
             : gst_virtcam_node_open_output (path, &error);
  if (node == NULL) {
    GST_INFO_OBJECT (element, "back, but not yet: %s", error->message);
    return NULL;
  }
  GST_INFO_OBJECT (element, "the camera is back as %s", path);
  gst_virtcam_identity_unref (self->camera);
  self->camera =
      gst_virtcam_identity_ref (gst_virtcam_node_get_identity (node));
  self->state = BACK;
  return node;
}

/* A frame of it is there. */
void
gst_virtcam_absence_see (GstVirtcamAbsence *self)
{
  if (self->state != BACK)
    return;
  post (self, "reconnected");
  gst_virtcam_absence_forget (self);
}

gboolean
gst_virtcam_absence_is_away (const GstVirtcamAbsence *self)
{
  return self->state == AWAY;
}

GstClockTime
gst_virtcam_absence_get_age (const GstVirtcamAbsence *self)
{
  return gst_util_get_timestamp () - self->since;
}

/* Which it is; NULL while it is HERE. */
const GstVirtcamIdentity *
gst_virtcam_absence_get_camera (const GstVirtcamAbsence *self)
{
  return self->camera;
}

/* A camera that is gone is for the caller to deal with; all else is an error,
 * which is posted. returned: one that has just come back, and that another
 * program has taken, counts as gone still. doing: the user's word for what
 * failed, an infinitive. */
GstFlowReturn
gst_virtcam_flow_fail (GstVirtcamReport *report, gboolean returned,
    const gchar *doing, const GError *error)
{
  if (error->code == GST_VIRTCAM_NODE_ERROR_GONE ||
      (returned && error->code == GST_VIRTCAM_NODE_ERROR_BUSY))
    return GST_VIRTCAM_FLOW_GONE;
  if (error->code == GST_VIRTCAM_NODE_ERROR_FLUSHING)
    return GST_FLOW_FLUSHING;
  gst_virtcam_report_error (report, doing, error);
  return GST_FLOW_ERROR;
}
