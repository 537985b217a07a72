/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/pool.h"
#include "vhost/machine.h"

/* Hands upstream the guest's empty buffers. owner, which has the machine, is kept. */
GstBufferPool *gst_virtcam_vm_pool_new (
    GstBaseSink *owner, GstVirtcamVmMachine *machine);
