/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"

/* What a peer can read, from its answer to the allocation query. */
typedef struct {
  gboolean reads_meta; /* else it expects GStreamer's default layout */
  GstVideoAlignment alignment;
} GstVirtcamDemand;

gboolean gst_virtcam_demand_from_query (
    GstVirtcamDemand *demand, GstQuery *query);

gboolean gst_virtcam_demand_is_met (const GstVirtcamDemand *demand,
    const GstVirtcamFormat *format, guint width, guint height,
    const GstVirtcamLayout *layout);
gboolean gst_virtcam_demand_to_layout (const GstVirtcamDemand *demand,
    const GstVirtcamFormat *format, guint width, guint height,
    GstVirtcamLayout *layout);
