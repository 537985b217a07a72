/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/pool.h"

/* While no guest streams upstream is handed other memory. */
static gboolean
get_frames (gpointer lender, GstVirtcamFrames *frames)
{
  if (!gst_virtcam_vm_machine_get_frames (lender, frames))
    *frames = (GstVirtcamFrames){ 0 };
  return TRUE;
}

static GstBuffer *
take (gpointer lender, const GstVirtcamFrames *frames)
{
  GstVirtcamFrames now;

  return gst_virtcam_vm_machine_get_frames (lender, &now) &&
                 gst_virtcam_frames_equal (&now, frames)
             ? gst_virtcam_vm_machine_take (lender, frames)
             : NULL;
}

static const GstVirtcamLender kind = { .get_frames = get_frames, .take = take };

GstBufferPool *
gst_virtcam_vm_pool_new (GstBaseSink *owner, GstVirtcamVmMachine *machine)
{
  return gst_virtcam_sink_pool_new (owner, &kind, machine);
}
