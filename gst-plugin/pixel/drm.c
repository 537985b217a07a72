/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure translation between plain raw caps and DMA_DRM caps. */

#include "pixel/caps.h"

#include <gst/allocators/gstdmabuf.h>

#include "pixel/compat.h"

static gboolean
is_drm (const GstCapsFeatures *features, const GstStructure *structure)
{
  return gst_structure_has_name (structure, "video/x-raw") &&
         gst_caps_features_contains (features, GST_CAPS_FEATURE_MEMORY_DMABUF);
}

static gboolean
has_drm (GstCaps *caps)
{
  guint n = gst_caps_is_any (caps) ? 0 : gst_caps_get_size (caps);

  while (n > 0 && !is_drm (gst_caps_get_features (caps, n - 1),
                      gst_caps_get_structure (caps, n - 1)))
    n--;
  return n > 0;
}

/* Whether caps are fixed, and DMA_DRM. */
gboolean
gst_virtcam_drm_is_caps (GstCaps *caps)
{
  return has_drm (caps) && gst_caps_is_fixed (caps);
}

/* Calls with each string of a field that holds one or a list of them. */
static void
for_each_string (
    const GValue *value, void (*call) (const gchar *, GValue *), GValue *result)
{
  if (value && G_VALUE_HOLDS_STRING (value))
    call (g_value_get_string (value), result);
  if (value == NULL || !GST_VALUE_HOLDS_LIST (value))
    return;
  for (guint i = 0; i < gst_value_list_get_size (value); i++)
    for_each_string (gst_value_list_get_value (value, i), call, result);
}

static void
append_string (GValue *list, const gchar *string)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, string);
  gst_value_list_append_and_take_value (list, &value);
}

static void
append_drm_name (const gchar *format, GValue *list)
{
  g_autofree gchar *name =
      gst_virtcam_compat_drm_name (gst_video_format_from_string (format));

  if (name)
    append_string (list, name);
}

static void
append_format_name (const gchar *drm_name, GValue *list)
{
  GstVideoFormat format = gst_virtcam_compat_drm_format (drm_name);

  if (format != GST_VIDEO_FORMAT_UNKNOWN)
    append_string (list, gst_video_format_to_string (format));
}

/* Takes list; FALSE: it is empty. */
static gboolean
take_list (GstStructure *structure, const gchar *field, GValue *list)
{
  guint size = gst_value_list_get_size (list);

  if (size > 1) {
    gst_structure_take_value (structure, field, list);
    return TRUE;
  }
  if (size == 1)
    gst_structure_set_value (
        structure, field, gst_value_list_get_value (list, 0));
  g_value_unset (list);
  return size == 1;
}

/* FALSE: it is no raw video that DRM has a name for. */
static gboolean
make_drm (
    GstCapsFeatures *features, GstStructure *raw, G_GNUC_UNUSED gpointer data)
{
  GValue names = G_VALUE_INIT;

  if (!gst_structure_has_name (raw, "video/x-raw") ||
      !gst_caps_features_is_equal (
          features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
    return FALSE;
  g_value_init (&names, GST_TYPE_LIST);
  for_each_string (
      gst_structure_get_value (raw, "format"), append_drm_name, &names);
  if (!take_list (raw, "drm-format", &names))
    return FALSE;
  gst_structure_set (raw, "format", G_TYPE_STRING, "DMA_DRM", NULL);
  gst_caps_features_remove (features, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY);
  gst_caps_features_add (features, GST_CAPS_FEATURE_MEMORY_DMABUF);
  return TRUE;
}

/* What is not DMA_DRM, or in no linear format, stays as it is. A structure that
 * leaves its drm-format open leaves the format open. */
static gboolean
make_raw (
    GstCapsFeatures *features, GstStructure *drm, G_GNUC_UNUSED gpointer data)
{
  const GValue *drm_formats = gst_structure_get_value (drm, "drm-format");
  GValue names = G_VALUE_INIT;

  if (!GST_VIRTCAM_COMPAT_HAS_DMA_DRM || !is_drm (features, drm) ||
      g_strcmp0 (gst_structure_get_string (drm, "format"), "DMA_DRM") != 0)
    return TRUE;
  g_value_init (&names, GST_TYPE_LIST);
  for_each_string (drm_formats, append_format_name, &names);
  if (drm_formats && gst_value_list_get_size (&names) == 0) {
    g_value_unset (&names);
    return TRUE;
  }
  gst_structure_remove_fields (drm, "format", "drm-format", NULL);
  take_list (drm, "format", &names);
  gst_caps_features_remove (features, GST_CAPS_FEATURE_MEMORY_DMABUF);
  return TRUE;
}

static gboolean
is_no_drm (GstCapsFeatures *features, GstStructure *structure,
    G_GNUC_UNUSED gpointer data)
{
  return !is_drm (features, structure);
}

/* The raw video of raw that DRM has a name for, and no other caps: none in
 * separate fields, either. */
GstCaps *
gst_virtcam_drm_from_raw (GstCaps *raw)
{
  GstCaps *caps = gst_caps_copy (raw);

  gst_caps_filter_and_map_in_place (caps, make_drm, NULL);
  return caps;
}

static GstCaps *
map (GstCaps *caps, GstCapsFilterMapFunc function)
{
  GstCaps *result;

  if (!has_drm (caps))
    return gst_caps_ref (caps);
  result = gst_caps_copy (caps);
  gst_caps_filter_and_map_in_place (result, function, NULL);
  return result;
}

/* The same caps with plain raw ones, in memory, for the linear DMA_DRM ones. */
GstCaps *
gst_virtcam_drm_to_raw (GstCaps *caps)
{
  return map (caps, make_raw);
}

/* The caps without those in dma-bufs. */
GstCaps *
gst_virtcam_drm_strip (GstCaps *caps)
{
  return map (caps, is_no_drm);
}

/* raw, which is fixed, or its DMA_DRM form: that if the peer lists it first, or if
 * it is preferred and the peer takes it. A peer that takes anything says nothing
 * of dma-bufs. */
GstCaps *
gst_virtcam_drm_choose (GstCaps *raw, GstCaps *peer, gboolean prefer)
{
  g_autoptr (GstCaps) drm = NULL;
  guint n = has_drm (peer) ? gst_caps_get_size (peer) : 0;

  if (n > 0)
    drm = gst_virtcam_drm_from_raw (raw);
  for (guint i = 0; i < n; i++) {
    g_autoptr (GstCaps) one = gst_caps_copy_nth (peer, i);

    if (gst_caps_features_is_any (gst_caps_get_features (one, 0)))
      continue;
    if (gst_caps_can_intersect (one, drm))
      return g_steal_pointer (&drm);
    if (!prefer && gst_caps_can_intersect (one, raw))
      break;
  }
  return gst_caps_ref (raw);
}
