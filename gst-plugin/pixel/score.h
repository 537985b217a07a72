/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/caps.h"

G_BEGIN_DECLS

/* Compared field by field, in this order; smaller is better. */
typedef struct {
  gint media; /* YUV, then RGB, then coded, then grey and Bayer */
  gint slow;
  gint64 oversize; /* pixels too many */
  gint64 missing;  /* pixels too few */
  gdouble rate_distance;
  guint rank;
} GstVirtcamScore;

GstVirtcamScore gst_virtcam_structure_score (
    const GstStructure *structure, const GstVirtcamFormat *format);
gboolean gst_virtcam_score_is_better (
    const GstVirtcamScore *a, const GstVirtcamScore *b);
void gst_virtcam_score_forgive_size (GstVirtcamScore *score,
    const GstStructure *mode, const GstVirtcamNative *native);

void gst_virtcam_rate_nearest (const GValue *rates, gint *n, gint *d);
gdouble gst_virtcam_rate_distance (gint n, gint d);

guint gst_virtcam_n_wishes (const GstVirtcamNative *native);
gboolean gst_virtcam_structure_settle_size (GstStructure *structure,
    const struct v4l2_frmsize_stepwise *range, const GstVirtcamNative *native,
    guint wish);
void gst_virtcam_structure_fixate (GstStructure *structure);

G_END_DECLS
