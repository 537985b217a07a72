/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

/* Sparing upstream its work. An element that heeds QoS events, as each GstBaseTransform
 * and each decoder may, drops frames of a running time that an event says it is
 * too late for, before it touches them.
 *
 * From a source that is live frames come as time goes by: all that the next event
 * does not come in time for are dropped. What is not live is paced by the sink
 * alone: it runs ahead until a frame passes, for which the sink waits. So the
 * times that are told are but a little ahead, and one frame passes now and then. */

/* Has *idle, which is atomic, hold back the base class's own observations while it is
 * TRUE: of the few frames that come they would call for more. */
void gst_virtcam_idle_install (GstBaseSink *sink, gint *idle);
/* From any thread, whenever one of the reasons changes: tells upstream that no frame is
 * needed for now, or that they are again. Returns after how many ns it has to be
 * called again. */
guint64 gst_virtcam_idle_review (GstBaseSink *sink, gint *idle, gboolean now);
