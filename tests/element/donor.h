/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pool of the dma-bufs of another camera, as a display or an encoder has. */
#pragma once

#include <gst/gst.h>

#include "camera.h"

#define DONOR_N_BUFFERS 8

/* Of YUY2, 160x120; bytesperline is 0 for the smallest. */
GstBufferPool *donor_pool_new (TestCamera *camera, guint bytesperline);
GstBufferPool *donor_pool_new_of_size (
    TestCamera *camera, guint width, guint height, guint bytesperline);

/* For rig_answer_allocation(), with the pool as its data. */
GstPadProbeReturn donor_pool_offer (
    GstPad *pad, GstPadProbeInfo *info, gpointer data);
