/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

#include "controls/panel.h"

#define GST_TYPE_VIRTCAM_SRC (gst_virtcam_src_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamSrc, gst_virtcam_src, GST, VIRTCAM_SRC, GstPushSrc)

GST_ELEMENT_REGISTER_DECLARE (virtcamsrc);

/* Its controls, for as long as the element. */
GstVirtcamPanel *gst_virtcam_src_get_panel (GstVirtcamSrc *self);

/* source/interfaces.c */
void gst_virtcam_src_child_proxy_init (gpointer interface, gpointer data);
void gst_virtcam_src_color_balance_init (gpointer interface, gpointer data);
void gst_virtcam_src_video_orientation_init (gpointer interface, gpointer data);
