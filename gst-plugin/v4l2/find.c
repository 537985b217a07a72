/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* statx, strverscmp */

#include "v4l2/find.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The number of V4L2's nodes, whatever they are called */
#define V4L2_MAJOR 81

#define WHOSE_NODES \
  "is the user in the group that owns it (mostly \"video\"), and may this " \
  "container or service use it?"

/* "/dev/video2" before "/dev/video10". */
static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strverscmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* What the kernel calls V4L2's nodes that are no video. */
static gboolean
is_other_kind (const gchar *name)
{
  static const gchar *const kinds[] = { "vbi", "radio", "swradio", "v4l-" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (name, kinds[i]))
      return TRUE;
  return FALSE;
}

/* A link leads to a node that has a name of its own. */
static gboolean
is_node (const gchar *path)
{
  struct stat status;

  return lstat (path, &status) == 0 && S_ISCHR (status.st_mode) &&
         major (status.st_rdev) == V4L2_MAJOR;
}

/* The paths of all video nodes, by their numbers; in a container they may have any
 * name. Free with g_ptr_array_unref(). */
GPtrArray *
gst_virtcam_find_nodes (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open ("/dev", 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename ("/dev", name, NULL);

    if (is_node (path) && !is_other_kind (name))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

static GstVirtcamNode *
open_node (GstVirtcamDirection direction, const gchar *path, GError **error)
{
  return direction == GST_VIRTCAM_CAPTURE
             ? gst_virtcam_node_open (path, FALSE, error)
             : gst_virtcam_node_open_output (path, error);
}

/* By name */

/* Of GstVirtcamIdentity. forbidden: the paths of those that may not be opened.
 * A device that does not answer is passed over. */
static GPtrArray *
read_cameras (GstVirtcamDirection direction, GString *forbidden)
{
  GPtrArray *cameras = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_virtcam_identity_unref);
  g_autoptr (GPtrArray) paths = gst_virtcam_find_nodes ();

  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GstVirtcamNode) node =
        open_node (direction, paths->pdata[i], &error);

    if (node && gst_virtcam_identity_is (
                    gst_virtcam_node_get_identity (node), direction))
      g_ptr_array_add (cameras,
          gst_virtcam_identity_ref (gst_virtcam_node_get_identity (node)));
    else if (g_error_matches (
                 error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_ACCESS))
      g_string_append_printf (forbidden, "%s%s", forbidden->len ? ", " : "",
          (const gchar *) paths->pdata[i]);
  }
  return cameras;
}

