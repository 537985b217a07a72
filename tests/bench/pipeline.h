/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipelines that work as they are told, or end the program: where one fails
 * there is nothing to compare. */
#ifndef BENCH_PIPELINE_H
#define BENCH_PIPELINE_H

#include <gst/gst.h>

/**
 * pipeline_new:
 * @format: printf format of what gst-launch-1.0 is told
 *
 * Returns: (transfer full): the pipeline, in NULL
 */
GstElement *pipeline_new (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/** Returns: (transfer full): the pad of the element with that name */
GstPad *pipeline_get_pad (
    GstElement *pipeline, const gchar *element, const gchar *pad);

/** From NULL to EOS, and back; a warning is a failure. */
void pipeline_play_to_the_end (GstElement *pipeline);

/**
 * pipeline_cost_of_frame:
 * @life: plays a pipeline for so many frames, and returns what it has cost
 * @frames: of a long life, above 100
 *
 * Returns: what each frame costs, without what starting and ending do: the
 * difference of a long life and a short one
 */
gdouble pipeline_cost_of_frame (
    gint64 (*life) (gpointer data, guint frames), gpointer data, guint frames);

#endif
