/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "latency-chart.h"

#include <cairo.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>

#define FONT "sans-serif"
/* the two panels, which share the axis of latencies */
#define TOP 110.0
#define BOTTOM (LATENCY_CHART_HEIGHT - 95.0)
#define SERIES_LEFT 90.0
#define SERIES_RIGHT 905.0
#define BARS_LEFT 1010.0
#define BARS_RIGHT (LATENCY_CHART_WIDTH - 40.0)
#define N_BARS 48
#define LOSS_HEIGHT 14
/* latencies that differ more than this are shown on a logarithmic axis */
#define LINEAR_SPREAD 12.0

typedef struct {
  double red, green, blue;
} Color;

static const Color ink = { 0.13, 0.15, 0.18 };
static const Color faint = { 0.45, 0.48, 0.52 };
static const Color grid = { 0.90, 0.91, 0.93 };
static const Color dots = { 0.12, 0.44, 0.70 };
static const Color loss = { 0.84, 0.19, 0.15 };

/* From a value to its place between two ends, on a linear or logarithmic
 * axis. */
typedef struct {
  double low, high;
  double from, to; /* pixels */
  gboolean logarithmic;
} Axis;

typedef enum { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT } Align;

typedef struct {
  const char *name;
  double value;
  Color color;
  double label_y;
} Level;

static double
axis_place (const Axis *axis, double value)
{
  double low = axis->low, high = axis->high, part;

  if (axis->logarithmic)
    part = log (MAX (value, low) / low) / log (high / low);
  else
    part = (value - low) / (high - low);
  return axis->from + part * (axis->to - axis->from);
}

/* The smallest of 1, 2, 5, 10, 20, ... that is not below value. */
static double
round_up (double value)
{
  double power = pow (10, floor (log10 (value)));
  double digit = value / power;

  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/* Ticks are 1, 2, 5, 10, ... or about so many of one distance. */
static double
first_tick (const Axis *axis, guint about)
{
  double step = round_up ((axis->high - axis->low) / about);

  return axis->logarithmic ? round_up (axis->low)
                           : ceil (axis->low / step) * step;
}

static double
next_tick (const Axis *axis, double value, guint about)
{
  if (axis->logarithmic)
    return round_up (value * 1.01);
  return value + round_up ((axis->high - axis->low) / about);
}

static void
set_color (cairo_t *cr, Color color, double alpha)
{
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, alpha);
}

static void
draw_text (cairo_t *cr, double x, double y, double size, Align align,
    gboolean bold, const char *text)
{
  cairo_text_extents_t extents;

  cairo_select_font_face (cr, FONT, CAIRO_FONT_SLANT_NORMAL,
      bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, size);
  cairo_text_extents (cr, text, &extents);
  cairo_move_to (cr, x - extents.x_advance * align / 2.0, y);
  cairo_show_text (cr, text);
}

static void
draw_line (cairo_t *cr, double x1, double y1, double x2, double y2)
{
  /* in the middle of a pixel it is sharp */
  cairo_move_to (cr, floor (x1) + 0.5, floor (y1) + 0.5);
  cairo_line_to (cr, floor (x2) + 0.5, floor (y2) + 0.5);
  cairo_stroke (cr);
}

static char *
format_latency (double ms)
{
  if (ms < 1)
    return g_strdup_printf ("%.0f µs", ms * 1000);
  if (ms >= 1000)
    return g_strdup_printf ("%.2f s", ms / 1000);
  return g_strdup_printf (ms < 10 ? "%.2f ms" : "%.1f ms", ms);
}

static char *
format_tick (double ms)
{
  if (ms > 0 && ms < 1)
    return g_strdup_printf ("%g µs", ms * 1000);
  if (ms >= 1000)
    return g_strdup_printf ("%g s", ms / 1000);
  return g_strdup_printf (ms > 0 ? "%g ms" : "0", ms);
}

/* Axes */

static void
draw_latency_axis (cairo_t *cr, const Axis *axis)
{
  for (double tick = first_tick (axis, 6); tick <= axis->high * 1.0001;
       tick = next_tick (axis, tick, 6)) {
    g_autofree char *label = format_tick (tick);
    double y = axis_place (axis, tick);

    set_color (cr, grid, 1);
    draw_line (cr, SERIES_LEFT, y, SERIES_RIGHT, y);
    draw_line (cr, BARS_LEFT, y, BARS_RIGHT, y);
    set_color (cr, faint, 1);
    draw_text (cr, SERIES_LEFT - 10, y + 5, 14, ALIGN_RIGHT, FALSE, label);
  }
}

