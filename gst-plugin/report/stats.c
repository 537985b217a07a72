/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is counted and measured, and what each field means: one table, which both
 * the structure and its description are made of. */

#include "report/stats.h"

#include "time/time.h"

struct _GstVirtcamStats {
  GstVirtcamDirection direction; /* of the element */

  /* guards all below; held for no call out */
  GMutex lock;
  guint64 counts[GST_VIRTCAM_N_COUNTS];
  GstClockTime latency; /* of the last frame */
  GstVirtcamLatency latencies;
};

/* whose: a bit for each direction. */
#define OF_SRC (1u << GST_VIRTCAM_CAPTURE)
#define OF_SINK (1u << GST_VIRTCAM_OUTPUT)
#define OF_BOTH (OF_SRC | OF_SINK)

static const struct {
  guint whose;
  const gchar *name;
  const gchar *meaning;
} counts[] = {
  [GST_VIRTCAM_COUNT_CAPTURED] = { OF_SRC, "captured",
      "frames pushed; those of a pause are left out" },
  [GST_VIRTCAM_COUNT_DROPPED] = { OF_SRC, "dropped",
      "frames that the camera numbered but nobody received" },
  [GST_VIRTCAM_COUNT_CORRUPTED] = { OF_SRC, "corrupted",
      "frames that the driver marked as damaged, or filled in part" },
  [GST_VIRTCAM_COUNT_COPIED] = { OF_SRC, "copied",
      "frames copied because downstream needs another layout or memory, or "
      "holds too many buffers, or because libv4l2 converts" },
  [GST_VIRTCAM_COUNT_BUFFERS] = { OF_SRC, "buffers",
      "buffers that the camera has now" },
  [GST_VIRTCAM_COUNT_GROWN] = { OF_SRC, "grown",
      "buffers made while streaming because downstream holds many" },
  [GST_VIRTCAM_COUNT_BAD_TIMESTAMPS] = { OF_SRC, "bad-timestamps",
      "frames whose time stamp by the driver cannot be true, so that they got "
      "the time of their arrival" },
  [GST_VIRTCAM_COUNT_CONVERTED] = { OF_SRC, "converted",
      "frames that libv4l2 made of another format of the camera's" },
  [GST_VIRTCAM_COUNT_GIVEN] = { OF_SINK, "given",
      "frames that the camera was given, and dma-bufs that it then could not "
      "read" },
  [GST_VIRTCAM_COUNT_COPIED_IN] = { OF_SINK, "copied",
      "those of them that were copied into the camera's buffers" },
  [GST_VIRTCAM_COUNT_IMPORTED] = { OF_SINK, "imported",
      "those that the camera took as a dma-buf of somebody else's" },
  [GST_VIRTCAM_COUNT_UNWATCHED] = { OF_SINK, "unwatched",
      "frames dropped because nobody watched" },
  [GST_VIRTCAM_COUNT_UNFIT] = { OF_SINK, "unfit",
      "frames dropped because the viewers, or the camera since its return, "
      "have "
      "another mode" },
  [GST_VIRTCAM_COUNT_NO_BUFFER] = { OF_SINK, "dropped",
      "frames dropped because all of the camera's buffers were in use, or the "
      "camera was away, or another program fed it, or they had not the size "
      "agreed on, or could not be decoded without a frame that was not given" },
  [GST_VIRTCAM_COUNT_DISCONNECTS] = { OF_BOTH, "disconnects",
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
gst_virtcam_stats_new (GstVirtcamDirection direction)
{
  GstVirtcamStats *self = g_new0 (GstVirtcamStats, 1);

  self->direction = direction;
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

static const gchar *const names[] = {
  [GST_VIRTCAM_CAPTURE] = "virtcamsrc-stats",
  [GST_VIRTCAM_OUTPUT] = "virtcamsink-stats",
};

/* An element that puts out measures none. */
static guint
count_latencies (GstVirtcamDirection direction)
{
  return direction == GST_VIRTCAM_CAPTURE ? G_N_ELEMENTS (latencies) : 0;
}

/* The caller's. */
GstStructure *
gst_virtcam_stats_to_structure (GstVirtcamStats *self)
{
  GstStructure *structure = gst_structure_new_empty (names[self->direction]);
  guint n_latencies = count_latencies (self->direction);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < GST_VIRTCAM_N_COUNTS; i++)
    if (counts[i].whose & 1u << self->direction)
      gst_structure_set (
          structure, counts[i].name, G_TYPE_UINT64, self->counts[i], NULL);
  for (guint i = 0; i < n_latencies; i++)
    gst_structure_set (structure, latencies[i].name, GST_TYPE_CLOCK_TIME,
        get_latency_locked (self, latencies[i].percent), NULL);
  g_mutex_unlock (&self->lock);
  return structure;
}

/* The base class's own property is hidden by ours. */
void
gst_virtcam_stats_add_base (GstStructure *stats, GstBaseSink *sink)
{
  g_autoptr (GstStructure) base = gst_base_sink_get_stats (sink);
  guint64 rendered, late, dropped;
  gdouble rate;

  gst_structure_get_uint64 (stats, "dropped", &dropped);
  gst_structure_get (base, "average-rate", G_TYPE_DOUBLE, &rate, "rendered",
      G_TYPE_UINT64, &rendered, "dropped", G_TYPE_UINT64, &late, NULL);
  gst_structure_set (stats, "average-rate", G_TYPE_DOUBLE, rate, "rendered",
      G_TYPE_UINT64, rendered, "dropped", G_TYPE_UINT64, dropped + late, NULL);
}

/* For the property, which needs a text that lives on. */
const gchar *
gst_virtcam_stats_describe (GstVirtcamDirection direction)
{
  GString *text = g_string_new (NULL);
  guint n_latencies = count_latencies (direction);
  const gchar *description, *comma = " ";

  g_string_append_printf (text,
      "Structure %s, counted since the element left NULL. guint64:",
      names[direction]);
  for (guint i = 0; i < GST_VIRTCAM_N_COUNTS; i++)
    if (counts[i].whose & 1u << direction) {
      g_string_append_printf (
          text, "%s%s (%s)", comma, counts[i].name, counts[i].meaning);
      comma = ", ";
    }
  if (n_latencies > 0)
    g_string_append (text,
        ", GstClockTime, percentiles to 0.8 %, NONE before the first frame:");
  for (guint i = 0; i < n_latencies; i++)
    g_string_append_printf (text, " %s (%s)%s", latencies[i].name,
        latencies[i].meaning, i + 1 < n_latencies ? "," : "");
  if (direction == GST_VIRTCAM_OUTPUT)
    g_string_append (text,
        ", and of GstBaseSink's, since the stream began: rendered (frames that "
        "came in time, given or not; those that did not are dropped, too); "
        "gdouble: average-rate (how fast frames come, 1.0 is in time)");
  description = g_intern_string (text->str);
  g_string_free (text, TRUE);
  return description;
}
