/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/caps.h"

G_BEGIN_DECLS

/* What a device has. Each get function returns FALSE where n is past the last
 * entry. Whatever is not needed is not asked. */
typedef struct {
  gboolean (*has_fourcc) (gpointer device, guint32 fourcc);
  gboolean (*get_size) (
      gpointer device, guint32 fourcc, guint n, struct v4l2_frmsizeenum *size);
  gboolean (*get_interval) (gpointer device, guint32 fourcc, guint width,
      guint height, guint n, struct v4l2_frmivalenum *interval);
} GstVirtcamEnumerator;

typedef struct {
  const GstVirtcamFormat *format;
  struct v4l2_frmsizeenum size; /* the entry that holds the chosen size */
  GstCaps *caps;                /* fixed */
} GstVirtcamChoice;

void gst_virtcam_choice_clear (GstVirtcamChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVirtcamChoice, gst_virtcam_choice_clear)

gboolean gst_virtcam_choose (const GstVirtcamEnumerator *enumerator,
    gpointer device, const GstVirtcamNative *native, GstCaps *peer,
    GstVirtcamChoice *choice);
gboolean gst_virtcam_choose_named (
    const GstVirtcamNative *native, GstCaps *peer, GstVirtcamChoice *choice);

G_END_DECLS
