/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control's value, as a GValue and as V4L2 has it. */

#include "controls/value.h"
#include "controls/name.h"
#include "controls/spec.h"

#include <string.h>

static gint64
number_of (const GValue *value)
{
  GValue number = G_VALUE_INIT;

  g_value_init (&number, G_TYPE_INT64);
  g_value_transform (value, &number);
  return g_value_get_int64 (&number);
}

/* What does not fit */

static gchar *
refuse_number (const struct v4l2_query_ext_ctrl *range, gint64 number)
{
  const gint64 from = range->minimum, to = range->maximum;

  if (number >= from && number <= to)
    return NULL;
  return g_strdup_printf ("takes %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                          " in steps of %" G_GINT64_FORMAT
                          " (default %" G_GINT64_FORMAT
                          "), not %" G_GINT64_FORMAT,
      from, to, (gint64) range->step, (gint64) range->default_value, number);
}

static gchar *
refuse_item (const GstVirtcamControl *control, gint64 index)
{
  GString *text;
  GEnumValue *values;

  for (guint i = 0; i < control->menu->len; i++) {
    if (g_array_index (control->menu, GstVirtcamMenuItem, i).index == index)
      return NULL;
  }
  text = g_string_new ("takes ");
  values = gst_virtcam_control_menu_values (control);
  for (guint i = 0; values[i].value_name; i++)
    g_string_append_printf (text, "%s%d (%s)", i ? ", " : "", values[i].value,
        values[i].value_nick);
  gst_virtcam_control_free_menu_values (values);
  g_string_append_printf (text, ", not %" G_GINT64_FORMAT, index);
  return g_string_free (text, FALSE);
}

static gchar *
refuse_bits (const struct v4l2_query_ext_ctrl *range, guint64 bits)
{
  const guint64 all = range->maximum;

  if ((bits & ~all) == 0)
    return NULL;
  return g_strdup_printf ("takes bits of 0x%" G_GINT64_MODIFIER
                          "x (default 0x%" G_GINT64_MODIFIER
                          "x), not 0x%" G_GINT64_MODIFIER "x",
      all, (guint64) range->default_value, bits);
}

static gchar *
refuse_text (const struct v4l2_query_ext_ctrl *range, const gchar *text)
{
  const gint64 from = range->minimum, to = range->maximum;
  const gint64 step = range->step;
  gint64 length = text ? strlen (text) : 0;

  if (length >= from && length <= to &&
      (step < 2 || (length - from) % step == 0))
    return NULL;
  return g_strdup_printf ("takes a text of %" G_GINT64_FORMAT
                          " to %" G_GINT64_FORMAT
                          " bytes in steps of %" G_GINT64_FORMAT
                          ", not \"%s\" (%" G_GINT64_FORMAT " bytes)",
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
    return refuse_number (range, number_of (element));
  text = g_strdup_value_contents (element);
  return g_strdup_printf ("takes an array of numbers, not of %s", text);
}

static gchar *
refuse_array (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *value)
{
  guint count = gst_value_array_get_size (value), wanted = range->elems;

  if (control->query.type == V4L2_CTRL_TYPE_AREA)
    wanted *= 2;
  if (control->query.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY)
    wanted = CLAMP (count, 1, range->dims[0]);
  if (count != wanted)
    return g_strdup_printf (
        "takes an array of %u numbers, not of %u", wanted, count);
  for (guint i = 0; i < count; i++) {
    gchar *refusal =
        refuse_element (control, range, gst_value_array_get_value (value, i));

    if (refusal)
      return refusal;
  }
  return NULL;
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
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_BOOLEAN:
  case V4L2_CTRL_TYPE_BUTTON:
    return NULL;
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return refuse_item (control, g_value_get_enum (value));
  case V4L2_CTRL_TYPE_BITMASK:
    return refuse_bits (range, g_value_get_uint (value));
  case V4L2_CTRL_TYPE_STRING:
    return refuse_text (range, g_value_get_string (value));
  default:
    return refuse_number (range, number_of (value));
  }
}

/* Arrays */

