/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the device enumerates and what the peer takes to one choice. */

#include "gstvirtcamdrm.h"
#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* Caps of the device */

static gboolean
is_wanted (GstCaps *filter, const GstStructure *structure)
{
  if (filter == NULL || gst_caps_is_any (filter))
    return TRUE;
  for (guint i = 0; i < gst_caps_get_size (filter); i++) {
    if (gst_structure_can_intersect (
            gst_caps_get_structure (filter, i), structure))
      return TRUE;
  }
  return FALSE;
}

static void
ask_rates (GstVirtcamSrc *self, GstStructure *structure, guint32 fourcc,
    guint width, guint height)
{
  g_autoptr (GArray) intervals =
      g_array_new (FALSE, FALSE, sizeof (struct v4l2_frmivalenum));
  struct v4l2_frmivalenum interval;

  while (virtcam_node_get_interval (
      self->node, fourcc, width, height, intervals->len, &interval))
    g_array_append_val (intervals, interval);
  gst_virtcam_structure_set_rates (structure,
      (const struct v4l2_frmivalenum *) intervals->data, intervals->len);
}

/* A range of sizes has the rates of its smallest and of its largest, until the
 * size is settled and the device can be asked for that one. */
static void
ask_rates_of_range (GstVirtcamSrc *self, GstStructure *structure,
    guint32 fourcc, const struct v4l2_frmsize_stepwise *range)
{
  g_autoptr (GstStructure) small = gst_structure_new_empty ("small");
  g_autoptr (GstStructure) large = gst_structure_new_empty ("large");
  GValue both = G_VALUE_INIT;

  ask_rates (self, small, fourcc, range->min_width, range->min_height);
  ask_rates (self, large, fourcc, range->max_width, range->max_height);
  gst_value_list_merge (&both, gst_structure_get_value (small, "framerate"),
      gst_structure_get_value (large, "framerate"));
  gst_structure_take_value (structure, "framerate", &both);
}

static GstVirtcamNative
get_native (GstVirtcamSrc *self)
{
  struct v4l2_cropcap native;

  virtcam_node_get_native (self->node, &native);
  return (GstVirtcamNative){ native.defrect.width, native.defrect.height,
    native.pixelaspect };
}

static void
append_size (GstVirtcamSrc *self, GstCaps *caps, GstCaps *filter,
    const GstStructure *base, guint32 fourcc,
    const struct v4l2_frmsizeenum *size)
{
  g_autoptr (GstStructure) structure = gst_structure_copy (base);
  GstVirtcamNative native = get_native (self);

  gst_virtcam_structure_set_size (structure, size);
  gst_virtcam_structure_set_aspect (structure, size, &native);
  if (!is_wanted (filter, structure))
    return;
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE)
    ask_rates (
        self, structure, fourcc, size->discrete.width, size->discrete.height);
  else
    ask_rates_of_range (self, structure, fourcc, &size->stepwise);
  if (is_wanted (filter, structure))
    gst_caps_append_structure (caps, g_steal_pointer (&structure));
}

static void
append_format (GstVirtcamSrc *self, GstCaps *caps, GstCaps *filter,
    const GstVirtcamFormat *format)
{
  g_autoptr (GstStructure) base = gst_virtcam_format_to_structure (format);
  struct v4l2_frmsizeenum size;

  if (!is_wanted (filter, base))
    return;
  for (guint n = 0;
       virtcam_node_get_size (self->node, format->fourcc, n, &size); n++)
    append_size (self, caps, filter, base, format->fourcc, &size);
}

/* The device's modes that meet the filter: others are not even asked for. */
static GstCaps *
device_caps (GstVirtcamSrc *self, GstCaps *filter)
{
  GstCaps *caps = gst_caps_new_empty ();
  guint32 fourcc;

  for (guint n = 0; virtcam_node_get_fourcc (self->node, n, &fourcc); n++) {
    const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (fourcc);

    if (format)
      append_format (self, caps, filter, format);
  }
  return caps;
}

GstCaps *
gst_virtcam_src_get_caps (GstBaseSrc *base, GstCaps *filter)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);
  g_autoptr (GstCaps) raw_filter =
      filter ? gst_virtcam_drm_to_raw (filter) : NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    caps = gst_virtcam_src_offer_drm (self, device_caps (self, raw_filter));
  if (self->node && virtcam_node_is_hung_up (self->node))
    caps = gst_virtcam_src_add_last_caps (self, caps);
  g_rw_lock_reader_unlock (&self->node_lock);
  if (caps == NULL)
    caps = gst_pad_get_pad_template_caps (GST_BASE_SRC_PAD (base));
  if (filter)
    return gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
  return g_steal_pointer (&caps);
}

/* The choice */

/* The mode that runs is as good as any other that the peer takes. */
static gboolean
keep_mode (GstVirtcamSrc *self, GstCaps *peer)
{
  g_autoptr (GstCaps) current =
      gst_pad_get_current_caps (GST_BASE_SRC_PAD (self));

  return current && (self->allocator || self->import) &&
         gst_caps_can_intersect (current, peer);
}

