/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"
#include "sink/claim.h"

/* What upstream is handed: buffers of the camera's while it is claimed and has
 * empty ones, others else, which are copied. Upstream
 * waits only where it can do with nothing but dma-bufs of the camera's. Both live as
 * long as the element, which the pool has a reference to. */
GstBufferPool *gst_virtcam_sink_pool_new (
    GstVirtcamReport *report, GstVirtcamClaim *claim);
