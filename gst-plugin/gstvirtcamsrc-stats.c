/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the element counts and measures, and what each field means: one table,
 * which both the structure and its description are made of. */

#include "gstvirtcamsrc.h"

static const struct {
  const gchar *name;
  gsize offset; /* of a guint64 in GstVirtcamStats */
  const gchar *meaning;
} counters[] = {
#define COUNTER(name, field, meaning) \
  { \
    name, offsetof (GstVirtcamStats, field), meaning \
  }
  COUNTER ("captured", captured, "frames received"),
  COUNTER ("dropped", dropped,
      "frames that the camera numbered but nobody received"),
  COUNTER ("corrupted", corrupted, "frames that the driver marked as damaged"),
  COUNTER ("copied", copied,
      "frames copied because downstream needs another layout or holds too many "
      "buffers"),
  COUNTER ("buffers", buffers, "buffers that the camera has now"),
  COUNTER ("grown", grown,
      "buffers made while streaming because downstream holds many"),
  COUNTER ("bad-timestamps", bad_timestamps,
      "frames whose time stamp by the driver cannot be true, so that they got "
      "the time of their arrival"),
  COUNTER ("converted", converted,
      "frames that libv4l2 made of another format of the camera's"),
  COUNTER ("disconnects", disconnects, "how often the camera went away"),
#undef COUNTER
};

/* percent: 0 for the last frame, 100 for the maximum. */
static const struct {
  const gchar *name;
  guint percent;
  const gchar *meaning;
} latencies[] = {
  { "latency", 0, "from capture to push, of the last frame" },
  { "latency-p50", 50, "what half of all frames' latencies do not exceed" },
  { "latency-p99", 99, "what 99 % of them do not exceed" },
  { "latency-max", 100, "the longest" },
};

static GstClockTime
get_latency (const GstVirtcamStats *stats, guint percent)
{
  switch (percent) {
  case 0:
    return stats->latency;
  case 100:
    return gst_virtcam_latency_max (&stats->latencies);
  default:
    return gst_virtcam_latency_percentile (&stats->latencies, percent);
  }
}

/* The caller's. Any thread. */
GstStructure *
gst_virtcam_src_make_stats (GstVirtcamSrc *self)
{
  GstStructure *structure = gst_structure_new_empty ("virtcamsrc-stats");

  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    gst_structure_set (structure, counters[i].name, G_TYPE_UINT64,
        G_STRUCT_MEMBER (guint64, &self->stats, counters[i].offset), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    gst_structure_set (structure, latencies[i].name, GST_TYPE_CLOCK_TIME,
        get_latency (&self->stats, latencies[i].percent), NULL);
  GST_OBJECT_UNLOCK (self);
  return structure;
}

/* For the property, which needs a text that lives on. */
const gchar *
gst_virtcam_stats_describe (void)
{
  GString *text = g_string_new (
      "Structure virtcamsrc-stats, counted since the element left NULL. "
      "guint64:");
  const gchar *description;

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    g_string_append_printf (
        text, " %s (%s),", counters[i].name, counters[i].meaning);
  g_string_append (text,
      " GstClockTime, percentiles to 0.8 %, NONE before the first frame:");
  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    g_string_append_printf (text, " %s (%s)%s", latencies[i].name,
        latencies[i].meaning, i + 1 < G_N_ELEMENTS (latencies) ? "," : "");
  description = g_intern_string (text->str);
  g_string_free (text, TRUE);
  return description;
}
