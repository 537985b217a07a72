/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/absence.h"
#include "session/offer.h"
#include "session/supply.h"

/* Who takes part in a negotiation. */
typedef struct {
  GstPad *pad;
  GstVirtcamReport *report;
  GstVirtcamNode *node;
  GstVirtcamMode *mode;     /* to be changed */
  GstVirtcamSupply *supply; /* whose stream is dropped before that */
  GstVirtcamForm form;
  gboolean returned; /* to be what was before, if it can */
} GstVirtcamNegotiation;

GstFlowReturn gst_virtcam_negotiate (
    const GstVirtcamNegotiation *self, GstCaps **caps);