static guint
element_size (const GstVirtcamControl *control)
{
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_U8:
    return 1;
  case V4L2_CTRL_TYPE_U16:
    return 2;
  case V4L2_CTRL_TYPE_INTEGER64:
    return 8;
  default:
    return 4;
  }
}

static void
put_element (guint8 *data, guint size, gint64 number)
{
  guint8 n8 = number;
  guint16 n16 = number;
  guint32 n32 = number;

  if (size == 1)
    memcpy (data, &n8, 1);
  else if (size == 2)
    memcpy (data, &n16, 2);
  else if (size == 4)
    memcpy (data, &n32, 4);
  else
    memcpy (data, &number, 8);
}

static void
append_element (
    GValue *array, const GstVirtcamControl *control, const void *data)
{
  GValue number = G_VALUE_INIT;

  if (control->query.type == V4L2_CTRL_TYPE_INTEGER64) {
    g_value_init (&number, G_TYPE_INT64);
    g_value_set_int64 (&number, *(const gint64 *) data);
  } else if (control->query.type == V4L2_CTRL_TYPE_INTEGER) {
    g_value_init (&number, G_TYPE_INT);
    g_value_set_int (&number, *(const gint32 *) data);
  } else {
    guint size = element_size (control);

    g_value_init (&number, G_TYPE_UINT);
    g_value_set_uint (&number, size == 1   ? *(const guint8 *) data
                               : size == 2 ? *(const guint16 *) data
                                           : *(const guint32 *) data);
  }
  gst_value_array_append_and_take_value (array, &number);
}

static gpointer
pack_array (const GstVirtcamControl *control, const GValue *value,
    struct v4l2_ext_control *raw)
{
  guint count = gst_value_array_get_size (value);
  guint size = element_size (control);
  guint8 *data = g_malloc0 (count * size);

  for (guint i = 0; i < count; i++)
    put_element (data + i * size, size,
        number_of (gst_value_array_get_value (value, i)));
  raw->size = count * size;
  raw->ptr = data;
  return data;
}

static gpointer
pack_text (const GValue *value, struct v4l2_ext_control *raw)
{
  const gchar *text = g_value_get_string (value);

  raw->string = g_strdup (text ? text : "");
  raw->size = strlen (raw->string) + 1;
  return raw->string;
}

/* Both ways */

/**
 * gst_virtcam_control_prepare:
 * @raw: (out): made ready for gst_virtcam_node_get_control()
 *
 * Returns: (transfer full) (nullable): the memory that @raw points to; free
 *   with g_free()
 */
gpointer
gst_virtcam_control_prepare (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, struct v4l2_ext_control *raw)
{
  *raw = (struct v4l2_ext_control){ .id = control->query.id };
  if (control->query.type == V4L2_CTRL_TYPE_STRING)
    raw->size = range->maximum + 1;
  else if (gst_virtcam_control_is_array (control))
    raw->size = range->elems * range->elem_size;
  if (raw->size == 0)
    return NULL;
  raw->ptr = g_malloc0 (raw->size);
  return raw->ptr;
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
    raw->value64 = number_of (value);
  else
    raw->value = number_of (value);
  return NULL;
}

static void
unpack_array (const GstVirtcamControl *control,
    const struct v4l2_ext_control *raw, GValue *value)
{
  guint size = element_size (control);

  g_value_reset (value);
  for (guint at = 0; at + size <= raw->size; at += size)
    append_element (value, control, (const guint8 *) raw->ptr + at);
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
  if (gst_virtcam_control_is_array (control)) {
    unpack_array (control, raw, value);
    return;
  }
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_INTEGER64:
    g_value_set_int64 (value, raw->value64);
    break;
  case V4L2_CTRL_TYPE_BOOLEAN:
    g_value_set_boolean (value, raw->value != 0);
    break;
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    g_value_set_enum (value, raw->value);
    break;
  case V4L2_CTRL_TYPE_BITMASK:
    g_value_set_uint (value, raw->value);
    break;
  case V4L2_CTRL_TYPE_STRING:
    g_value_set_string (value, raw->string);
    break;
  default:
    g_value_set_int (value, raw->value);
  }
}
