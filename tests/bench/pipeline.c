/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#define SHORT 100
#define ROUNDS 3

GstElement *
pipeline_new (const gchar *format, ...)
{
  g_autofree gchar *line = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  pipeline = gst_parse_launch (line, &error);
  if (error)
    g_error ("%s: %s", line, error->message);
  return pipeline;
}

GstPad *
pipeline_get_pad (GstElement *pipeline, const gchar *element, const gchar *pad)
{
  g_autoptr (GstElement) found =
      gst_bin_get_by_name (GST_BIN (pipeline), element);

  return gst_element_get_static_pad (found, pad);
}

void
pipeline_play_to_the_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS) {
    g_autofree gchar *what =
        gst_structure_to_string (gst_message_get_structure (message));

    g_error ("%s", what);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* The first life pays for what a process does once. What else the guest has to do
 * falls into a life or two: the cheapest one has the least of it.
 *
 * A thread of GLib's pool that has had nothing to do for 15 seconds would end in
 * a long life and not in a short one, for 300,000 instructions where its stack
 * lies in a huge page: it stays. */
gdouble
pipeline_cost_of_frame (
    gint64 (*life) (gpointer data, guint frames), gpointer data, guint frames)
{
  gint64 brief = G_MAXINT64, whole = G_MAXINT64;

  g_thread_pool_set_max_idle_time (0);
  life (data, SHORT);
  for (guint i = 0; i < ROUNDS; i++) {
    brief = MIN (brief, life (data, SHORT));
    whole = MIN (whole, life (data, frames));
  }
  return (gdouble) (whole - brief) / (frames - SHORT);
}
