/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/format.h"

/* The first format whose name is in structure. */
static inline const GstVirtcamFormat *
format_of (const GstStructure *structure)
{
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    g_autoptr (GstStructure) name = gst_virtcam_format_to_structure (format);

    if (gst_structure_can_intersect (name, structure))
      break;
  }
  return format;
}
