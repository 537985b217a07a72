/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/find.h"

#include <string.h>
#include <sys/stat.h>

#include "v4l2/error.h"

/* "/dev/video2" before "/dev/video10". */
static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  const gchar *x = *(const gchar *const *) a, *y = *(const gchar *const *) b;
  gsize length_x = strlen (x), length_y = strlen (y);

  if (length_x != length_y)
    return length_x < length_y ? -1 : 1;
  return strcmp (x, y);
}

/* The paths of all video nodes, by their numbers; other kinds (vbi, radio,
 * subdevices) have other names. Free with g_ptr_array_unref(). */
GPtrArray *
gst_virtcam_find_nodes (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open ("/dev", 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder))) {
    if (g_str_has_prefix (name, "video"))
      g_ptr_array_add (paths, g_build_filename ("/dev", name, NULL));
  }
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

/* Of GstVirtcamIdentity. forbidden: the paths of those that may not be opened.
 * A device that does not answer is passed over. */
static GPtrArray *
read_cameras (GString *forbidden)
{
  GPtrArray *cameras = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_virtcam_identity_free);
  g_autoptr (GPtrArray) paths = gst_virtcam_find_nodes ();

  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GstVirtcamIdentity) camera =
        gst_virtcam_identity_read (paths->pdata[i], &error);

    if (camera && gst_virtcam_identity_is_camera (camera))
      g_ptr_array_add (cameras, g_steal_pointer (&camera));
    else if (g_error_matches (
                 error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_ACCESS))
      g_string_append_printf (forbidden, "%s%s", forbidden->len ? ", " : "",
          (const gchar *) paths->pdata[i]);
  }
  return cameras;
}

static const GstVirtcamIdentity *
first_with (GPtrArray *cameras, const gchar *bus_info, const gchar *card,
    guint *n_alike)
{
  const GstVirtcamIdentity *first = NULL;

  *n_alike = 0;
  for (guint i = 0; i < cameras->len; i++) {
    const GstVirtcamIdentity *camera = cameras->pdata[i];

    if (gst_virtcam_identity_likeness (camera, bus_info, card) == 0)
      continue;
    if ((*n_alike)++ == 0)
      first = camera;
  }
  return first;
}

/* bus_info comes first, since it is the more exact one. */
static const GstVirtcamIdentity *
find_among (GPtrArray *cameras, const gchar *camera, guint *n_alike)
{
  const GstVirtcamIdentity *found = first_with (cameras, camera, NULL, n_alike);

  return found ? found : first_with (cameras, NULL, camera, n_alike);
}

/* What the user may have meant, to be freed, or NULL: the node of that name or
 * number in /dev. */
gchar *
gst_virtcam_find_hint (const gchar *device)
{
  g_autofree gchar *path = NULL;
  struct stat status;

  if (g_path_is_absolute (device))
    return NULL;
  path = g_strdup_printf (
      "/dev/%s%s", g_ascii_isdigit (device[0]) ? "video" : "", device);
  return stat (path, &status) == 0 && S_ISCHR (status.st_mode)
             ? g_steal_pointer (&path)
             : NULL;
}

/* The same for a name: another case of it, or a path. */
static gchar *
hint_for_name (GPtrArray *cameras, const gchar *camera)
{
  if (g_path_is_absolute (camera) && g_file_test (camera, G_FILE_TEST_EXISTS))
    return g_strdup_printf ("device=%s", camera);
  for (guint i = 0; i < cameras->len; i++) {
    const GstVirtcamIdentity *one = cameras->pdata[i];

    if (g_ascii_strcasecmp (one->card, camera) == 0)
      return g_strdup_printf ("\"%s\"", one->card);
  }
  return NULL;
}

/* For a person who must choose another one. forbidden: nodes, with commas. */
static gchar *
describe (GPtrArray *cameras, const gchar *camera, const gchar *forbidden)
{
  g_autofree gchar *hint = hint_for_name (cameras, camera);
  GString *text = g_string_new (NULL);

  if (forbidden[0])
    g_string_append_printf (text,
        "There is no camera \"%s\" that may be opened. Permission denied for "
        "%s: "
        "is the user in the group that owns it (mostly \"video\")?",
        camera, forbidden);
  else
    g_string_append_printf (text, "There is no camera \"%s\".", camera);
  if (hint)
    g_string_append_printf (text, " Did you mean %s?", hint);
  g_string_append (text, cameras->len ? " There are " : " There is none");
  for (guint i = 0; i < cameras->len; i++) {
    const GstVirtcamIdentity *one = cameras->pdata[i];

    g_string_append_printf (text, "%s\"%s\" (%s, %s)", i == 0 ? "" : ", ",
        one->card, one->bus_info, one->path);
  }
  return g_string_free (g_string_append_c (text, '.'), FALSE);
}

/* camera is a bus_info or else a card name, as QUERYCAP gives it. The path of
 * the first node that has it, to be freed; n_alike: the number of such cameras.
 * NULL with an error of GST_VIRTCAM_NODE_ERROR whose message is for the user:
 * ACCESS where it may be one that must not be opened, else NOT_FOUND. */
gchar *
gst_virtcam_find_camera (const gchar *camera, guint *n_alike, GError **error)
{
  g_autoptr (GString) forbidden = g_string_new (NULL);
  g_autoptr (GPtrArray) cameras = read_cameras (forbidden);
  g_autofree gchar *text = NULL;
  const GstVirtcamIdentity *found = find_among (cameras, camera, n_alike);

  if (found)
    return g_strdup (found->path);
  text = describe (cameras, camera, forbidden->str);
  g_set_error_literal (error, GST_VIRTCAM_NODE_ERROR,
      forbidden->len ? GST_VIRTCAM_NODE_ERROR_ACCESS
                     : GST_VIRTCAM_NODE_ERROR_NOT_FOUND,
      text);
  return NULL;
}
