/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a control's description to a property. */

#include "controls/spec.h"

#include <string.h>

/* Kinds */

static const GstVirtcamControlKind kinds[] = {
  { V4L2_CTRL_TYPE_INTEGER, G_TYPE_INT, 4 },
  { V4L2_CTRL_TYPE_BOOLEAN, G_TYPE_BOOLEAN, 0 },
  { V4L2_CTRL_TYPE_MENU, G_TYPE_ENUM, 0 },
  { V4L2_CTRL_TYPE_BUTTON, G_TYPE_BOOLEAN, 0 },
  { V4L2_CTRL_TYPE_INTEGER64, G_TYPE_INT64, 8 },
  { V4L2_CTRL_TYPE_STRING, G_TYPE_STRING, 0 },
  { V4L2_CTRL_TYPE_BITMASK, G_TYPE_UINT, 0 },
  { V4L2_CTRL_TYPE_INTEGER_MENU, G_TYPE_ENUM, 0 },
  { V4L2_CTRL_TYPE_U8, G_TYPE_UINT, 1 },
  { V4L2_CTRL_TYPE_U16, G_TYPE_UINT, 2 },
  { V4L2_CTRL_TYPE_U32, G_TYPE_UINT, 4 },
  { V4L2_CTRL_TYPE_AREA, G_TYPE_UINT, 4 },
};

/**
 * gst_virtcam_control_is_array:
 *
 * Returns: whether the control's value is several numbers, in the order of the
 *   memory; an area is two, its width and its height
 */
gboolean
gst_virtcam_control_is_array (const GstVirtcamControl *control)
{
  return control->query.nr_of_dims > 0 ||
         control->query.type >= V4L2_CTRL_COMPOUND_TYPES;
}

/**
 * gst_virtcam_control_get_kind:
 *
 * Returns: (nullable): the kind of the control; NULL if no property can stand
 *   for it: those of codecs that are structures, arrays of truth values and of
 *   menus
 */
const GstVirtcamControlKind *
gst_virtcam_control_get_kind (const GstVirtcamControl *control)
{
  const gboolean is_array = gst_virtcam_control_is_array (control);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kinds[i].type == control->query.type)
      return is_array && kinds[i].size == 0 ? NULL : &kinds[i];
  }
  return NULL;
}

/* What the device may change while it runs is no part of a class. While an
 * automatism is on, what it governs is inactive, and volatile with that. */
static guint32
lasting_flags (const GstVirtcamControl *control)
{
  guint32 flags = control->query.flags;

  if (flags & V4L2_CTRL_FLAG_INACTIVE)
    flags &= ~V4L2_CTRL_FLAG_VOLATILE;
  return flags & ~(V4L2_CTRL_FLAG_INACTIVE | V4L2_CTRL_FLAG_GRABBED);
}

/* Names */

/**
 * gst_virtcam_control_name:
 * @text: V4L2's name of a control or of a menu's item
 *
 * v4l2-ctl's name with - for _: letters and digits, lower case, and one - for
 * each run of anything else between them.
 *
 * Returns: (transfer full): the name, empty when @text has no letter and no
 *   digit
 */
gchar *
gst_virtcam_control_name (const gchar *text)
{
  GString *name = g_string_new (NULL);
  gboolean gap = FALSE;

  for (; *text; text++) {
    if (!g_ascii_isalnum (*text)) {
      gap = TRUE;
      continue;
    }
    if (gap && name->len)
      g_string_append_c (name, '-');
    gap = FALSE;
    g_string_append_c (name, g_ascii_tolower (*text));
  }
  return g_string_free (name, FALSE);
}

/* GObject wants a letter first; name and parent are GstObject's. */
static gboolean
is_free (const gchar *name, GStrv taken)
{
  return g_ascii_isalpha (*name) && strcmp (name, "name") != 0 &&
         strcmp (name, "parent") != 0 &&
         !g_strv_contains ((const gchar *const *) taken, name);
}

static gchar *
name_by_id (const gchar *name, guint32 id)
{
  if (*name == '\0')
    return g_strdup_printf ("control-%08x", id);
  if (!g_ascii_isalpha (*name))
    return g_strdup_printf ("control-%s-%08x", name, id);
  return g_strdup_printf ("%s-%08x", name, id);
}

/**
 * gst_virtcam_control_names:
 * @controls: (element-type GstVirtcamControl): the controls of one device
 *
 * Names for properties: those of gst_virtcam_control_name(). One that an
 * earlier control or GstObject has, and one that does not begin with a letter,
 * is told apart by the control's id, in hexadecimal at its end.
 *
 * Returns: (transfer full): a name for each control, in their order
 */
