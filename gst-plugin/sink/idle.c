/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/idle.h"

#define LIVE (2 * GST_SECOND)
#define NOT_LIVE (400 * GST_MSECOND)

/* NONE: there is no clock, or it has not begun. */
static GstClockTime
get_running_time (GstElement *element)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);
  GstClockTime base = gst_element_get_base_time (element);
  GstClockTime now = clock ? gst_clock_get_time (clock) : GST_CLOCK_TIME_NONE;

  if (!GST_CLOCK_TIME_IS_VALID (now) || now < base)
    return GST_CLOCK_TIME_NONE;
  return now - base;
}

static gboolean
is_live (GstBaseSink *sink)
{
  gboolean upstream_live = FALSE;

  return gst_base_sink_query_latency (sink, NULL, &upstream_live, NULL, NULL) &&
         upstream_live;
}

static void
send (GstBaseSink *sink, gdouble proportion, GstClockTimeDiff late,
    GstClockTime time)
{
  gst_pad_push_event (GST_BASE_SINK_PAD (sink),
      gst_event_new_qos (GST_QOS_TYPE_THROTTLE, proportion, late, time));
}

guint64
gst_virtcam_idle_tell (GstBaseSink *sink)
{
  GstClockTime now = get_running_time (GST_ELEMENT_CAST (sink));
  GstClockTime ahead = is_live (sink) ? LIVE : NOT_LIVE;

  if (GST_CLOCK_TIME_IS_VALID (now))
    send (sink, 2.0, ahead, now);
  return ahead / 2;
}

void
gst_virtcam_idle_end (GstBaseSink *sink)
{
  GstClockTime now = get_running_time (GST_ELEMENT_CAST (sink));

  if (!GST_CLOCK_TIME_IS_VALID (now))
    now = 0;
  send (sink, 1.0, -(GstClockTimeDiff) now, now);
}

gboolean
gst_virtcam_idle_is_other (GstEvent *event)
{
  GstQOSType type;

  gst_event_parse_qos (event, &type, NULL, NULL, NULL);
  return type != GST_QOS_TYPE_THROTTLE;
}
