/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "controls/panel.h"

G_BEGIN_DECLS

/* Four of the controls as GstColorBalance has them. From any thread. */
typedef struct _GstVirtcamBalance GstVirtcamBalance;

GstVirtcamBalance *gst_virtcam_balance_new (GstVirtcamPanel *panel);
void gst_virtcam_balance_free (GstVirtcamBalance *self);

const GList *gst_virtcam_balance_list (GstVirtcamBalance *self);
void gst_virtcam_balance_set (
    GstVirtcamBalance *self, GstColorBalanceChannel *channel, gint value);
gint gst_virtcam_balance_get (
    GstVirtcamBalance *self, GstColorBalanceChannel *channel);
void gst_virtcam_balance_tell (
    GstVirtcamBalance *self, GstVirtcamControls *child, guint32 id);

G_END_DECLS
