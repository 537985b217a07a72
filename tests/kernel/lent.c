/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lent.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRIVER "/sys/bus/virtio/drivers/virtcam_virtio"
#define LAB "/dev/virtio-ports/lab"
#define SKIPPED 77
/* Where no device is of the standard: the lab's has this id. */
#define EXTRA_ID "extra_id=39"

static void
run (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (arguments, G_SUBPROCESS_FLAGS_NONE, &error);

  if (!process || !g_subprocess_wait_check (process, NULL, &error))
    g_error ("%s: %s", arguments[0], error->message);
}

void
lent_init (void)
{
  if (access (LAB, F_OK) == 0)
    return;
  printf ("1..0 # SKIP no host lends a camera: there is no " LAB "\n");
  exit (SKIPPED);
}

void
lent_unload (void)
{
  run ((const char *[]){ "modprobe", "-r", "virtcam-virtio", NULL });
}

static const char *timeout = "timeout=5000";

void
lent_set_timeout (const char *parameter)
{
  timeout = parameter;
}

void
lent_load (const char *memory)
{
  g_autofree char *parameter = g_strconcat ("memory=", memory, NULL);

  lent_unload ();
  run ((const char *[]){
      "modprobe", "virtcam-virtio", EXTRA_ID, parameter, timeout, NULL });
  test_camera_settle ();
}

/* Where nobody has loaded it yet */
static void
load_once (void)
{
  run ((const char *[]){ "modprobe", "virtcam-virtio", EXTRA_ID, NULL });
}

static int
compare_devices (gconstpointer a, gconstpointer b)
{
  return atoi (*(char *const *) a + strlen ("virtio")) -
         atoi (*(char *const *) b + strlen ("virtio"));
}

/* The devices in the order of their places on the bus. */
static GPtrArray *
list_devices (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = NULL;
  const char *name;

  load_once ();
  folder = g_dir_open (DRIVER, 0, NULL);
  while (folder && (name = g_dir_read_name (folder)))
    if (g_str_has_prefix (name, "virtio"))
      g_ptr_array_add (devices, g_strdup (name));
  g_ptr_array_sort (devices, compare_devices);
  return devices;
}

guint
lent_count (void)
{
  g_autoptr (GPtrArray) devices = list_devices ();

  return devices->len;
}

static void
find_node (TestCamera *camera)
{
  g_autofree char *path =
      g_build_filename (DRIVER, camera->device, "video4linux", NULL);
  g_autoptr (GDir) nodes = g_dir_open (path, 0, NULL);
  const char *name = nodes ? g_dir_read_name (nodes) : NULL;

  if (!name)
    g_error ("%s has no node", camera->device);
  camera->node = g_build_filename ("/dev", name, NULL);
}

TestCamera *
lent_new (guint number)
{
  g_autoptr (GPtrArray) devices = list_devices ();
  TestCamera *camera = g_new0 (TestCamera, 1);

  if (number >= devices->len)
    g_error ("the host lends %u cameras", devices->len);
  camera->driver = DRIVER;
  camera->device = g_strdup (g_ptr_array_index (devices, number));
  find_node (camera);
  return camera;
}

static gboolean
is_there (const TestCamera *camera, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, camera->device, NULL);

  return access (path, F_OK) == 0;
}

void
lent_free (TestCamera *camera)
{
  if (!camera)
    return;
  if (!is_there (camera, "/sys/bus/virtio/devices")) {
    lent_ask ("plug 1");
    /* The node gets the name that it had. */
    run ((const char *[]){
        "udevadm", "wait", "--timeout=60", camera->node, NULL });
  } else if (!is_there (camera, DRIVER)) {
    lent_load ("pages");
  }
  test_camera_free (camera);
  test_camera_settle ();
}

void
lent_ask (const char *request)
{
  g_autofree char *answer = g_strconcat (request, ": ok\n", NULL);
  g_autofree char *line = NULL;
  FILE *lab = fopen (LAB, "r+");
  size_t size = 0;

  if (!lab)
    g_error (LAB ": %s", g_strerror (errno));
  fprintf (lab, "%s\n", request);
  fflush (lab);
  if (getline (&line, &size, lab) < 0)
    g_error ("the lab does not answer to %s", request);
  if (!g_str_equal (line, answer))
    g_error ("the lab says %s", line);
  fclose (lab);
}

/* How long it took is told, and not judged. */
static void
tell_time_since (gint64 start)
{
  g_test_message ("unplugged in %.1f ms",
      (gdouble) (g_get_monotonic_time () - start) / 1000);
}

void
lent_unbind (TestCamera *camera)
{
  const gint64 start = g_get_monotonic_time ();

  test_camera_unbind (camera);
  tell_time_since (start);
}

void
lent_unplug (TestCamera *camera)
{
  const gint64 start = g_get_monotonic_time ();

  (void) camera;
  lent_ask ("unplug 1");
  tell_time_since (start);
}
