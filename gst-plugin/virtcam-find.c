/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "virtcam-find.h"

#include <string.h>

#include "virtcam-node.h"

#define CLASS_FOLDER "/sys/class/video4linux"

/* "video2" before "video10". */
static gint
compare_names (gconstpointer a, gconstpointer b)
{
  const gchar *x = *(const gchar *const *) a, *y = *(const gchar *const *) b;
  gsize length_x = strlen (x), length_y = strlen (y);

  if (length_x != length_y)
    return length_x < length_y ? -1 : 1;
  return strcmp (x, y);
}

/* The kernel's names of all video nodes; other kinds (vbi, radio, subdevices)
 * have other names. */
static GPtrArray *
list_nodes (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (CLASS_FOLDER, 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder))) {
    if (g_str_has_prefix (name, "video"))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static VirtcamIdentity *
read_camera (const gchar *path)
{
  g_autoptr (VirtcamIdentity) identity = virtcam_identity_read (path, NULL);

  if (identity == NULL || !virtcam_identity_is_camera (identity))
    return NULL;
  return g_steal_pointer (&identity);
}

GPtrArray *
virtcam_find_all (void)
{
  GPtrArray *cameras =
      g_ptr_array_new_with_free_func ((GDestroyNotify) virtcam_identity_free);
  g_autoptr (GPtrArray) names = list_nodes ();

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *path = g_build_filename ("/dev", names->pdata[i], NULL);
    VirtcamIdentity *camera = read_camera (path);

    if (camera)
      g_ptr_array_add (cameras, camera);
  }
  return cameras;
}

static const VirtcamIdentity *
first_with (GPtrArray *cameras, const gchar *bus_info, const gchar *card,
    guint *n_alike)
{
  const VirtcamIdentity *first = NULL;

  *n_alike = 0;
  for (guint i = 0; i < cameras->len; i++) {
    const VirtcamIdentity *camera = cameras->pdata[i];

    if (virtcam_identity_likeness (camera, bus_info, card) == 0)
      continue;
    if ((*n_alike)++ == 0)
      first = camera;
  }
  return first;
}

/* bus_info comes first, since it is the more exact one. */
const VirtcamIdentity *
virtcam_find_among (GPtrArray *cameras, const gchar *camera, guint *n_alike)
{
  const VirtcamIdentity *found = first_with (cameras, camera, NULL, n_alike);

  return found ? found : first_with (cameras, NULL, camera, n_alike);
}

/* For a person who must choose another one. */
static gchar *
describe (GPtrArray *cameras)
{
  GString *text = g_string_new (cameras->len ? "There are " : "There is none");

  for (guint i = 0; i < cameras->len; i++) {
    const VirtcamIdentity *camera = cameras->pdata[i];

    g_string_append_printf (text, "%s\"%s\" (%s, %s)", i == 0 ? "" : ", ",
        camera->card, camera->bus_info, camera->path);
  }
  return g_string_free (text, FALSE);
}

gchar *
virtcam_find_camera (const gchar *camera, guint *n_alike, GError **error)
{
  g_autoptr (GPtrArray) cameras = virtcam_find_all ();
  g_autofree gchar *there_are = NULL;
  const VirtcamIdentity *found;
  guint count;

  found = virtcam_find_among (cameras, camera, &count);
  if (n_alike)
    *n_alike = count;
  if (found)
    return g_strdup (found->path);

  there_are = describe (cameras);
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_FOUND,
      "There is no camera \"%s\". %s.", camera, there_are);
  return NULL;
}
