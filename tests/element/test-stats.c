/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The property "stats": what docs/stats.md says of it, and its latencies. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define INTERVAL (GST_SECOND / 30)

static GstStructure *
get_stats (GstElement *element)
{
  GstStructure *stats = NULL;

  g_object_get (element, "stats", &stats, NULL);
  return stats;
}

/* Name to type, of the first table after the structure's name in docs/stats.md. */
static GHashTable *
read_documented (const gchar *structure)
{
  g_autofree gchar *path =
      g_build_filename (g_getenv ("VIRTCAM_SOURCE"), "docs/stats.md", NULL);
  g_autofree gchar *name = g_strdup_printf ("`%s`", structure);
  g_autofree gchar *page = NULL;
  g_autofree gchar *table = NULL;
  const gchar *start;
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) row = g_regex_new (
      "^\\| `([a-z0-9-]+)` \\| (guint64|gdouble|GstClockTime) \\| ",
      G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  GHashTable *types =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  fail_unless (g_file_get_contents (path, &page, NULL, &error));
  fail_unless ((start = strstr (page, name)) != NULL, "no %s", name);
  fail_unless (
      (start = strstr (start, "\n| ")) != NULL, "no table of %s", name);
  table = g_strndup (start, strstr (start, "\n\n") - start);
  for (g_regex_match (row, table, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    g_hash_table_insert (
        types, g_match_info_fetch (match, 1), g_match_info_fetch (match, 2));
  return types;
}

static gboolean
check_is_documented (GQuark name, const GValue *value, gpointer documented)
{
  const gchar *field = g_quark_to_string (name);
  const gchar *type = g_hash_table_lookup (documented, field);

  fail_unless (type != NULL, "docs/stats.md lacks %s", field);
  fail_unless (
      G_VALUE_TYPE (value) ==
          (g_str_equal (type, "gdouble") ? G_TYPE_DOUBLE : G_TYPE_UINT64),
      "%s", field);
  g_hash_table_remove (documented, field);
  return TRUE;
}

/* Compares what the element counts with its table in docs/stats.md. */
static void
check_page (GstElement *element, const gchar *structure, guint least)
{
  g_autoptr (GHashTable) documented = read_documented (structure);
  g_autoptr (GstStructure) stats = get_stats (element);

  assert_equals_string (gst_structure_get_name (stats), structure);
  fail_unless (g_hash_table_size (documented) >= least);
  gst_structure_foreach (stats, check_is_documented, documented);
  assert_equals_int (g_hash_table_size (documented), 0);
}

GST_START_TEST (the_page_names_every_statistic_and_no_other)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("virtcamsink", NULL));

  rig_set_caps (rig, SMALL);
  rig_run (rig, 3);
  check_page (rig->source, "virtcamsrc-stats", 9);
  check_page (sink, "virtcamsink-stats", 9);
}
GST_END_TEST

static gboolean
check_is_in_blurb (GQuark name, const GValue *value, gpointer blurb)
{
  fail_unless (strstr (blurb, g_quark_to_string (name)) != NULL,
      "the blurb lacks %s", g_quark_to_string (name));
  return TRUE;
}

static void
check_blurb (GstElement *element)
{
  g_autoptr (GstStructure) stats = get_stats (element);
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), "stats");

  gst_structure_foreach (
      stats, check_is_in_blurb, (gpointer) g_param_spec_get_blurb (spec));
}

GST_START_TEST (the_blurb_names_every_statistic)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("virtcamsink", NULL));

  check_blurb (rig->source);
  check_blurb (sink);
}
GST_END_TEST

static GstClockTime
get_time (const GstStructure *stats, const gchar *name)
{
  GstClockTime time = 0;

  fail_unless (gst_structure_get_clock_time (stats, name, &time), "%s", name);
  return time;
}

GST_START_TEST (latencies_are_none_before_the_first_frame)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (GstStructure) stats = get_stats (rig->source);

  assert_equals_uint64 (get_time (stats, "latency"), GST_CLOCK_TIME_NONE);
  assert_equals_uint64 (get_time (stats, "latency-p50"), GST_CLOCK_TIME_NONE);
  assert_equals_uint64 (get_time (stats, "latency-p99"), GST_CLOCK_TIME_NONE);
  assert_equals_uint64 (get_time (stats, "latency-max"), GST_CLOCK_TIME_NONE);
}
GST_END_TEST

/* What the element measured of each frame, read before the next one. */
static void
note_latency (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_autoptr (GstStructure) stats = get_stats (rig->source);
  guint64 latency = get_time (stats, "latency");

  fail_unless (latency > 0);
  g_array_append_val ((GArray *) data, latency);
  /* an interval and a half of doing something else: the next frame waits */
  if (number == 50) {
    GstClockTime end = gst_util_get_timestamp () + 3 * INTERVAL / 2;

    while (gst_util_get_timestamp () < end)
      ;
  }
}

static gint
by_value (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

static void
check_percentile (
    const GstStructure *stats, const gchar *name, GArray *latencies, guint nth)
{
  guint64 exact = g_array_index (latencies, guint64, nth);
  guint64 told = get_time (stats, name);

  fail_unless (told >= exact - exact / 100 && told <= exact + exact / 100,
      "%s %" G_GUINT64_FORMAT " instead of %" G_GUINT64_FORMAT, name, told,
      exact);
}

GST_START_TEST (percentiles_are_those_of_all_frames)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GstStructure) stats = NULL;

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, note_latency, latencies);
  rig_run (rig, 200);
  stats = get_stats (rig->source);
  g_array_sort (latencies, by_value);
  check_percentile (stats, "latency-p50", latencies, 99);
  check_percentile (stats, "latency-p99", latencies, 197);
  assert_equals_uint64 (
      get_time (stats, "latency-max"), g_array_index (latencies, guint64, 199));
  fail_unless (get_time (stats, "latency-max") >= INTERVAL / 2);
  fail_unless (get_time (stats, "latency-p50") < INTERVAL / 2);
}
GST_END_TEST

GST_START_TEST (statistics_begin_anew_when_the_element_leaves_null)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstStructure) stats = NULL;

  rig_set_caps (rig, SMALL);
  rig_run (rig, 5);
  assert_equals_uint64 (rig_get_count (rig, "captured"), 5);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  assert_equals_uint64 (rig_get_count (rig, "captured"), 0);
  stats = get_stats (rig->source);
  assert_equals_uint64 (get_time (stats, "latency-max"), GST_CLOCK_TIME_NONE);
}
GST_END_TEST

static Suite *
stats_suite (void)
{
  Suite *suite = suite_create ("stats");
  TCase *tcase = tcase_create ("stats");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, the_page_names_every_statistic_and_no_other);
  tcase_add_test (tcase, the_blurb_names_every_statistic);
  tcase_add_test (tcase, latencies_are_none_before_the_first_frame);
  tcase_add_test (tcase, percentiles_are_those_of_all_frames);
  tcase_add_test (tcase, statistics_begin_anew_when_the_element_leaves_null);
  return suite;
}

GST_CHECK_MAIN (stats);
