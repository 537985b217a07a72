/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a control's description to a property. */

#include "controls/spec.h"
#include "controls/name.h"

G_LOCK_DEFINE_STATIC (types);

/**
 * gst_virtcam_control_is_array:
 *
 * Returns: whether the control's value is several numbers, in the order of the
 *   memory; an area is two, its width and its height
 */
gboolean
gst_virtcam_control_is_array (const GstVirtcamControl *control)
{
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_U8:
  case V4L2_CTRL_TYPE_U16:
  case V4L2_CTRL_TYPE_U32:
  case V4L2_CTRL_TYPE_AREA:
    return TRUE;
  case V4L2_CTRL_TYPE_INTEGER:
  case V4L2_CTRL_TYPE_INTEGER64:
    return control->query.nr_of_dims > 0;
  default:
    return FALSE;
  }
}

/**
 * gst_virtcam_control_is_known:
 *
 * Returns: whether a property can stand for the control; those of codecs that
 *   are structures cannot, nor can arrays of truth values and of menus
 */
gboolean
gst_virtcam_control_is_known (const GstVirtcamControl *control)
{
  if (gst_virtcam_control_is_array (control))
    return TRUE;
  return control->query.type >= V4L2_CTRL_TYPE_INTEGER &&
         control->query.type <= V4L2_CTRL_TYPE_INTEGER_MENU &&
         control->query.type != V4L2_CTRL_TYPE_CTRL_CLASS &&
         control->query.nr_of_dims == 0;
}

/* Types */

static void
validate_nothing (gpointer klass, G_GNUC_UNUSED gpointer data)
{
  G_PARAM_SPEC_CLASS (klass)->value_validate = NULL;
}

/* A property that hands every value on: the stock ones put a value that is out
 * of range into it, and say nothing or only print something. */
static GType
lenient_type (GType strict)
{
  g_autofree gchar *name =
      g_strconcat ("GstVirtcam", g_type_name (strict), NULL);
  GTypeInfo info = { .class_init = validate_nothing };
  GTypeQuery query;
  GType type;

  G_LOCK (types);
  type = g_type_from_name (name);
  if (type == 0) {
    g_type_query (strict, &query);
    info.class_size = query.class_size;
    info.instance_size = query.instance_size;
    type = g_type_register_static (strict, name, &info, 0);
  }
  G_UNLOCK (types);
  return type;
}

static gchar *
menu_type_name (const GEnumValue *values)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);

  for (; values->value_name; values++) {
    g_autofree gchar *text = g_strdup_printf (
        "%d %s %s\n", values->value, values->value_nick, values->value_name);

    g_checksum_update (sum, (const guchar *) text, -1);
  }
  return g_strdup_printf ("GstVirtcamMenu%.16s", g_checksum_get_string (sum));
}

/* One type for each menu, however many controls and devices have it. */
static GType
menu_type (const GstVirtcamControl *control)
{
  GEnumValue *values = gst_virtcam_control_menu_values (control);
  g_autofree gchar *name = menu_type_name (values);
  GType type;

  G_LOCK (types);
  type = g_type_from_name (name);
  if (type == 0)
    type = g_enum_register_static (name, g_steal_pointer (&values));
  G_UNLOCK (types);
  g_clear_pointer (&values, gst_virtcam_control_free_menu_values);
  return type;
}

/* Words */

static gchar *
describe_range (const struct v4l2_query_ext_ctrl *query)
{
  const gint64 from = query->minimum, to = query->maximum;
  const gint64 step = query->step, normal = query->default_value;

  switch (query->type) {
  case V4L2_CTRL_TYPE_BOOLEAN:
    return g_strdup_printf ("default %s", normal ? "true" : "false");
  case V4L2_CTRL_TYPE_BUTTON:
    return g_strdup ("a button: true presses it");
  case V4L2_CTRL_TYPE_BITMASK:
    return g_strdup_printf ("bits 0x%" G_GINT64_MODIFIER
                            "x, default 0x%" G_GINT64_MODIFIER "x",
        to, normal);
  case V4L2_CTRL_TYPE_STRING:
    return g_strdup_printf ("a text of %" G_GINT64_FORMAT
                            " to %" G_GINT64_FORMAT
                            " bytes in steps of %" G_GINT64_FORMAT,
        from, to, step);
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return g_strdup_printf ("a menu, default item %" G_GINT64_FORMAT, normal);
  case V4L2_CTRL_TYPE_AREA:
    return g_strdup ("width and height");
  default:
    return g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                            " in steps of %" G_GINT64_FORMAT
                            ", default %" G_GINT64_FORMAT,
        from, to, step, normal);
  }
}

static void
append_dimensions (GString *text, const struct v4l2_query_ext_ctrl *query)
{
  if (query->nr_of_dims == 0)
    return;
  g_string_append (text, "; elements: ");
  for (guint i = 0; i < query->nr_of_dims; i++)
    g_string_append_printf (text, "%s%u", i ? " x " : "", query->dims[i]);
}

