/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/choice.h"
#include "v4l2/modes.h"

/* In which forms raw video is offered: in memory (PLAIN), and as DMA_DRM. */
typedef enum {
  GST_VIRTCAM_FORM_PLAIN,
  GST_VIRTCAM_FORM_PLAIN_FIRST,
  GST_VIRTCAM_FORM_DRM_FIRST,
} GstVirtcamForm;

GstCaps *gst_virtcam_offer_raw (GstVirtcamModes *modes, GstCaps *filter);
GstCaps *gst_virtcam_offer_caps (
    GstVirtcamModes *modes, GstCaps *filter, GstVirtcamForm form);
gboolean gst_virtcam_offer_choose (
    GstVirtcamModes *modes, GstCaps *peer, GstVirtcamOffer *choice);