GStrv
gst_virtcam_control_names (const GPtrArray *controls)
{
  GStrv names = g_new0 (gchar *, controls->len + 1);

  for (guint i = 0; i < controls->len; i++) {
    const GstVirtcamControl *control = g_ptr_array_index (controls, i);
    g_autofree gchar *name = gst_virtcam_control_name (control->query.name);

    names[i] = is_free (name, names) ? g_steal_pointer (&name)
                                     : name_by_id (name, control->query.id);
  }
  return names;
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
  GType type = g_type_from_name (name);
  GTypeQuery query;

  if (type != 0)
    return type;
  g_type_query (strict, &query);
  return g_type_register_static_simple (strict, name, query.class_size,
      validate_nothing, query.instance_size, NULL, 0);
}

static gboolean
has_nick (const GEnumValue *values, const gchar *nick)
{
  for (; values->value_nick; values++) {
    if (strcmp (values->value_nick, nick) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Its name is V4L2's text, its nick that text as a name; those of an integer
 * menu are the number. A nick that is there already, or empty, has the index at
 * its end. */
static GEnumValue
item_to_value (const GstVirtcamMenuItem *item, gboolean is_number,
    const GEnumValue *earlier)
{
  g_autofree gchar *number = g_strdup_printf ("%" G_GINT64_FORMAT, item->value);
  const gchar *text = is_number ? number : item->name;
  g_autofree gchar *nick =
      is_number ? g_strdup (number) : gst_virtcam_control_name (text);
  g_autofree gchar *longer =
      g_strdup_printf ("%s-%u", *nick ? nick : "item", item->index);
  gboolean is_unique = *nick && !has_nick (earlier, nick);

  return (GEnumValue){ item->index, g_intern_string (text),
    g_intern_string (is_unique ? nick : longer) };
}

static GEnumValue *
menu_values (const GstVirtcamControl *control)
{
  GEnumValue *values = g_new0 (GEnumValue, control->menu->len + 1);

  for (guint i = 0; i < control->menu->len; i++)
    values[i] =
        item_to_value (&g_array_index (control->menu, GstVirtcamMenuItem, i),
            control->query.type == V4L2_CTRL_TYPE_INTEGER_MENU, values);
  return values;
}

static gchar *
menu_type_name (const GEnumValue *values)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *sum = NULL;

  for (; values->value_name; values++)
    g_string_append_printf (text, "%d %s %s\n", values->value,
        values->value_nick, values->value_name);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA1, text->str, text->len);
  return g_strdup_printf ("GstVirtcamMenu%.16s", sum);
}

/* One type for each menu, however many controls and devices have it. */
static GType
menu_type (const GstVirtcamControl *control)
{
  g_autofree GEnumValue *values = menu_values (control);
  g_autofree gchar *name = menu_type_name (values);
  GType type = g_type_from_name (name);

  return type ? type : g_enum_register_static (name, g_steal_pointer (&values));
}

static void
sum_control (GChecksum *sum, const GstVirtcamControl *control)
{
  struct v4l2_query_ext_ctrl query = control->query;

  query.flags = lasting_flags (control);
  query.elems = 0;
  memset (query.dims, 0, sizeof query.dims);
  g_checksum_update (sum, (const guchar *) &query, sizeof query);
  if (control->menu && control->menu->len)
    g_checksum_update (sum, (const guchar *) control->menu->data,
        control->menu->len * sizeof (GstVirtcamMenuItem));
}

/**
 * gst_virtcam_control_type_name:
 * @controls: (element-type GstVirtcamControl): the controls of one device
 *
 * Returns: (transfer full): a name for the type that has them as properties,
 *   the same for every device that has the same controls
 */
gchar *
gst_virtcam_control_type_name (const GPtrArray *controls)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);

  for (guint i = 0; i < controls->len; i++)
    sum_control (sum, g_ptr_array_index (controls, i));
  return g_strdup_printf (
      "GstVirtcamControls%.16s", g_checksum_get_string (sum));
}

/* Words */

static gchar *
describe_range (const struct v4l2_query_ext_ctrl *query)
{
  const long long from = query->minimum, to = query->maximum;
  const long long step = query->step, normal = query->default_value;

  switch (query->type) {
  case V4L2_CTRL_TYPE_BOOLEAN:
    return g_strdup_printf ("default %s", normal ? "true" : "false");
  case V4L2_CTRL_TYPE_BUTTON:
    return g_strdup ("a button: true presses it");
  case V4L2_CTRL_TYPE_BITMASK:
    return g_strdup_printf ("bits 0x%llx, default 0x%llx", to, normal);
  case V4L2_CTRL_TYPE_STRING:
    return g_strdup_printf (
        "a text of %lld to %lld bytes in steps of %lld", from, to, step);
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return g_strdup_printf ("a menu, default item %lld", normal);
  case V4L2_CTRL_TYPE_AREA:
    return g_strdup ("width and height");
  default:
    return g_strdup_printf (
        "%lld to %lld in steps of %lld, default %lld", from, to, step, normal);
  }
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
  g_autofree gchar *range = describe_range (query);
  GString *text = g_string_new (NULL);

  g_string_append_printf (
      text, "%s (V4L2 control 0x%08x): %s", query->name, query->id, range);
  for (guint i = 0; i < query->nr_of_dims; i++)
    g_string_append_printf (
        text, "%s%u", i ? " x " : "; elements: ", query->dims[i]);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    if (lasting_flags (control) & flags[i].flag)
      g_string_append_printf (text, "; %s", flags[i].word);
  }
  return g_string_free (text, FALSE);
}

