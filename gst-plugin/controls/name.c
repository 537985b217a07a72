/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From V4L2's texts to names of properties and of menu items. */

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
