/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/offer.h"

#include "pixel/caps.h"

/* Upstream that can make pictures of any size is offered within these. */
#define MIN_EXTENT 16
#define MAX_WIDTH 7680
#define MAX_HEIGHT 4320
#define STEP 2
/* the camera takes no more */
#define MAX_MODES 1024

/* Of a range of rates, those that programs ask for; the first is what a guest has that
 * asks for none. */
static const VmFraction usual[] = { { 1, 30 }, { 1, 60 }, { 1, 50 }, { 1, 25 },
  { 1, 24 }, { 1, 20 }, { 1, 15 }, { 1, 10 }, { 1, 5 }, { 1, 1 } };

static void
clear_mode (gpointer data)
{
  VmMode *mode = data;

  g_free ((gpointer) mode->intervals);
}

/* from > to: there is none. */
static VmSpan
read_span (const GValue *value, gint max)
{
  gint from = 1, to = 0;

  if (G_VALUE_HOLDS_INT (value)) {
    from = to = g_value_get_int (value);
    return from > 0 ? (VmSpan){ from, from, 0 } : (VmSpan){ 1, 0, 0 };
  }
  if (GST_VALUE_HOLDS_INT_RANGE (value)) {
    from = gst_value_get_int_range_min (value);
    to = gst_value_get_int_range_max (value);
    from = GST_ROUND_UP_N (MAX (from, MIN_EXTENT), STEP);
    to = GST_ROUND_DOWN_N (MIN (to, max), STEP);
  }
  return (VmSpan){ from, to, STEP };
}

static void
append_rate (GArray *intervals, const GValue *rate)
{
  VmFraction interval = { gst_value_get_fraction_denominator (rate),
    gst_value_get_fraction_numerator (rate) };

  if (gst_value_get_fraction_numerator (rate) > 0)
    g_array_append_val (intervals, interval);
}

static void
append_usual (GArray *intervals, const GValue *rates)
{
  GValue rate = G_VALUE_INIT;

  g_value_init (&rate, GST_TYPE_FRACTION);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++) {
    gst_value_set_fraction (&rate, usual[i].denominator, usual[i].numerator);
    if (rates == NULL || gst_value_can_intersect (rates, &rate))
      g_array_append_val (intervals, usual[i]);
  }
}

static void
set_intervals (VmMode *mode, const GValue *rates)
{
  GArray *intervals = g_array_new (FALSE, FALSE, sizeof (VmFraction));

  if (rates && G_VALUE_TYPE (rates) == GST_TYPE_FRACTION)
    append_rate (intervals, rates);
  else
    append_usual (intervals, rates);
  mode->n_intervals = intervals->len;
  mode->intervals = (VmFraction *) (void *) g_array_free (intervals, FALSE);
}

static gboolean
is_one (const VmMode *mode)
{
  return mode->width.min == mode->width.max &&
         mode->height.min == mode->height.max;
}

/* A range stands alone in its format; of two modes of a size the first is enough. */
static gboolean
has_place (GArray *modes, const VmMode *mode)
{
  for (guint i = 0; i < modes->len; i++) {
    const VmMode *other = &g_array_index (modes, VmMode, i);

    if (other->fourcc == mode->fourcc &&
        (!is_one (other) || !is_one (mode) ||
            (other->width.min == mode->width.min &&
                other->height.min == mode->height.min)))
      return FALSE;
  }
  return modes->len < MAX_MODES;
}

static void
append_mode (GArray *modes, const GstStructure *structure,
    const GstVirtcamFormat *format, const GValue *width, const GValue *height)
{
  VmMode mode = { .fourcc = format->fourcc,
    .width = read_span (width, MAX_WIDTH),
    .height = read_span (height, MAX_HEIGHT) };
  struct v4l2_pix_format picture = { 0 };
  uint32_t line, size;

  if (mode.width.min > mode.width.max || mode.height.min > mode.height.max ||
      !has_place (modes, &mode) ||
      !gst_virtcam_vm_offer_get_layout (
          NULL, format->fourcc, mode.width.max, mode.height.max, &line, &size))
    return;
  if (gst_virtcam_colorimetry_to_picture (
          gst_structure_get_string (structure, "colorimetry"), format->media,
          &picture))
    mode.colours = (VmColours){ picture.colorspace, picture.ycbcr_enc,
      picture.quantization, picture.xfer_func };
  set_intervals (&mode, gst_structure_get_value (structure, "framerate"));
  g_array_append_val (modes, mode);
}

static guint
count_values (const GValue *value)
{
  return GST_VALUE_HOLDS_LIST (value) ? gst_value_list_get_size (value) : 1;
}

static const GValue *
get_value (const GValue *value, guint n)
{
  return GST_VALUE_HOLDS_LIST (value) ? gst_value_list_get_value (value, n)
                                      : value;
}

