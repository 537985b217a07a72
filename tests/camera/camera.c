/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdarg.h>
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

TestCamera *
test_camera_prepare (void)
{
  static int count;
  TestCamera *camera = g_new0 (TestCamera, 1);

  camera->directory = g_strdup_printf (VIRTCAM_CONFIGFS "/test-%d-%d",
      (int) getpid (), count++);
  if (g_mkdir (camera->directory, 0755) < 0)
    g_error ("mkdir %s: %s", camera->directory, g_strerror (errno));
  return camera;
}

TestCamera *
test_camera_new (const char *attribute, ...)
{
  TestCamera *camera = test_camera_prepare ();
  va_list pairs;

  va_start (pairs, attribute);
  for (; attribute; attribute = va_arg (pairs, const char *)) {
    GError *error = NULL;

    require (test_camera_set (camera, attribute, va_arg (pairs, const char *),
            &error), error);
  }
  va_end (pairs);
  test_camera_enable (camera);
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
find_node (TestCamera * camera)
{
  g_autofree char *name = test_camera_get (camera, "node");

  if (name[0] == '\0')
    g_error ("%s is enabled, but names no node", camera->directory);
  g_free (camera->node);
  camera->node = g_build_filename ("/dev", name, NULL);
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

void
test_camera_enable (TestCamera * camera)
{
  GError *error = NULL;

  require (test_camera_set (camera, "enabled", "1", &error), error);
  find_node (camera);
  find_device (camera);
}

void
test_camera_unbind (TestCamera * camera)
{
  GError *error = NULL;

  require (write_file (VIRTCAM_DRIVER "/unbind", camera->device, &error),
      error);
}

void
test_camera_bind (TestCamera * camera)
{
  GError *error = NULL;

  require (write_file (VIRTCAM_DRIVER "/bind", camera->device, &error), error);
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
