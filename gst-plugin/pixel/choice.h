/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/caps.h"

/* A size of a format, or a range of sizes, that a device has; or, where caps are
 * fixed, one mode of it. */
typedef struct {
  const GstVirtcamFormat *format;
  struct v4l2_frmsizeenum size;
  GstCaps *caps; /* one structure; that of a range has no rate */
} GstVirtcamOffer;

void gst_virtcam_offer_clear (GstVirtcamOffer *offer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVirtcamOffer, gst_virtcam_offer_clear)

/* What is asked of a device while a mode is chosen. */
typedef struct {
  /* GstVirtcamOffers that meet the filter, which is one structure; or NULL */
  GArray *(*get_offers) (
      gpointer device, const GstVirtcamFormat *format, GstCaps *filter);
  /* sets the field framerate of structure to what a size in a range has */
  void (*set_rates) (gpointer device, GstStructure *structure, guint32 fourcc,
      guint width, guint height);
} GstVirtcamAsk;

gboolean gst_virtcam_choose (const GstVirtcamAsk *ask, gpointer device,
    const struct v4l2_cropcap *native, gboolean fields, GstCaps *peer,
    GstVirtcamOffer *choice);
