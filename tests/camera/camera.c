/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gboolean
test_camera_available (void)
{
  return g_file_test (VIRTCAM_CONFIGFS, G_FILE_TEST_IS_DIR);
}

/* One write(2), since the kernel takes each write as a whole value. */
static gboolean
write_file (const char *path, const char *value, GError ** error)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);
  ssize_t written = fd < 0 ? -1 : write (fd, value, strlen (value));
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  if (written == (ssize_t) strlen (value))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno),
      "writing '%s' to %s: %s", value, path, g_strerror (saved_errno));
  return FALSE;
}

static void
require (gboolean done, GError * error)
{
  if (!done)
    g_error ("%s", error->message);
}

/* @prefix: what a directory of this kind begins with */
static TestCamera *
prepare (const char *prefix, const char *driver)
{
  static int count;
  TestCamera *camera = g_new0 (TestCamera, 1);

  camera->driver = driver;
  camera->directory = g_strdup_printf (VIRTCAM_CONFIGFS "/%stest-%d-%d",
      prefix, (int) getpid (), count++);
  if (g_mkdir (camera->directory, 0755) < 0)
    g_error ("mkdir %s: %s", camera->directory, g_strerror (errno));
  return camera;
}

TestCamera *
test_camera_prepare (void)
{
  return prepare ("", VIRTCAM_DRIVER);
}

TestCamera *
test_feed_prepare (void)
{
  return prepare ("feed.", VIRTCAM_FEED_DRIVER);
}

static TestCamera *
set_all_and_enable (TestCamera * camera, const char *attribute, va_list pairs)
{
  for (; attribute; attribute = va_arg (pairs, const char *)) {
    GError *error = NULL;

    require (test_camera_set (camera, attribute, va_arg (pairs, const char *),
            &error), error);
  }
  test_camera_enable (camera);
  return camera;
}

TestCamera *
test_camera_new (const char *attribute, ...)
{
  TestCamera *camera = test_camera_prepare ();
  va_list pairs;

  va_start (pairs, attribute);
  set_all_and_enable (camera, attribute, pairs);
  va_end (pairs);
  return camera;
}

TestCamera *
test_feed_new (const char *attribute, ...)
{
  TestCamera *camera = test_feed_prepare ();
  va_list pairs;

  va_start (pairs, attribute);
  set_all_and_enable (camera, attribute, pairs);
  va_end (pairs);
  return camera;
}

gboolean
test_camera_set (TestCamera * camera, const char *attribute,
    const char *value, GError ** error)
{
  g_autofree char *path = g_build_filename (camera->directory, attribute, NULL);

  return write_file (path, value, error);
}

char *
test_camera_get (TestCamera * camera, const char *attribute)
{
  g_autofree char *path = g_build_filename (camera->directory, attribute, NULL);
  GError *error = NULL;
  char *value = NULL;

  require (g_file_get_contents (path, &value, NULL, &error), error);
  return g_strchomp (value);
}

static void
find_one_node (TestCamera * camera, const char *attribute, char **node)
{
  g_autofree char *name = test_camera_get (camera, attribute);

  if (name[0] == '\0')
    g_error ("%s is enabled, but %s is empty", camera->directory, attribute);
  g_free (*node);
  *node = g_build_filename ("/dev", name, NULL);
}

static gboolean
is_feed (const TestCamera * camera)
{
  return g_str_equal (camera->driver, VIRTCAM_FEED_DRIVER);
}

static void
find_node (TestCamera * camera)
{
  find_one_node (camera, "node", &camera->node);
  if (is_feed (camera))
    find_one_node (camera, "output", &camera->output);
}

static void
find_device (TestCamera * camera)
{
  g_autofree char *name = g_path_get_basename (camera->node);
  g_autofree char *link = g_strdup_printf
      ("/sys/class/video4linux/%s/device", name);
  g_autofree char *target = g_file_read_link (link, NULL);

  if (!target)
    g_error ("%s is no link to a device", link);
  g_free (camera->device);
  camera->device = g_path_get_basename (target);
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  return *(const int *) a - *(const int *) b;
}

/* A device's nodes get their numbers one after the other. */
char *
test_feed_viewer_node (TestCamera * camera, guint index)
{
  g_autofree char *path = g_strdup_printf
      ("/sys/bus/platform/devices/%s/video4linux", camera->device);
  g_autoptr (GDir) nodes = g_dir_open (path, 0, NULL);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (int));
  const char *name;

  while (nodes && (name = g_dir_read_name (nodes))) {
    int number = atoi (name + strlen ("video"));

    g_array_append_val (numbers, number);
  }
  if (index >= numbers->len)
    g_error ("%s has %u nodes", path, numbers->len);
  g_array_sort (numbers, compare_numbers);
  return g_strdup_printf ("/dev/video%d", g_array_index (numbers, int, index));
}

void
test_camera_enable (TestCamera * camera)
{
  GError *error = NULL;

  require (test_camera_set (camera, "enabled", "1", &error), error);
  find_node (camera);
  find_device (camera);
}

static void
tell_driver (TestCamera * camera, const char *file)
{
  g_autofree char *path = g_build_filename (camera->driver, file, NULL);
  GError *error = NULL;

  require (write_file (path, camera->device, &error), error);
}

void
test_camera_unbind (TestCamera * camera)
{
  tell_driver (camera, "unbind");
}

void
test_camera_bind (TestCamera * camera)
{
  tell_driver (camera, "bind");
  find_node (camera);
}

void
test_camera_remove (TestCamera * camera)
{
  if (!camera->directory)
    return;
  if (g_rmdir (camera->directory) < 0)
    g_error ("rmdir %s: %s", camera->directory, g_strerror (errno));
  g_clear_pointer (&camera->directory, g_free);
}

void
test_camera_free (TestCamera * camera)
{
  if (!camera)
    return;
  test_camera_remove (camera);
  g_free (camera->node);
  g_free (camera->output);
  g_free (camera->device);
  g_free (camera);
}

/* After a thousand unbinds udev has work for minutes, on a debug kernel. */
void
test_camera_settle (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) udevadm = g_subprocess_new
      (G_SUBPROCESS_FLAGS_NONE, &error, "udevadm", "settle", "--timeout=7200",
      NULL);

  if (!udevadm || !g_subprocess_wait_check (udevadm, NULL, &error))
    g_error ("udevadm settle: %s", error->message);
}
