/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A class for each set of controls. */

#include "controls/child.h"
#include "controls/spec.h"

#include <string.h>

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

static gchar *
type_name_for (const GPtrArray *controls)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);

  for (guint i = 0; i < controls->len; i++)
    sum_control (sum, g_ptr_array_index (controls, i));
  return g_strdup_printf (
      "GstVirtcamControls%.16s", g_checksum_get_string (sum));
}

static GType
register_type (const gchar *name, GPtrArray *controls)
{
  GstVirtcamControlSet *set = g_new0 (GstVirtcamControlSet, 1);
  GTypeInfo info = { .class_size = sizeof (GstVirtcamControlsClass),
    .class_init = gst_virtcam_controls_init_class,
    .class_data = set,
    .instance_size = sizeof (GstVirtcamControls) };

  set->controls = g_ptr_array_ref (controls);
  return g_type_register_static (GST_TYPE_VIRTCAM_CONTROLS, name, &info, 0);
}

/**
 * gst_virtcam_controls_type_for:
 * @controls: (element-type GstVirtcamControl): the controls of a device; those
 *   that no property can stand for are taken out
 *
 * Returns: the class for them, the same for every device that has the same
 */
GType
gst_virtcam_controls_type_for (GPtrArray *controls)
{
  static GMutex lock;
  g_autofree gchar *name = NULL;
  GType type;

  for (guint i = controls->len; i > 0; i--) {
    if (!gst_virtcam_control_is_known (g_ptr_array_index (controls, i - 1)))
      g_ptr_array_remove_index (controls, i - 1);
  }
  name = type_name_for (controls);
  g_mutex_lock (&lock);
  type = g_type_from_name (name);
  if (type == 0)
    type = register_type (name, controls);
  g_mutex_unlock (&lock);
  return type;
}
