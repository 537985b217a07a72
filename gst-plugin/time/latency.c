/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A histogram of latencies whose buckets grow with what they hold: 16 ns wide
 * below 2 us, then 64 to an octave. So whatever lies in a bucket is at most
 * 0.8 % (or 8 ns) from its middle. */

#include "time/time.h"

#define OCTAVE GST_VIRTCAM_LATENCY_OCTAVE
#define BITS_OF_OCTAVE 6
#define MIN_SHIFT 4
/* what is longer is counted with the longest of the table: 17 s */
#define LONGEST ((G_GUINT64_CONSTANT (1) << 34) - 1)

/* All octaves but the two lowest start with the leading bit of their values,
 * which therefore counts as one octave of the index. */
static guint
find_bucket (GstClockTime latency)
{
  guint64 value = MIN (latency, LONGEST);
  gint bits = g_bit_storage (value | 1);
  gint shift = MAX (bits - BITS_OF_OCTAVE - 1, MIN_SHIFT);

  return (shift - MIN_SHIFT) * OCTAVE + (value >> shift);
}

static GstClockTime
middle_of_bucket (guint bucket)
{
  guint octave = MAX (bucket / OCTAVE, 1) - 1;
  guint shift = octave + MIN_SHIFT;
  guint64 lowest = (guint64) (bucket - octave * OCTAVE) << shift;

  return lowest + (G_GUINT64_CONSTANT (1) << (shift - 1));
}

void
gst_virtcam_latency_add (GstVirtcamLatency *self, GstClockTime latency)
{
  self->counts[find_bucket (latency)]++;
  self->total++;
  self->max = MAX (self->max, latency);
}

/* The shortest latency that so many percent of all do not exceed, in ns, to
 * the precision of the buckets; GST_CLOCK_TIME_NONE if there is none. */
GstClockTime
gst_virtcam_latency_percentile (const GstVirtcamLatency *self, guint percent)
{
  guint64 rank = gst_util_uint64_scale_ceil (self->total, percent, 100);
  guint64 below = 0;

  if (self->total == 0)
    return GST_CLOCK_TIME_NONE;
  for (guint i = 0; i < GST_VIRTCAM_LATENCY_BUCKETS; i++) {
    below += self->counts[i];
    if (below >= MAX (rank, 1))
      return MIN (middle_of_bucket (i), self->max);
  }
  return self->max;
}

/* Exact; GST_CLOCK_TIME_NONE if there is none. */
GstClockTime
gst_virtcam_latency_max (const GstVirtcamLatency *self)
{
  return self->total ? self->max : GST_CLOCK_TIME_NONE;
}
