/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/copy.h"

/* A driver takes an empty frame for one that fills its buffer. */
static gboolean
copy_coded (GstBuffer *to, GstBuffer *from)
{
  gsize size = gst_buffer_get_size (from);
  GstMemory *memory = gst_buffer_peek_memory (to, 0);
  GstMapInfo map;
  gboolean fits = size > 0 && size <= memory->maxsize;

  if (!fits || !gst_buffer_map (to, &map, GST_MAP_WRITE))
    return FALSE;
  gst_buffer_extract (from, 0, map.data, size);
  gst_buffer_unmap (to, &map);
  gst_buffer_set_size (to, size);
  return TRUE;
}

static gboolean
copy_raw (GstBuffer *to, const GstVirtcamLayout *to_layout, GstBuffer *from,
    const GstVirtcamLayout *from_layout)
{
  GstMapInfo to_map, from_map;

  if (!gst_buffer_map (from, &from_map, GST_MAP_READ))
    return FALSE;
  if (!gst_buffer_map (to, &to_map, GST_MAP_WRITE)) {
    gst_buffer_unmap (from, &from_map);
    return FALSE;
  }
  gst_virtcam_layout_copy (to_layout, to_map.data, from_layout, from_map.data);
  gst_buffer_unmap (to, &to_map);
  gst_buffer_unmap (from, &from_map);
  return TRUE;
}

gboolean
gst_virtcam_copy (GstBuffer *to, const GstVirtcamFrames *frames,
    GstBuffer *from, const GstVirtcamLayout *layout)
{
  return frames->has_layout ? copy_raw (to, &frames->layout, from, layout)
                            : copy_coded (to, from);
}
