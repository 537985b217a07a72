/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of each frame, for people (GST_DEBUG=virtcamtrace:7) and for
 * programs (GST_DEBUG=GST_TRACER:7): docs/stats.md. */

#define GST_USE_UNSTABLE_API /* of tracer records, there since 1.8 */

#include "gstvirtcamtrace.h"

#include <gst/gsttracerrecord.h>

GST_DEBUG_CATEGORY_STATIC (virtcam_trace_debug);
#define GST_CAT_DEFAULT virtcam_trace_debug

static GstTracerRecord *frame_record;

static const gchar *const station_names[] = {
  [GST_VIRTCAM_STATION_DQBUF] = "dqbuf",
  [GST_VIRTCAM_STATION_PUSH] = "push",
  [GST_VIRTCAM_STATION_QBUF] = "qbuf",
};

static GstStructure *
describe_scope (void)
{
  return gst_structure_new ("scope", "type", G_TYPE_GTYPE, G_TYPE_STRING,
      "related-to", GST_TYPE_TRACER_VALUE_SCOPE, GST_TRACER_VALUE_SCOPE_ELEMENT,
      NULL);
}

static GstStructure *
describe_value (GType type, const gchar *description)
{
  return gst_structure_new ("value", "type", G_TYPE_GTYPE, type, "description",
      G_TYPE_STRING, description, NULL);
}

/* The record logs its description at once, where GST_TRACER is at TRACE. */
static GstTracerRecord *
make_record (void)
{
  GstTracerRecord *record =
      gst_tracer_record_new ("virtcamsrc-frame.class", "element",
          GST_TYPE_STRUCTURE, describe_scope (), "station", GST_TYPE_STRUCTURE,
          describe_value (G_TYPE_STRING,
              "dqbuf: taken from the driver; push: handed to the pad; qbuf: "
              "its buffer given back to the driver"),
          "index", GST_TYPE_STRUCTURE,
          describe_value (G_TYPE_UINT, "number of the driver's buffer"),
          "sequence", GST_TYPE_STRUCTURE,
          describe_value (G_TYPE_UINT, "number of the frame by the driver"),
          "stamp", GST_TYPE_STRUCTURE,
          describe_value (G_TYPE_UINT64,
              "time stamp of the frame by the driver, ns of its clock"),
          "ts", GST_TYPE_STRUCTURE,
          describe_value (G_TYPE_UINT64, "now, ns of CLOCK_MONOTONIC"), NULL);

  GST_OBJECT_FLAG_SET (record, GST_OBJECT_FLAG_MAY_BE_LEAKED);
  return record;
}

/* Before any other; may be called again. */
void
gst_virtcam_trace_init (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  GST_DEBUG_CATEGORY_INIT (virtcam_trace_debug, "virtcamtrace", 0,
      "what became of each frame of virtcamsrc");
  frame_record = make_record ();
  g_once_init_leave (&once, 1);
}

/* object: a GstObject with the element's name. Only if wanted. */
void
gst_virtcam_trace_frame (
    gpointer object, GstVirtcamStation station, const VirtcamFrame *frame)
{
  g_autofree gchar *name = gst_object_get_name (object);
  const gchar *station_name = station_names[station];
  guint64 now = gst_util_get_timestamp ();

  GST_TRACE_OBJECT (object,
      "%s: buffer %u, frame %u, stamped %" GST_TIME_FORMAT
      ", now %" GST_TIME_FORMAT,
      station_name, frame->index, frame->sequence,
      GST_TIME_ARGS (frame->time_ns), GST_TIME_ARGS (now));
  gst_tracer_record_log (frame_record, name, station_name, frame->index,
      frame->sequence, frame->time_ns, now);
}
