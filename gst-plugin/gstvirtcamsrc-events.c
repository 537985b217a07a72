/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queries and events, where the base class's answer is not a camera's. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

#define PARENT_CLASS (g_type_class_peek (GST_TYPE_PUSH_SRC))

/* Queries */

static gboolean
answer_latency (GstVirtcamSrc *self, GstQuery *query)
{
  GstClockTime min, max;

  GST_OBJECT_LOCK (self);
  min = self->latency_min;
  max = self->latency_max;
  GST_OBJECT_UNLOCK (self);

  if (!GST_CLOCK_TIME_IS_VALID (min))
    return FALSE;
  GST_DEBUG_OBJECT (self, "latency %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT,
      GST_TIME_ARGS (min), GST_TIME_ARGS (max));
  gst_query_set_latency (query, TRUE, min, max);
  return TRUE;
}

/* The base class names those of files. */
static gboolean
answer_formats (GstQuery *query)
{
  gst_query_set_formats (query, 1, GST_FORMAT_TIME);
  return TRUE;
}

/* Unanswered it counts as a yes to anything. */
static gboolean
answer_accept_caps (GstBaseSrc *base, GstQuery *query)
{
  g_autoptr (GstCaps) possible = NULL;
  GstCaps *caps;

  gst_query_parse_accept_caps (query, &caps);
  possible = gst_virtcam_src_get_caps (base, caps);
  gst_query_set_accept_caps_result (query, !gst_caps_is_empty (possible));
  return TRUE;
}

gboolean
gst_virtcam_src_query (GstBaseSrc *base, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_LATENCY:
    return answer_latency (GST_VIRTCAM_SRC (base), query);
  case GST_QUERY_ACCEPT_CAPS:
    return answer_accept_caps (base, query);
  case GST_QUERY_FORMATS:
    return answer_formats (query);
  /* it has no end */
  case GST_QUERY_DURATION:
    return FALSE;
  default:
    return GST_BASE_SRC_CLASS (PARENT_CLASS)->query (base, query);
  }
}

gboolean
gst_virtcam_src_is_seekable (GstBaseSrc *base)
{
  return FALSE;
}

/* Events */

/* From the peer. A flush from there would leave the base class's task stopped
 * for good: it expects that of sources that are read from. */
gboolean
gst_virtcam_src_event (GstBaseSrc *base, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_FLUSH_START:
  case GST_EVENT_FLUSH_STOP:
    return GST_ELEMENT_CLASS (PARENT_CLASS)
        ->send_event (GST_ELEMENT_CAST (base), gst_event_ref (event));
  default:
    return GST_BASE_SRC_CLASS (PARENT_CLASS)->event (base, event);
  }
}

/* From the application. Those that travel upstream are answered as if the peer
 * had sent them; the base class drops most, and performs every seek. */
gboolean
gst_virtcam_src_send_event (GstElement *element, GstEvent *event)
{
  if (GST_EVENT_IS_UPSTREAM (event) && !GST_EVENT_IS_DOWNSTREAM (event))
    return gst_pad_send_event (GST_BASE_SRC_PAD (element), event);
  return GST_ELEMENT_CLASS (PARENT_CLASS)->send_event (element, event);
}