static guint
count_formats (GstVirtcamSrc *self)
{
  guint32 fourcc;
  guint n = 0;

  while (virtcam_node_get_fourcc (self->node, n, &fourcc))
    n++;
  return n;
}

/* A device that is gone enumerates nothing, which is another matter. */
static void
explain_no_choice (GstVirtcamSrc *self, GstCaps *peer)
{
  g_autoptr (GstCaps) all = device_caps (self, NULL);
  g_autoptr (GError) error = NULL;

  if (!virtcam_node_check_present (self->node, &error))
    gst_virtcam_src_post_error (self, "negotiate", error);
  else if (gst_caps_is_empty (all))
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("%s has no video in a format that GStreamer knows. Set the property "
         "\"device\" to another camera.",
            virtcam_node_get_path (self->node)),
        ("\"%s\" enumerates %u formats", virtcam_node_get_card (self->node),
            count_formats (self)));
  else
    gst_virtcam_src_post_no_caps (self, all, peer);
}

/* The node as the choice sees it */

static gboolean
has_fourcc (gpointer device, guint32 fourcc)
{
  return virtcam_node_has_fourcc (device, fourcc);
}

static gboolean
get_size (
    gpointer device, guint32 fourcc, guint n, struct v4l2_frmsizeenum *size)
{
  return virtcam_node_get_size (device, fourcc, n, size);
}

static gboolean
get_interval (gpointer device, guint32 fourcc, guint width, guint height,
    guint n, struct v4l2_frmivalenum *interval)
{
  return virtcam_node_get_interval (device, fourcc, width, height, n, interval);
}

static const GstVirtcamEnumerator node_enumerator = { has_fourcc, get_size,
  get_interval };

/* FALSE after posting why not. What is known from an earlier opening may be out
 * of date; only a device that says no now has said no. */
static gboolean
choose (GstVirtcamSrc *self, GstCaps *peer, GstVirtcamChoice *choice)
{
  do {
    GstVirtcamNative native = get_native (self);

    if (gst_virtcam_choose (
            &node_enumerator, self->node, &native, peer, choice))
      return TRUE;
  } while (virtcam_node_forget_recalled (self->node));
  explain_no_choice (self, peer);
  return FALSE;
}

/* Where it is the width and height that count, and not what they are cut or
 * scaled from. A driver that lists nothing is asked for the size, too: that is
 * how it tells what it can do. */
static gboolean
has_list_of_sizes (GstVirtcamSrc *self, guint32 fourcc)
{
  struct v4l2_frmsizeenum size;

  return virtcam_node_get_size (self->node, fourcc, 0, &size) &&
         size.type == V4L2_FRMSIZE_TYPE_DISCRETE;
}

/* A mode that the peer names needs no search: the device is asked to do it. OTHER:
 * it did not do just that, or nothing is named. */
static GstVirtcamApplied
apply_named (GstVirtcamSrc *self, GstCaps *peer, GstCaps **caps)
{
  GstVirtcamNative native = get_native (self);
  g_auto (GstVirtcamChoice) choice = { 0 };

  /* libv4l2 would rather convert than do another mode */
  if (virtcam_node_is_converting (self->node) ||
      !gst_virtcam_choose_named (&native, peer, &choice) ||
      !has_list_of_sizes (self, choice.format->fourcc))
    return GST_VIRTCAM_APPLIED_OTHER;
  return gst_virtcam_src_apply (self, &choice, TRUE, caps);
}

/* NULL after posting why not. */
static GstCaps *
agree (GstVirtcamSrc *self, GstCaps *peer)
{
  GstCaps *caps = NULL;
  GstVirtcamApplied applied = apply_named (self, peer, &caps);

  while (applied == GST_VIRTCAM_APPLIED_OTHER) {
    g_auto (GstVirtcamChoice) choice = { 0 };

    if (!choose (self, peer, &choice))
      return NULL;
    applied = gst_virtcam_src_apply (self, &choice, FALSE, &caps);
  }
  return caps;
}

gboolean
gst_virtcam_src_negotiate (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);
  g_autoptr (GstCaps) peer = gst_virtcam_src_query_peer (self);
  g_autoptr (GstCaps) plain_peer = NULL;
  g_autoptr (GstCaps) caps = NULL;

  if (keep_mode (self, peer))
    return TRUE;
  gst_virtcam_src_prefer_last_caps (self, &peer);
  plain_peer = gst_virtcam_src_plain_peer (self, peer);
  if (gst_virtcam_src_meet_source (self))
    caps = gst_virtcam_src_choose_form (self, agree (self, plain_peer), peer);
  if (caps == NULL)
    return FALSE;
  GST_INFO_OBJECT (self, "negotiated %" GST_PTR_FORMAT, caps);
  return gst_base_src_set_caps (base, caps);
}
