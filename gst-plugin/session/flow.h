/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"

/* What a function of the streaming thread returns beside GStreamer's: the camera
 * is gone, and nobody was told. With GST_FLOW_ERROR an error has been posted. */
#define GST_VIRTCAM_FLOW_GONE GST_FLOW_CUSTOM_ERROR

GstFlowReturn gst_virtcam_flow_fail (GstVirtcamReport *report,
    gboolean returned, const gchar *doing, const GError *error);
