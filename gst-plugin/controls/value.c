/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control's value, as a GValue and as V4L2 has it. */

#include "controls/spec.h"

#include <string.h>

static gint64
get_number (const GValue *value)
{
  GValue number = G_VALUE_INIT;

  g_value_init (&number, G_TYPE_INT64);
  g_value_transform (value, &number);
  return g_value_get_int64 (&number);
}

static void
set_number (GValue *value, gint64 number)
{
  GValue wide = G_VALUE_INIT;

  g_value_init (&wide, G_TYPE_INT64);
  g_value_set_int64 (&wide, number);
  g_value_transform (&wide, value);
}

/* What does not fit */

static gchar *
refuse_number (const struct v4l2_query_ext_ctrl *range, long long number)
{
  const long long from = range->minimum, to = range->maximum;
  const long long step = range->step, normal = range->default_value;

  if (number >= from && number <= to)
    return NULL;
  return g_strdup_printf (
      "takes %lld to %lld in steps of %lld (default %lld), not %lld", from, to,
      step, normal, number);
}

static gchar *
refuse_item (const GValue *value)
{
  GEnumClass *items = g_type_class_peek (G_VALUE_TYPE (value));
  gint index = g_value_get_enum (value);
  GString *text;

  if (g_enum_get_value (items, index))
    return NULL;
  text = g_string_new ("takes ");
  for (guint i = 0; i < items->n_values; i++)
    g_string_append_printf (text, "%s%d (%s)", i ? ", " : "",
        items->values[i].value, items->values[i].value_nick);
  g_string_append_printf (text, ", not %d", index);
  return g_string_free (text, FALSE);
}

static gchar *
refuse_bits (const struct v4l2_query_ext_ctrl *range, unsigned long long bits)
{
  const unsigned long long all = range->maximum, normal = range->default_value;

  if ((bits & ~all) == 0)
    return NULL;
  return g_strdup_printf (
      "takes bits of 0x%llx (default 0x%llx), not 0x%llx", all, normal, bits);
}

static gchar *
refuse_text (const struct v4l2_query_ext_ctrl *range, const gchar *text)
{
  const long long from = range->minimum, to = range->maximum;
  const long long step = range->step, length = text ? strlen (text) : 0;

  if (length >= from && length <= to &&
      (step < 2 || (length - from) % step == 0))
    return NULL;
  return g_strdup_printf ("takes a text of %lld to %lld bytes in steps of "
                          "%lld, not \"%s\" (%lld bytes)",
      from, to, step, text ? text : "", length);
}

static gchar *
refuse_element (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *element)
{
  /* V4L2 gives an area no range */
  const struct v4l2_query_ext_ctrl any = { .maximum = G_MAXUINT32, .step = 1 };
  g_autofree gchar *text = NULL;

  if (control->query.type == V4L2_CTRL_TYPE_AREA)
    range = &any;
  if (g_value_type_transformable (G_VALUE_TYPE (element), G_TYPE_INT64))
    return refuse_number (range, get_number (element));
  text = g_strdup_value_contents (element);
  return g_strdup_printf ("takes an array of numbers, not of %s", text);
}

static gchar *
refuse_array (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *value)
{
  guint count = gst_value_array_get_size (value), wanted = range->elems;
  gchar *refusal = NULL;

  if (control->query.type == V4L2_CTRL_TYPE_AREA)
    wanted *= 2;
  if (control->query.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY)
    wanted = CLAMP (count, 1, range->dims[0]);
  if (count != wanted)
    return g_strdup_printf (
        "takes an array of %u numbers, not of %u", wanted, count);
  for (guint i = 0; i < count && refusal == NULL; i++)
    refusal =
        refuse_element (control, range, gst_value_array_get_value (value, i));
  return refusal;
}

/**
 * gst_virtcam_control_refuse:
 * @range: what the device says of the control now
 * @value: of the property's type
 *
 * Returns: (transfer full) (nullable): why the control cannot have the value,
 *   as the end of a sentence that begins with the control; NULL if it can.
 *   A number between two steps is no reason: V4L2 rounds it
 */