static void
append_sizes (GArray *modes, const GstStructure *structure,
    const GstVirtcamFormat *format)
{
  const GValue *width = gst_structure_get_value (structure, "width");
  const GValue *height = gst_structure_get_value (structure, "height");

  if (width == NULL || height == NULL)
    return;
  for (guint i = 0; i < count_values (width); i++)
    for (guint j = 0; j < count_values (height); j++)
      append_mode (modes, structure, format, get_value (width, i),
          get_value (height, j));
}

/* V4L2 has two names for some formats: the first is enough. */
static gboolean
is_first_of_its_kind (const GstVirtcamFormat *format)
{
  const GstVirtcamFormat *other;

  if (format->n_memories > 1)
    return FALSE;
  for (guint i = 0; (other = gst_virtcam_format_by_preference (i)) != format;
       i++)
    if (other->n_memories == 1 && other->format == format->format &&
        g_strcmp0 (other->caps, format->caps) == 0)
      return FALSE;
  return TRUE;
}

static void
append_structure (GArray *modes, const GstStructure *structure)
{
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    g_autoptr (GstStructure) possible =
        gst_virtcam_format_to_structure (format);

    gst_structure_remove_field (possible, "multiview-mode");
    if (is_first_of_its_kind (format) &&
        gst_structure_can_intersect (possible, structure))
      append_sizes (modes, structure, format);
  }
}

GArray *
gst_virtcam_vm_offer_from_caps (GstCaps *caps)
{
  GArray *modes = g_array_new (FALSE, TRUE, sizeof (VmMode));

  g_array_set_clear_func (modes, clear_mode);
  for (guint i = 0; !gst_caps_is_any (caps) && i < gst_caps_get_size (caps);
       i++)
    if (!gst_caps_features_contains (
            gst_caps_get_features (caps, i), "memory:DMABuf"))
      append_structure (modes, gst_caps_get_structure (caps, i));
  return modes;
}

/* At the guest's rate, or at any: frames are shown when they come. */
GstCaps *
gst_virtcam_vm_offer_to_caps (const VmFormat *format)
{
  GstCaps *caps = gst_caps_new_empty ();
  GstStructure *structure = gst_virtcam_format_to_structure (
      gst_virtcam_format_from_fourcc (format->fourcc));

  gst_structure_remove_field (structure, "multiview-mode");
  gst_structure_set (structure, "width", G_TYPE_INT, (gint) format->width,
      "height", G_TYPE_INT, (gint) format->height, NULL);
  if (format->interval.numerator > 0) {
    GstStructure *exact = gst_structure_copy (structure);

    gst_structure_set (exact, "framerate", GST_TYPE_FRACTION,
        (gint) format->interval.denominator, (gint) format->interval.numerator,
        NULL);
    gst_caps_append_structure (caps, exact);
  }
  gst_structure_set (
      structure, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
  gst_caps_append_structure (caps, structure);
  return caps;
}

/* As V4L2 derives it from a line as long as GStreamer makes it. */
static bool
get_layout (const GstVirtcamFormat *format, guint width, guint height,
    GstVirtcamLayout *layout)
{
  struct v4l2_pix_format picture = { .pixelformat = format->fourcc,
    .width = width,
    .height = height,
    .sizeimage = G_MAXUINT32 };

  if (!gst_virtcam_layout_default (layout, format, width, height))
    return false;
  picture.bytesperline = layout->stride[0];
  return gst_virtcam_layout_from_picture (layout, format, &picture);
}

/* A picture of a coded video is not larger than one that is not coded. */
bool
gst_virtcam_vm_offer_get_layout (void *data, uint32_t fourcc, uint32_t width,
    uint32_t height, uint32_t *bytesperline, uint32_t *sizeimage)
{
  const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (fourcc);
  guint64 coded = (guint64) width * height * 2 + 4096;
  GstVirtcamLayout layout;

  if (format == NULL || format->n_memories > 1)
    return false;
  if (format->media == GST_VIRTCAM_MEDIA_CODED) {
    *bytesperline = 0;
    *sizeimage = (uint32_t) MIN (coded, G_MAXUINT32);
    return true;
  }
  if (!get_layout (format, width, height, &layout) || layout.size > G_MAXUINT32)
    return false;
  *bytesperline = (uint32_t) layout.stride[0];
  *sizeimage = (uint32_t) layout.size;
  return true;
}

void
gst_virtcam_vm_offer_get_frames (
    const VmFormat *format, GstVirtcamFrames *frames)
{
  *frames = (GstVirtcamFrames){ .format = gst_virtcam_format_from_fourcc (
                                    format->fourcc),
    .width = format->width,
    .height = format->height };
  frames->has_layout = get_layout (
      frames->format, frames->width, frames->height, &frames->layout);
}
