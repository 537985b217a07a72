/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "sink/claim.h"

/* What upstream is handed: buffers of the camera's while it is claimed and has
 * empty ones, others else, which are copied. Upstream never waits. claim outlives
 * owner, which the pool has a reference to. */
GstBufferPool *gst_virtcam_sink_pool_new (
    GstObject *owner, GstVirtcamClaim *claim);
