/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what V4L2 says to names: of properties, of menu items, and of types. */

#include "controls/name.h"

#include <string.h>

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
is_free (const gchar *name, gchar **taken, guint n_taken)
{
  if (!g_ascii_isalpha (*name) || strcmp (name, "name") == 0 ||
      strcmp (name, "parent") == 0)
    return FALSE;
  for (guint i = 0; i < n_taken; i++) {
    if (strcmp (name, taken[i]) == 0)
      return FALSE;
  }
  return TRUE;
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

    names[i] = is_free (name, names, i) ? g_steal_pointer (&name)
                                        : name_by_id (name, control->query.id);
  }
  return names;
}

/* What the device may change while it runs is no part of a class. While an
 * automatism is on, what it governs is inactive, and volatile with that. */
static guint32
lasting_flags (guint32 flags)
{
  if (flags & V4L2_CTRL_FLAG_INACTIVE)
    flags &= ~V4L2_CTRL_FLAG_VOLATILE;
  return flags & ~(V4L2_CTRL_FLAG_INACTIVE | V4L2_CTRL_FLAG_GRABBED);
}

static void
sum_control (GChecksum *sum, const GstVirtcamControl *control)
{
  struct v4l2_query_ext_ctrl query = control->query;

  query.flags = lasting_flags (query.flags);
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
 * Returns: (transfer full): a name for a type, the same for every device that
 *   has the same controls
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

static gboolean
has_nick (const GEnumValue *values, guint n_values, const gchar *nick)
{
  for (guint i = 0; i < n_values; i++) {
    if (strcmp (values[i].value_nick, nick) == 0)
      return TRUE;
  }
  return FALSE;
}

static GEnumValue
menu_value (const GstVirtcamControl *control, const GstVirtcamMenuItem *item)
{
  gboolean number = control->query.type == V4L2_CTRL_TYPE_INTEGER_MENU;
  gchar *text = number ? g_strdup_printf ("%" G_GINT64_FORMAT, item->value)
                       : g_strdup (item->name);

  return (GEnumValue){ item->index, text,
    number ? g_strdup (text) : gst_virtcam_control_name (text) };
}

/**
 * gst_virtcam_control_menu_values:
 * @control: a menu
 *
 * A value is the item's index, its name V4L2's text, its nick that text as a
 * name; an integer menu's is the number. A nick that is there already, or
 * empty, has the index at its end.
 *
 * Returns: (transfer full): values for g_enum_register_static(), ended by one
 *   of zeroes, which own their texts
 */
GEnumValue *
gst_virtcam_control_menu_values (const GstVirtcamControl *control)
{
  GEnumValue *values = g_new0 (GEnumValue, control->menu->len + 1);

  for (guint i = 0; i < control->menu->len; i++) {
    const GstVirtcamMenuItem *item =
        &g_array_index (control->menu, GstVirtcamMenuItem, i);
    gchar *nick;

    values[i] = menu_value (control, item);
    nick = (gchar *) values[i].value_nick;
    if (*nick && !has_nick (values, i, nick))
      continue;
    values[i].value_nick =
        g_strdup_printf ("%s-%u", *nick ? nick : "item", item->index);
    g_free (nick);
  }
  return values;
}

void
gst_virtcam_control_free_menu_values (GEnumValue *values)
{
  for (guint i = 0; values[i].value_name; i++) {
    g_free ((gchar *) values[i].value_name);
    g_free ((gchar *) values[i].value_nick);
  }
  g_free (values);
}
