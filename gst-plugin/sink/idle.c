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

static guint64
tell (GstBaseSink *sink)
{
  GstClockTime now = get_running_time (GST_ELEMENT_CAST (sink));
  GstClockTime ahead = is_live (sink) ? LIVE : NOT_LIVE;

  if (GST_CLOCK_TIME_IS_VALID (now))
    send (sink, 2.0, ahead, now);
  return ahead / 2;
}

static void
end (GstBaseSink *sink)
{
  GstClockTime now = get_running_time (GST_ELEMENT_CAST (sink));

  if (!GST_CLOCK_TIME_IS_VALID (now))
    now = 0;
  send (sink, 1.0, -(GstClockTimeDiff) now, now);
}

guint64
gst_virtcam_idle_review (GstBaseSink *sink, gint *idle, gboolean now)
{
  gboolean was = g_atomic_int_get (idle);

  g_atomic_int_set (idle, now);
  if (now)
    return tell (sink);
  if (was)
    end (sink);
  return G_MAXUINT64;
}

static gboolean
is_other (GstEvent *event)
{
  GstQOSType type;

  gst_event_parse_qos (event, &type, NULL, NULL, NULL);
  return type != GST_QOS_TYPE_THROTTLE;
}

static GstPadProbeReturn
hold_back (GstPad *pad, GstPadProbeInfo *info, gpointer idle)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  return GST_EVENT_TYPE (event) == GST_EVENT_QOS &&
                 g_atomic_int_get ((gint *) idle) && is_other (event)
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

void
gst_virtcam_idle_install (GstBaseSink *sink, gint *idle)
{
  gst_pad_add_probe (GST_BASE_SINK_PAD (sink),
      GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hold_back, idle, NULL);
}
