/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/negotiation.h"

#include "sink/offering.h"

struct _GstVirtcamSinkNegotiation {
  GstBaseSink *base;
  GstVirtcamCamera *camera;
  GstVirtcamSettings *settings;
  GstVirtcamAudience *audience;

  GstCaps *offered; /* the last answer to upstream; under the element's lock */
  GstCaps *put_off; /* atomic; came while the camera was away */
};

GstVirtcamSinkNegotiation *
gst_virtcam_sink_negotiation_new (GstBaseSink *base, GstVirtcamCamera *camera,
    GstVirtcamSettings *settings, GstVirtcamAudience *audience)
{
  GstVirtcamSinkNegotiation *self = g_new0 (GstVirtcamSinkNegotiation, 1);

  self->base = base;
  self->camera = camera;
  self->settings = settings;
  self->audience = audience;
  return self;
}

void
gst_virtcam_sink_negotiation_free (GstVirtcamSinkNegotiation *self)
{
  gst_virtcam_sink_negotiation_stop (self);
  gst_caps_replace (&self->offered, NULL);
  g_free (self);
}

gboolean
gst_virtcam_sink_negotiation_is_put_off (GstVirtcamSinkNegotiation *self)
{
  return g_atomic_pointer_get (&self->put_off) != NULL;
}

void
gst_virtcam_sink_negotiation_stop (GstVirtcamSinkNegotiation *self)
{
  gst_caps_replace (&self->put_off, NULL);
}

/* NULL: all that there could be, since the element is closed, or the camera away,
 * or because it does not matter. */
GstCaps *
gst_virtcam_sink_negotiation_get_caps (
    GstVirtcamSinkNegotiation *self, GstCaps *filter)
{
  g_autoptr (GstVirtcamNode) node = gst_virtcam_camera_ref_node (self->camera);
  GstCaps *caps = node ? gst_virtcam_offering_answer (
                             node, GST_BASE_SINK_PAD (self->base), filter)
                       : NULL;

  GST_OBJECT_LOCK (self->base);
  gst_caps_replace (&self->offered, caps);
  GST_OBJECT_UNLOCK (self->base);
  return caps;
}

/* A viewer may have chosen since upstream asked: then S_FMT says so, and upstream is
 * told. */
static gboolean
were_offered (GstVirtcamSinkNegotiation *self, GstCaps *caps)
{
  gboolean were;

  GST_OBJECT_LOCK (self->base);
  were = self->offered && gst_caps_can_intersect (caps, self->offered);
  GST_OBJECT_UNLOCK (self->base);
  return were;
}

gboolean
gst_virtcam_sink_negotiation_accepts (
    GstVirtcamSinkNegotiation *self, GstCaps *caps)
{
  g_autoptr (GstVirtcamNode) node = gst_virtcam_camera_ref_node (self->camera);

  return node == NULL || were_offered (self, caps) ||
         gst_virtcam_offering_accepts (
             node, GST_BASE_SINK_PAD (self->base), caps);
}

/* While the camera is away it is put off until the first frame for which the camera
 * is back. */
gboolean
gst_virtcam_sink_negotiation_set_caps (
    GstVirtcamSinkNegotiation *self, GstCaps *caps)
{
  g_autoptr (GstVirtcamNode) node = gst_virtcam_camera_ref_node (self->camera);
  g_autofree gchar *text = NULL;
  GstVirtcamTarget target;

  gst_caps_replace (&self->put_off, node ? NULL : caps);
  if (node == NULL) {
    gst_virtcam_audience_stop (self->audience);
    return TRUE;
  }
  if (gst_virtcam_target_from_caps (&target, node, caps)) {
    target.exported |=
        gst_virtcam_sink_settings_get_wishes (self->settings).io_mode ==
        GST_VIRTCAM_SINK_IO_MODE_DMABUF;
    return gst_virtcam_audience_set_target (self->audience, node, &target);
  }
  text = gst_caps_to_string (caps);
  gst_virtcam_audience_refuse (self->audience, node, text);
  return FALSE;
}

/* Upstream was offered no memory of the camera's; it is now. */
gboolean
gst_virtcam_sink_negotiation_take_up_caps (GstVirtcamSinkNegotiation *self)
{
  g_autoptr (GstCaps) caps = gst_caps_ref (self->put_off);

  if (!gst_virtcam_sink_negotiation_set_caps (self, caps))
    return FALSE;
  if (self->put_off == NULL)
    gst_pad_push_event (
        GST_BASE_SINK_PAD (self->base), gst_event_new_reconfigure ());
  return TRUE;
}