static gchar *
describe (const GstVirtcamControl *control)
{
  static const struct {
    guint32 flag;
    const gchar *word;
  } flags[] = {
    { V4L2_CTRL_FLAG_VOLATILE, "the device changes it by itself" },
    { V4L2_CTRL_FLAG_UPDATE, "may change other controls" },
    { V4L2_CTRL_FLAG_EXECUTE_ON_WRITE, "every write acts" },
  };
  const struct v4l2_query_ext_ctrl *query = &control->query;
  const gboolean governed = (query->flags & V4L2_CTRL_FLAG_INACTIVE) != 0;
  g_autofree gchar *range = describe_range (query);
  GString *text = g_string_new (NULL);

  g_string_append_printf (
      text, "%s (V4L2 control 0x%08x): %s", query->name, query->id, range);
  append_dimensions (text, query);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    /* volatile as long as an automatism is on is no lasting trait */
    if (governed && flags[i].flag == V4L2_CTRL_FLAG_VOLATILE)
      continue;
    if (query->flags & flags[i].flag)
      g_string_append_printf (text, "; %s", flags[i].word);
  }
  return g_string_free (text, FALSE);
}

/* Properties */

static gboolean
is_controllable (const GstVirtcamControl *control)
{
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_INTEGER:
  case V4L2_CTRL_TYPE_INTEGER64:
    return control->query.nr_of_dims == 0;
  case V4L2_CTRL_TYPE_BOOLEAN:
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return TRUE;
  default:
    return FALSE;
  }
}

static GParamFlags
spec_flags (const GstVirtcamControl *control)
{
  const guint32 has = control->query.flags;
  GParamFlags flags = G_PARAM_EXPLICIT_NOTIFY;

  if (!(has & V4L2_CTRL_FLAG_WRITE_ONLY) &&
      control->query.type != V4L2_CTRL_TYPE_BUTTON)
    flags |= G_PARAM_READABLE;
  if (has & V4L2_CTRL_FLAG_READ_ONLY)
    return flags;
  flags |= G_PARAM_WRITABLE | GST_PARAM_MUTABLE_PLAYING;
  if (is_controllable (control) && (flags & G_PARAM_READABLE))
    flags |= GST_PARAM_CONTROLLABLE;
  return flags;
}

static gpointer
new_spec (GType strict, const GstVirtcamControl *control, const gchar *name)
{
  g_autofree gchar *blurb = describe (control);

  return g_param_spec_internal (lenient_type (strict), name,
      control->query.name, blurb, spec_flags (control));
}

static GParamSpec *
int_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecInt *spec = new_spec (G_TYPE_PARAM_INT, control, name);

  spec->minimum = control->query.minimum;
  spec->maximum = control->query.maximum;
  spec->default_value = control->query.default_value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
int64_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecInt64 *spec = new_spec (G_TYPE_PARAM_INT64, control, name);

  spec->minimum = control->query.minimum;
  spec->maximum = control->query.maximum;
  spec->default_value = control->query.default_value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
bitmask_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecUInt *spec = new_spec (G_TYPE_PARAM_UINT, control, name);

  spec->minimum = 0;
  spec->maximum = control->query.maximum;
  spec->default_value = control->query.default_value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
boolean_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecBoolean *spec = new_spec (G_TYPE_PARAM_BOOLEAN, control, name);

  spec->default_value = control->query.default_value != 0;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
menu_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecEnum *spec = new_spec (G_TYPE_PARAM_ENUM, control, name);
  GType type = menu_type (control);

  spec->enum_class = g_type_class_ref (type);
  spec->default_value = control->query.default_value;
  G_PARAM_SPEC (spec)->value_type = type;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
element_spec (const GstVirtcamControl *control)
{
  const struct v4l2_query_ext_ctrl *query = &control->query;

  if (query->type == V4L2_CTRL_TYPE_INTEGER)
    return g_param_spec_int ("element", NULL, NULL, query->minimum,
        query->maximum, query->default_value, G_PARAM_READWRITE);
  if (query->type == V4L2_CTRL_TYPE_INTEGER64)
    return g_param_spec_int64 ("element", NULL, NULL, query->minimum,
        query->maximum, query->default_value, G_PARAM_READWRITE);
  if (query->type == V4L2_CTRL_TYPE_AREA)
    return g_param_spec_uint (
        "element", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE);
  return g_param_spec_uint ("element", NULL, NULL, query->minimum,
      query->maximum, query->default_value, G_PARAM_READWRITE);
}

static GParamSpec *
array_spec (const GstVirtcamControl *control, const gchar *name)
{
  GstParamSpecArray *spec = new_spec (GST_TYPE_PARAM_ARRAY_LIST, control, name);

  spec->element_spec = g_param_spec_ref_sink (element_spec (control));
  return G_PARAM_SPEC (spec);
}

/**
 * gst_virtcam_control_to_spec:
 * @control: one that gst_virtcam_control_is_known()
 * @name: the property's name
 *
 * The property takes every value of its type: whoever sets it refuses those
 * that are out of range.
 *
 * Returns: (transfer floating): the property
 */
GParamSpec *
gst_virtcam_control_to_spec (
    const GstVirtcamControl *control, const gchar *name)
{
  if (gst_virtcam_control_is_array (control))
    return array_spec (control, name);
  switch (control->query.type) {
  case V4L2_CTRL_TYPE_INTEGER64:
    return int64_spec (control, name);
  case V4L2_CTRL_TYPE_BOOLEAN:
  case V4L2_CTRL_TYPE_BUTTON:
    return boolean_spec (control, name);
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return menu_spec (control, name);
  case V4L2_CTRL_TYPE_BITMASK:
    return bitmask_spec (control, name);
  case V4L2_CTRL_TYPE_STRING:
    return new_spec (G_TYPE_PARAM_STRING, control, name);
  default:
    return int_spec (control, name);
  }
}
