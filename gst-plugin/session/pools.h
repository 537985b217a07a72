/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/demand.h"
#include "stream/stream.h"

/* What an allocation query has of pools and allocators. */

guint gst_virtcam_pools_count_held (GstQuery *query);
gboolean gst_virtcam_pools_wants_fds (GstQuery *query);
void gst_virtcam_pools_get_copier (GstQuery *query, GstVirtcamCopier *copier);
GstBufferPool *gst_virtcam_pools_for_copies (
    GstQuery *query, GstCaps *caps, const GstVirtcamDemand *demand, guint size);
GstBufferPool *gst_virtcam_pools_for_filling (
    GstQuery *query, GstCaps *caps, guint size, guint *count);
void gst_virtcam_pools_remove (GstQuery *query);