gchar *
gst_virtcam_control_refuse (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *value)
{
  if (gst_virtcam_control_is_array (control))
    return refuse_array (control, range, value);
  switch (gst_virtcam_control_get_kind (control)->value) {
  case G_TYPE_BOOLEAN:
    return NULL;
  case G_TYPE_ENUM:
    return refuse_item (value);
  case G_TYPE_UINT:
    return refuse_bits (range, g_value_get_uint (value));
  case G_TYPE_STRING:
    return refuse_text (range, g_value_get_string (value));
  default:
    return refuse_number (range, get_number (value));
  }
}

/* Numbers in memory */

static gint64
load (guint32 type, gconstpointer data)
{
  switch (type) {
  case V4L2_CTRL_TYPE_U8:
    return *(const guint8 *) data;
  case V4L2_CTRL_TYPE_U16:
    return *(const guint16 *) data;
  case V4L2_CTRL_TYPE_INTEGER:
    return *(const gint32 *) data;
  case V4L2_CTRL_TYPE_INTEGER64:
    return *(const gint64 *) data;
  default:
    return *(const guint32 *) data;
  }
}

static void
store (guint32 type, gpointer data, gint64 number)
{
  switch (type) {
  case V4L2_CTRL_TYPE_U8:
    *(guint8 *) data = number;
    break;
  case V4L2_CTRL_TYPE_U16:
    *(guint16 *) data = number;
    break;
  case V4L2_CTRL_TYPE_INTEGER64:
    *(gint64 *) data = number;
    break;
  default:
    *(guint32 *) data = number;
  }
}

static gpointer
pack_array (const GstVirtcamControl *control, const GValue *value,
    struct v4l2_ext_control *raw)
{
  guint count = gst_value_array_get_size (value);
  guint size = gst_virtcam_control_get_kind (control)->size;

  raw->size = count * size;
  raw->ptr = g_malloc0 (raw->size);
  for (guint i = 0; i < count; i++)
    store (control->query.type, (guint8 *) raw->ptr + i * size,
        get_number (gst_value_array_get_value (value, i)));
  return raw->ptr;
}

static void
unpack_array (const GstVirtcamControl *control,
    const struct v4l2_ext_control *raw, GValue *value)
{
  const GstVirtcamControlKind *kind = gst_virtcam_control_get_kind (control);

  g_value_reset (value);
  for (guint at = 0; at + kind->size <= raw->size; at += kind->size) {
    GValue number = G_VALUE_INIT;

    g_value_init (&number, kind->value);
    set_number (&number, load (kind->type, (const guint8 *) raw->ptr + at));
    gst_value_array_append_and_take_value (value, &number);
  }
}

/* Both ways */

static gpointer
pack_text (const GValue *value, struct v4l2_ext_control *raw)
{
  const gchar *text = g_value_get_string (value);

  raw->string = g_strdup (text ? text : "");
  raw->size = strlen (raw->string) + 1;
  return raw->string;
}

/**
 * gst_virtcam_control_pack:
 * @value: one that gst_virtcam_control_refuse() does not refuse
 * @raw: (out): made ready for gst_virtcam_node_set_controls()
 *
 * Returns: (transfer full) (nullable): the memory that @raw points to; free
 *   with g_free()
 */
gpointer
gst_virtcam_control_pack (const GstVirtcamControl *control, const GValue *value,
    struct v4l2_ext_control *raw)
{
  *raw = (struct v4l2_ext_control){ .id = control->query.id };
  if (gst_virtcam_control_is_array (control))
    return pack_array (control, value, raw);
  if (control->query.type == V4L2_CTRL_TYPE_STRING)
    return pack_text (value, raw);
  if (control->query.type == V4L2_CTRL_TYPE_INTEGER64)
    raw->value64 = get_number (value);
  else
    raw->value = get_number (value);
  return NULL;
}

/**
 * gst_virtcam_control_unpack:
 * @raw: as gst_virtcam_node_get_control() left it
 * @value: of the property's type
 */
void
gst_virtcam_control_unpack (const GstVirtcamControl *control,
    const struct v4l2_ext_control *raw, GValue *value)
{
  if (gst_virtcam_control_is_array (control))
    unpack_array (control, raw, value);
  else if (control->query.type == V4L2_CTRL_TYPE_STRING)
    g_value_set_string (value, raw->string);
  else if (control->query.type == V4L2_CTRL_TYPE_INTEGER64)
    g_value_set_int64 (value, raw->value64);
  else
    set_number (value, raw->value);
}
