/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversion by libv4l2, which the user opted for. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* What libv4l2 converts is not in the driver's buffers: those could be exported
 * all the same, unconverted. */
gboolean
gst_virtcam_src_check_convert (GstVirtcamSrc *self)
{
  GstVirtcamIOMode io_mode;

  GST_OBJECT_LOCK (self);
  io_mode = self->settings.io_mode;
  GST_OBJECT_UNLOCK (self);
  if (!virtcam_node_is_converting (self->node) ||
      io_mode == GST_VIRTCAM_IO_MODE_AUTO ||
      io_mode == GST_VIRTCAM_IO_MODE_MMAP)
    return TRUE;

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("Frames of camera %s cannot be converted in dma-bufs. Set io-mode=mmap "
       "or convert=false.",
          virtcam_node_get_path (self->node)),
      ("libv4l2 converts into memory of its own"));
  return FALSE;
}

/* A frame in a format that the camera has is none. */
void
gst_virtcam_src_count_converted (GstVirtcamSrc *self)
{
  if (!virtcam_node_is_emulated (self->node, self->mode.picture.pixelformat))
    return;
  GST_OBJECT_LOCK (self);
  self->stats.converted++;
  GST_OBJECT_UNLOCK (self);
}
