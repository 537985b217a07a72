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

/* From any thread, while the element plays: no frame is needed for now. Returns
 * after how many ns it has to be said again. */
guint64 gst_virtcam_idle_tell (GstBaseSink *sink);
/* Frames are needed. */
void gst_virtcam_idle_end (GstBaseSink *sink);

/* Whether an event is the base class's, which would end what was told. */
gboolean gst_virtcam_idle_is_other (GstEvent *event);
