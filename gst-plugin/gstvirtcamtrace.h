/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "virtcam-node.h"

G_BEGIN_DECLS

/* Where a frame is seen: taken from the driver, handed to the pad, its buffer
 * given back to the driver. */
typedef enum {
  GST_VIRTCAM_STATION_DQBUF,
  GST_VIRTCAM_STATION_PUSH,
  GST_VIRTCAM_STATION_QBUF,
} GstVirtcamStation;

/* Somebody may listen: all that a frame pays where nobody does. */
static inline gboolean
gst_virtcam_trace_wanted (void)
{
#ifdef GST_DISABLE_GST_DEBUG
  return FALSE;
#else
  return G_UNLIKELY (_gst_debug_min >= GST_LEVEL_TRACE);
#endif
}

void gst_virtcam_trace_init (void);
void gst_virtcam_trace_frame (
    gpointer object, GstVirtcamStation station, const VirtcamFrame *frame);

G_END_DECLS
