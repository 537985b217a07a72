/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Draws latencies: over time, and how often each occurred.
 */
#ifndef LATENCY_CHART_H
#define LATENCY_CHART_H

#include <glib.h>

#define LATENCY_CHART_WIDTH 1280
#define LATENCY_CHART_HEIGHT 720

/**
 * LatencyPoint:
 * @time: when the frame arrived, in seconds since the first one
 * @latency: how long it was on its way, in milliseconds
 * @lost: frames that were lost just before it
 */
typedef struct {
  double time;
  double latency;
  guint lost;
} LatencyPoint;

/**
 * LatencyChart:
 * @title: one line, large
 * @subtitle: one line below it
 * @footer: one line at the bottom
 * @points: (array length=n_points): in the order of their time; not changed
 */
typedef struct {
  const char *title;
  const char *subtitle;
  const char *footer;
  const LatencyPoint *points;
  guint n_points;
} LatencyChart;

/**
 * latency_chart_write:
 * @path: of the PNG file; what is there is replaced at once by a whole picture
 * @error: (out): G_FILE_ERROR
 *
 * Returns: whether the file is there
 */
gboolean latency_chart_write (
    const LatencyChart *chart, const char *path, GError **error);

#endif
