/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Four of the controls as GstColorBalance has them. From any thread. */
#pragma once

#include <gst/video/video.h>

#include "controls/panel.h"

G_BEGIN_DECLS

const GList *gst_virtcam_balance_list (GstVirtcamPanel *panel);
void gst_virtcam_balance_set (
    GstVirtcamPanel *panel, GstColorBalanceChannel *channel, gint value);
gint gst_virtcam_balance_get (
    GstVirtcamPanel *panel, GstColorBalanceChannel *channel);
void gst_virtcam_balance_tell (
    GstElement *element, GstVirtcamControls *child, guint32 id);

G_END_DECLS
