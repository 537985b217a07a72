/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is counted and measured, and what each field means: one table, which both
 * the structure and its description are made of. */

#include "report/stats.h"

#include "time/time.h"

struct _GstVirtcamStats {
  /* guards all below; held for no call out */
  GMutex lock;
  guint64 counts[GST_VIRTCAM_N_COUNTS];
  GstClockTime latency; /* of the last frame */
  GstVirtcamLatency latencies;
};

static const struct {
  const gchar *name;
  const gchar *meaning;
} counts[] = {
  [GST_VIRTCAM_COUNT_CAPTURED] = { "captured",
      "frames pushed; those of a pause are left out" },
  [GST_VIRTCAM_COUNT_DROPPED] = { "dropped",
      "frames that the camera numbered but nobody received" },
  [GST_VIRTCAM_COUNT_CORRUPTED] = { "corrupted",
      "frames that the driver marked as damaged, or filled in part" },
  [GST_VIRTCAM_COUNT_COPIED] = { "copied",
      "frames copied because downstream needs another layout or memory, or "
      "holds too many buffers, or because libv4l2 converts" },
  [GST_VIRTCAM_COUNT_BUFFERS] = { "buffers",
      "buffers that the camera has now" },
  [GST_VIRTCAM_COUNT_GROWN] = { "grown",
      "buffers made while streaming because downstream holds many" },
  [GST_VIRTCAM_COUNT_BAD_TIMESTAMPS] = { "bad-timestamps",
      "frames whose time stamp by the driver cannot be true, so that they got "
      "the time of their arrival" },
  [GST_VIRTCAM_COUNT_CONVERTED] = { "converted",
      "frames that libv4l2 made of another format of the camera's" },
  [GST_VIRTCAM_COUNT_DISCONNECTS] = { "disconnects",
      "how often the camera went away" },
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

GstVirtcamStats *
gst_virtcam_stats_new (void)
{
  GstVirtcamStats *self = g_new0 (GstVirtcamStats, 1);

  g_mutex_init (&self->lock);
  self->latency = GST_CLOCK_TIME_NONE;
  return self;
}

void
gst_virtcam_stats_free (GstVirtcamStats *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_virtcam_stats_reset (GstVirtcamStats *self)
{
  g_mutex_lock (&self->lock);
  memset (self->counts, 0, sizeof self->counts);
  self->latency = GST_CLOCK_TIME_NONE;
  self->latencies = (GstVirtcamLatency){ 0 };
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_stats_add (
    GstVirtcamStats *self, GstVirtcamCount count, guint64 number)
{
  g_mutex_lock (&self->lock);
  self->counts[count] += number;
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_stats_set (
    GstVirtcamStats *self, GstVirtcamCount count, guint64 number)
{
  g_mutex_lock (&self->lock);
  self->counts[count] = number;
  g_mutex_unlock (&self->lock);
}

guint64
gst_virtcam_stats_get (GstVirtcamStats *self, GstVirtcamCount count)
{
  guint64 number;

  g_mutex_lock (&self->lock);
  number = self->counts[count];
  g_mutex_unlock (&self->lock);
  return number;
}

void
gst_virtcam_stats_push (GstVirtcamStats *self, gboolean damaged, guint64 missed,
    GstClockTime latency)
{
  g_mutex_lock (&self->lock);
  self->counts[GST_VIRTCAM_COUNT_CAPTURED]++;
  self->counts[GST_VIRTCAM_COUNT_DROPPED] += missed;
  self->counts[GST_VIRTCAM_COUNT_CORRUPTED] += damaged;
  self->latency = latency;
  gst_virtcam_latency_add (&self->latencies, latency);
  g_mutex_unlock (&self->lock);
}

static GstClockTime
get_latency_locked (const GstVirtcamStats *self, guint percent)
{
  switch (percent) {
  case 0:
    return self->latency;
  case 100:
    return gst_virtcam_latency_max (&self->latencies);
  default:
    return gst_virtcam_latency_percentile (&self->latencies, percent);
  }
}

/* The caller's. */
GstStructure *
gst_virtcam_stats_to_structure (GstVirtcamStats *self)
{
  GstStructure *structure = gst_structure_new_empty ("virtcamsrc-stats");

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < GST_VIRTCAM_N_COUNTS; i++)
    gst_structure_set (
        structure, counts[i].name, G_TYPE_UINT64, self->counts[i], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    gst_structure_set (structure, latencies[i].name, GST_TYPE_CLOCK_TIME,
        get_latency_locked (self, latencies[i].percent), NULL);
  g_mutex_unlock (&self->lock);
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

  for (guint i = 0; i < GST_VIRTCAM_N_COUNTS; i++)
    g_string_append_printf (
        text, " %s (%s),", counts[i].name, counts[i].meaning);
  g_string_append (text,
      " GstClockTime, percentiles to 0.8 %, NONE before the first frame:");
  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    g_string_append_printf (text, " %s (%s)%s", latencies[i].name,
        latencies[i].meaning, i + 1 < G_N_ELEMENTS (latencies) ? "," : "");
  description = g_intern_string (text->str);
  g_string_free (text, TRUE);
  return description;
}
