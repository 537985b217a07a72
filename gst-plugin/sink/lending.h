/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"
#include "sink/claim.h"
#include "sink/pool.h"

/* What virtcamsink's pools lend: buffers of the camera's while it is claimed and has
 * empty ones. Upstream waits only where it can do with nothing but dma-bufs of the
 * camera's. */
typedef struct {
  GstBaseSink *base;
  GstVirtcamReport *report;
  GstVirtcamClaim *claim;
} GstVirtcamLending;

/* self lives as long as base, to which a pool has a reference. */
GstBufferPool *gst_virtcam_lending_new_pool (GstVirtcamLending *self);