static void
draw_bottom_axis (cairo_t *cr, const Axis *axis, guint about, const char *what)
{
  set_color (cr, faint, 1);
  draw_line (cr, axis->from, BOTTOM, axis->to, BOTTOM);
  for (double tick = first_tick (axis, about); tick <= axis->high * 1.0001;
       tick = next_tick (axis, tick, about)) {
    g_autofree char *label = g_strdup_printf ("%g", tick);
    double x = axis_place (axis, tick);

    draw_line (cr, x, BOTTOM, x, BOTTOM + 5);
    draw_text (cr, x, BOTTOM + 22, 14, ALIGN_CENTER, FALSE, label);
  }
  set_color (cr, ink, 1);
  draw_text (cr, (axis->from + axis->to) / 2, BOTTOM + 44, 14, ALIGN_CENTER,
      FALSE, what);
}

/* Panels */

static void
draw_losses (cairo_t *cr, const LatencyChart *chart, const Axis *time)
{
  set_color (cr, loss, 0.9);
  for (guint i = 0; i < chart->n_points; i++) {
    double x = axis_place (time, chart->points[i].time);

    if (chart->points[i].lost)
      draw_line (cr, x, BOTTOM - LOSS_HEIGHT, x, BOTTOM);
  }
}

static void
draw_series (cairo_t *cr, const LatencyChart *chart, const Axis *time,
    const Axis *latency)
{
  double radius = chart->n_points > 2000 ? 1.4 : 2.4;

  cairo_new_path (cr);
  set_color (cr, dots, 0.25);
  cairo_set_line_width (cr, 1);
  for (guint i = 0; i < chart->n_points; i++)
    cairo_line_to (cr, axis_place (time, chart->points[i].time),
        axis_place (latency, chart->points[i].latency));
  cairo_stroke (cr);

  set_color (cr, dots, 0.75);
  for (guint i = 0; i < chart->n_points; i++) {
    cairo_arc (cr, axis_place (time, chart->points[i].time),
        axis_place (latency, chart->points[i].latency), radius, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

/* Bars lie, so that they share the axis of latencies with the series. */
static void
draw_bars (cairo_t *cr, const LatencyChart *chart, const Axis *latency)
{
  guint counts[N_BARS] = { 0 }, most = 1;
  Axis frames = { .from = BARS_LEFT, .to = BARS_RIGHT };
  double height = (BOTTOM - TOP) / N_BARS;

  for (guint i = 0; i < chart->n_points; i++) {
    double place = axis_place (latency, chart->points[i].latency);
    int bar = (BOTTOM - place) / height;

    bar = CLAMP (bar, 0, N_BARS - 1);
    counts[bar]++;
    most = MAX (most, counts[bar]);
  }
  frames.high = MAX (2, most * 1.05);
  set_color (cr, dots, 0.75);
  for (guint i = 0; i < N_BARS; i++) {
    cairo_rectangle (cr, BARS_LEFT, BOTTOM - (i + 1) * height + 0.5,
        axis_place (&frames, counts[i]) - BARS_LEFT, height - 1);
    cairo_fill (cr);
  }
  draw_bottom_axis (cr, &frames, 4, "frames");
}

/* Levels */

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double *
sort_latencies (const LatencyChart *chart)
{
  double *sorted = g_new (double, chart->n_points);

  for (guint i = 0; i < chart->n_points; i++)
    sorted[i] = chart->points[i].latency;
  qsort (sorted, chart->n_points, sizeof *sorted, by_value);
  return sorted;
}

static double
percentile (const double *sorted, guint n, guint percent)
{
  return sorted[(n * percent + 99) / 100 - 1];
}

/* Ascending levels whose labels must not cover each other. */
static void
place_labels (Level *levels, guint n, const Axis *latency)
{
  double limit = BOTTOM + 5;

  for (guint i = 0; i < n; i++) {
    double y = axis_place (latency, levels[i].value) + 5;

    levels[i].label_y = MIN (y, limit);
    limit = levels[i].label_y - 34;
  }
}

static void
draw_levels (cairo_t *cr, Level *levels, guint n, const Axis *latency)
{
  static const double dashes[] = { 6, 4 };

  place_labels (levels, n, latency);
  for (guint i = 0; i < n; i++) {
    g_autofree char *value = format_latency (levels[i].value);
    double y = axis_place (latency, levels[i].value);

    set_color (cr, levels[i].color, 1);
    cairo_set_line_width (cr, 1.5);
    cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
    draw_line (cr, SERIES_LEFT, y, SERIES_RIGHT, y);
    draw_line (cr, BARS_LEFT, y, BARS_RIGHT, y);
    cairo_set_dash (cr, NULL, 0, 0);
    draw_text (cr, SERIES_RIGHT + 8, levels[i].label_y - 7, 13, ALIGN_LEFT,
        TRUE, levels[i].name);
    draw_text (cr, SERIES_RIGHT + 8, levels[i].label_y + 8, 13, ALIGN_LEFT,
        FALSE, value);
  }
  cairo_set_line_width (cr, 1);
}

/* The whole */

/* From zero, unless that would press what differs into one line. */
static Axis
choose_latency_axis (const double *sorted, guint n)
{
  double low = MAX (sorted[0], 0.001), high = MAX (sorted[n - 1], 0.002);
  double room = (high - low) * 0.1;
  Axis axis = { .from = BOTTOM, .to = TOP };

  axis.logarithmic = high / percentile (sorted, n, 50) > LINEAR_SPREAD;
  if (axis.logarithmic) {
    axis.low = low * 0.7;
    axis.high = high * 1.4;
  } else {
    axis.low = low > 10 * room ? low - room : 0;
    axis.high = high + room;
  }
  return axis;
}

static void
draw_panels (cairo_t *cr, const LatencyChart *chart)
{
  guint n = chart->n_points;
  g_autofree double *sorted = sort_latencies (chart);
  Axis latency = choose_latency_axis (sorted, n);
  Axis time = { .low = floor (chart->points[0].time),
    .high = MAX (chart->points[n - 1].time, 1),
    .from = SERIES_LEFT,
    .to = SERIES_RIGHT };
  Level levels[] = {
    { "p50", percentile (sorted, n, 50), { 0.16, 0.55, 0.25 }, 0 },
    { "p99", percentile (sorted, n, 99), { 0.80, 0.45, 0.05 }, 0 },
    { "max", sorted[n - 1], { 0.60, 0.20, 0.55 }, 0 },
  };

  draw_latency_axis (cr, &latency);
  draw_bottom_axis (cr, &time, 8, "time since the first frame, seconds");
  draw_losses (cr, chart, &time);
  draw_series (cr, chart, &time, &latency);
  draw_bars (cr, chart, &latency);
  draw_levels (cr, levels, G_N_ELEMENTS (levels), &latency);
}

static void
draw_chart (cairo_t *cr, const LatencyChart *chart)
{
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_set_line_width (cr, 1);
  set_color (cr, ink, 1);
  draw_text (cr, SERIES_LEFT, 42, 24, ALIGN_LEFT, TRUE, chart->title);
  draw_text (cr, SERIES_LEFT, 70, 15, ALIGN_LEFT, FALSE, chart->subtitle);
  draw_text (cr, SERIES_LEFT, TOP - 12, 14, ALIGN_LEFT, TRUE,
      "latency of each frame (red marks: frames lost)");
  draw_text (cr, BARS_LEFT, TOP - 12, 14, ALIGN_LEFT, TRUE, "how often");
  set_color (cr, faint, 1);
  draw_text (cr, SERIES_LEFT, LATENCY_CHART_HEIGHT - 18, 13, ALIGN_LEFT, FALSE,
      chart->footer);
  if (chart->n_points > 0)
    draw_panels (cr, chart);
}

gboolean
latency_chart_write (
    const LatencyChart *chart, const char *path, GError **error)
{
  g_autofree char *unfinished = g_strconcat (path, ".part", NULL);
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, LATENCY_CHART_WIDTH, LATENCY_CHART_HEIGHT);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  draw_chart (cr, chart);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png (surface, unfinished);
  cairo_surface_destroy (surface);

  if (status == CAIRO_STATUS_SUCCESS && g_rename (unfinished, path) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
      "cannot write %s: %s", path,
      status == CAIRO_STATUS_SUCCESS ? g_strerror (errno)
                                     : cairo_status_to_string (status));
  g_unlink (unfinished);
  return FALSE;
}