/* Properties */

/* By a GstControlBinding, which has one number. */
static gboolean
is_controllable (const GstVirtcamControl *control)
{
  return !gst_virtcam_control_is_array (control) &&
         control->query.type != V4L2_CTRL_TYPE_BITMASK &&
         control->query.type != V4L2_CTRL_TYPE_STRING;
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
menu_spec (const GstVirtcamControl *control, const gchar *name)
{
  GParamSpecEnum *spec = new_spec (G_TYPE_PARAM_ENUM, control, name);
  GType type = menu_type (control);

  spec->enum_class = g_type_class_ref (type);
  spec->default_value = control->query.default_value;
  G_PARAM_SPEC (spec)->value_type = type;
  return G_PARAM_SPEC (spec);
}

/* For GParamSpecInt, GParamSpecInt64 and GParamSpecUInt. */
#define SET_RANGE(spec, query) \
  do { \
    (spec)->minimum = (query)->minimum; \
    (spec)->maximum = (query)->maximum; \
    (spec)->default_value = (query)->default_value; \
  } while (0)

/* Of a control with one value, or of each number of an array. */
static GParamSpec *
single_spec (const GstVirtcamControl *control, const gchar *name)
{
  /* V4L2 gives an area no range */
  static const struct v4l2_query_ext_ctrl any = { .maximum = G_MAXUINT32 };
  const gboolean is_area = control->query.type == V4L2_CTRL_TYPE_AREA;
  const struct v4l2_query_ext_ctrl *query = is_area ? &any : &control->query;
  gpointer spec;

  switch (gst_virtcam_control_get_kind (control)->value) {
  case G_TYPE_BOOLEAN:
    spec = new_spec (G_TYPE_PARAM_BOOLEAN, control, name);
    G_PARAM_SPEC_BOOLEAN (spec)->default_value = query->default_value != 0;
    return spec;
  case G_TYPE_ENUM:
    return menu_spec (control, name);
  case G_TYPE_STRING:
    return new_spec (G_TYPE_PARAM_STRING, control, name);
  case G_TYPE_INT:
    spec = new_spec (G_TYPE_PARAM_INT, control, name);
    SET_RANGE (G_PARAM_SPEC_INT (spec), query);
    return spec;
  case G_TYPE_INT64:
    spec = new_spec (G_TYPE_PARAM_INT64, control, name);
    SET_RANGE (G_PARAM_SPEC_INT64 (spec), query);
    return spec;
  default:
    spec = new_spec (G_TYPE_PARAM_UINT, control, name);
    SET_RANGE (G_PARAM_SPEC_UINT (spec), query);
    return spec;
  }
}

/* A property's data: the control that it stands for. */
static G_DEFINE_QUARK (GstVirtcamControl, control);

static GParamSpec *
array_spec (const GstVirtcamControl *control, const gchar *name)
{
  GstParamSpecArray *spec = new_spec (GST_TYPE_PARAM_ARRAY_LIST, control, name);

  spec->element_spec = g_param_spec_ref_sink (single_spec (control, "element"));
  return G_PARAM_SPEC (spec);
}

/**
 * gst_virtcam_control_to_spec:
 * @control: one that has a gst_virtcam_control_get_kind(), and stays
 * @name: the property's name
 *
 * The property takes every value of its type: whoever sets it refuses those
 * that are out of range. To be called by one thread at a time, since it
 * registers types.
 *
 * Returns: (transfer floating): the property
 */
GParamSpec *
gst_virtcam_control_to_spec (
    const GstVirtcamControl *control, const gchar *name)
{
  GParamSpec *spec = gst_virtcam_control_is_array (control)
                         ? array_spec (control, name)
                         : single_spec (control, name);

  g_param_spec_set_qdata (spec, control_quark (), (gpointer) control);
  return spec;
}

/**
 * gst_virtcam_control_of:
 *
 * Returns: (nullable): the control that the property stands for; NULL if that
 *   is one of GstObject's
 */
const GstVirtcamControl *
gst_virtcam_control_of (GParamSpec *spec)
{
  return g_param_spec_get_qdata (spec, control_quark ());
}