/* bus_info comes first, since it is the more exact one. */
static const GstVirtcamIdentity *
find_among (GPtrArray *cameras, const gchar *name, guint *n_alike)
{
  const GstVirtcamIdentity *by_place = NULL, *by_card = NULL;
  guint n_by_place = 0, n_by_card = 0;

  for (guint i = 0; i < cameras->len; i++) {
    const GstVirtcamIdentity *camera = cameras->pdata[i];

    if (g_str_equal (camera->bus_info, name) && n_by_place++ == 0)
      by_place = camera;
    if (g_str_equal (camera->card, name) && n_by_card++ == 0)
      by_card = camera;
  }
  *n_alike = by_place ? n_by_place : n_by_card;
  return by_place ? by_place : by_card;
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
        "%s: " WHOSE_NODES,
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

/* direction: what is to be done with the camera's node. camera is a bus_info or else a card name, as QUERYCAP gives it. The path of
 * the first node that has it, to be freed; n_alike: the number of such cameras.
 * NULL with an error of GST_VIRTCAM_NODE_ERROR whose message is for the user:
 * ACCESS where it may be one that must not be opened, else NOT_FOUND. */
gchar *
gst_virtcam_find_camera (GstVirtcamDirection direction, const gchar *camera,
    guint *n_alike, GError **error)
{
  g_autoptr (GString) forbidden = g_string_new (NULL);
  g_autoptr (GPtrArray) cameras = read_cameras (direction, forbidden);
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

/* For those who name none: the first that there is, to be freed. Errors are as
 * above. */
gchar *
gst_virtcam_find_first (GstVirtcamDirection direction, GError **error)
{
  g_autoptr (GString) forbidden = g_string_new (NULL);
  g_autoptr (GPtrArray) cameras = read_cameras (direction, forbidden);
  const gchar *kind = direction == GST_VIRTCAM_CAPTURE
                          ? "There is no camera"
                          : "There is no camera that takes frames";

  if (cameras->len > 0)
    return g_strdup (((const GstVirtcamIdentity *) cameras->pdata[0])->path);
  if (forbidden->len > 0)
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_ACCESS,
        "%s that may be opened. Permission denied for %s: " WHOSE_NODES,
        kind, forbidden->str);
  else
    g_set_error (error, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_NOT_FOUND,
        "%s. \"modprobe virtcam feeds=1\" makes one; where virtcam is loaded "
        "already, \"cd /sys/kernel/config/virtcam && mkdir feed.0 && echo 1 "
        ">feed.0/enabled\" does.",
        kind);
  return NULL;
}

/* A camera that went away */

static gint64
to_ns (struct statx_timestamp time)
{
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* device: what tells one device from another that had its number before: the
 * inode of its folder in sysfs, which is not used again until the next boot. born:
 * G_MININT64 where the file system has no times of birth. FALSE: there is no such
 * node, or no device behind it; to open that would make the kernel look for a
 * module. */
static gboolean
read_node (const gchar *path, guint64 *device, gint64 *born)
{
  g_autofree gchar *folder = NULL;
  struct statx node, sysfs;

  if (statx (AT_FDCWD, path, 0, STATX_TYPE | STATX_BTIME, &node) < 0 ||
      !S_ISCHR (node.stx_mode))
    return FALSE;
  *born = node.stx_mask & STATX_BTIME ? to_ns (node.stx_btime) : G_MININT64;
  folder = g_strdup_printf (
      "/sys/dev/char/%u:%u", node.stx_rdev_major, node.stx_rdev_minor);
  if (statx (AT_FDCWD, folder, 0, STATX_INO, &sysfs) < 0)
    return FALSE;
  *device = sysfs.stx_ino;
  return TRUE;
}

/* What a driver leaves empty tells nothing. */
static gboolean
is_same (const gchar *text, const gchar *lost)
{
  return lost[0] && g_str_equal (text, lost);
}

/* The camera is the same at the same place (card and bus_info), else one of the
 * same card at a new place, whose node is younger: one that was there all the
 * time is another of its kind. Where the user named a link, the link decides. */
static gboolean
is_lost_one (const GstVirtcamIdentity *lost, const GstVirtcamIdentity *camera,
    gint64 born)
{
  return lost->is_link || (is_same (camera->card, lost->card) &&
                              (is_same (camera->bus_info, lost->bus_info) ||
                                  born >= lost->asked_ns));
}

/* A device that answers and is another camera, or none, is left alone from then
 * on: opening may wake it up. */
static gboolean
check (GstVirtcamDirection direction, const GstVirtcamIdentity *lost,
    GHashTable *others, const gchar *path)
{
  g_autoptr (GstVirtcamNode) node = NULL;
  g_autoptr (GError) error = NULL;
  guint64 device;
  gint64 born;

  if (!read_node (path, &device, &born) ||
      g_hash_table_contains (others, &device))
    return FALSE;
  node = open_node (direction, path, &error);
  if (node == NULL && error->code != GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE)
    return FALSE;
  if (node &&
      gst_virtcam_identity_is (
          gst_virtcam_node_get_identity (node), direction) &&
      is_lost_one (lost, gst_virtcam_node_get_identity (node), born))
    return TRUE;
  g_hash_table_add (others, g_memdup2 (&device, sizeof device));
  return FALSE;
}

/* The path of the node of a camera that went away, to be freed; NULL: it is not
 * there (yet). lost: the camera, by the path that the user gave. others: what
 * turned out to be another device; a set of gint64, empty at first.
 *
 * This neither waits nor watches: so it finds a camera in a container's /dev, too,
 * where neither udev nor inotify tells of nodes. */
gchar *
gst_virtcam_find_lost (GstVirtcamDirection direction,
    const GstVirtcamIdentity *lost, GHashTable *others)
{
  g_autoptr (GPtrArray) paths = NULL;

  if (check (direction, lost, others, lost->path))
    return g_strdup (lost->path);
  if (lost->is_link)
    return NULL;
  paths = gst_virtcam_find_nodes ();
  for (guint i = 0; i < paths->len; i++) {
    if (check (direction, lost, others, paths->pdata[i]))
      return g_strdup (paths->pdata[i]);
  }
  return NULL;
}
