/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "source/capture.h"

#if GST_CHECK_VERSION(1, 24, 0)

static gboolean
push (GstBaseSrc *base)
{
  return gst_base_src_push_segment (base, &base->segment);
}

#else

/* The base class does not hear of a segment that somebody else pushes, and
 * pushes the same again with its next buffer. A GAP of no length goes out in that
 * one's place: a sticky event that a probe drops would come again. A flush and a
 * new start end the first segment, and what follows is a new one. */
static GstPadProbeReturn
replace_next (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  const GstSegment *segment;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEGMENT:
    gst_event_parse_segment (event, &segment);
    GST_PAD_PROBE_INFO_DATA (info) = gst_event_new_gap (segment->position, 0);
    gst_event_unref (event);
    return GST_PAD_PROBE_REMOVE;
  case GST_EVENT_FLUSH_STOP:
  case GST_EVENT_STREAM_START:
    return GST_PAD_PROBE_REMOVE;
  default:
    return GST_PAD_PROBE_OK;
  }
}

static gboolean
push (GstBaseSrc *base)
{
  GstPad *pad = GST_BASE_SRC_PAD (base);
  gboolean pushed =
      gst_pad_push_event (pad, gst_event_new_segment (&base->segment));

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      replace_next, NULL, NULL);
  return pushed;
}

#endif

/* The streaming thread's. The base class sends its segment with the next buffer,
 * which may be long in coming: it goes out now, if the caps did. FALSE: neither
 * is out, so nothing that needs a segment, such as a GAP, may follow. */
gboolean
gst_virtcam_segment_ensure (GstBaseSrc *base)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_BASE_SRC_PAD (base));
  g_autoptr (GstEvent) segment =
      gst_pad_get_sticky_event (GST_BASE_SRC_PAD (base), GST_EVENT_SEGMENT, 0);

  if (caps == NULL)
    return FALSE;
  return segment || push (base);
}
