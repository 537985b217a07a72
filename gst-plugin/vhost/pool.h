/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "vhost/machine.h"

/* Hands upstream the guest's empty buffers; where there is none for its frames,
 * buffers of ours, so that it never waits. owner, which has the machine, is kept. */
GstBufferPool *gst_virtcam_vm_pool_new (
    GstObject *owner, GstVirtcamVmMachine *machine);
