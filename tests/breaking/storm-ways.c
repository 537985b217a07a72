/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-ways.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "breaking.h"

#define MODULE "/sys/module/virtcam"

static void
load (const char *parameter)
{
  g_autofree char *command = g_strdup_printf ("modprobe virtcam %s", parameter);
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_spawn_command_line_sync (command, NULL, NULL, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
}

static gboolean
remove_module (void)
{
  if (syscall (SYS_delete_module, "virtcam", O_NONBLOCK) == 0)
    return TRUE;
  /* Busy: EWOULDBLOCK. Not there: ENOENT. */
  if (errno != EWOULDBLOCK)
    g_error ("removing the module: %s", g_strerror (errno));
  return FALSE;
}

/* Until udev and whoever else has a file open lets go of it. */
static gpointer
remove_module_at_last (gpointer data)
{
  (void) data;
  while (!remove_module ())
    sched_yield ();
  return NULL;
}

static void
make_directory (StormPrey *prey, gboolean other)
{
  if (prey->fed)
    prey->camera = test_feed_new (
        "placeholder", other ? "last" : "picture", "timeout", "20", NULL);
  else
    prey->camera =
        test_camera_new ("memory", other ? "dma-sg" : "vmalloc", NULL);
}

static void
disable (StormPrey *prey)
{
  GError *error = NULL;

  if (!test_camera_set (prey->camera, "enabled", "0", &error))
    g_error ("%s", error->message);
}

static void
unbind (StormPrey *prey)
{
  test_camera_unbind (prey->camera);
}

static void
remove_directory (StormPrey *prey)
{
  test_camera_remove (prey->camera);
}

/* The directory holds the module, whatever the callers do. */
static gboolean
attack_in_vain (StormPrey *prey, StormBoard *board)
{
  (void) board;
  if (remove_module ())
    g_error ("the module went from under a directory");
  prey->refused++;
  return FALSE;
}

static void
finish_directory (StormPrey *prey)
{
  g_clear_pointer (&prey->camera, test_camera_free);
}

/* The module has been loaded with no cameras, and its first is number 0. */
static TestCamera *
find_camera (const char *driver, const char *device)
{
  TestCamera *camera = g_new0 (TestCamera, 1);

  camera->driver = driver;
  camera->device = g_strdup (device);
  camera->node = test_feed_viewer_node (camera, 0);
  if (g_str_equal (driver, VIRTCAM_FEED_DRIVER))
    camera->output = test_feed_viewer_node (camera, 1);
  return camera;
}

static void
make_with_module (StormPrey *prey, gboolean other)
{
  (void) other;
  remove_module_at_last (NULL);
  load (prey->fed ? "devices=0 feeds=1" : "devices=1");
  prey->camera = prey->fed ? find_camera (VIRTCAM_FEED_DRIVER, "virtcam-feed.0")
                           : find_camera (VIRTCAM_DRIVER, "virtcam.0");
}

static gboolean
attack_the_module (StormPrey *prey, StormBoard *board)
{
  storm_board_set_phase (board, STORM_LEAVING);
  if (remove_module ()) {
    prey->removed++;
    return TRUE;
  }
  prey->refused++;
  storm_board_set_phase (board, STORM_THERE);
  return FALSE;
}

/* FALSE where there is no driver any more, or no device. */
static gboolean
unbind_if_there (const TestCamera *camera)
{
  g_autofree char *path = g_build_filename (camera->driver, "unbind", NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean done =
      fd >= 0 && write (fd, camera->device, strlen (camera->device)) >= 0;

  if (!done && errno != ENOENT && errno != ENODEV)
    g_error ("unbinding beside rmmod: %s", g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return done;
}

/* Removing may come first, between two programs that have the node open. */
static void
unbind_beside_removal (StormPrey *prey)
{
  prey->remover = g_thread_new ("remover", remove_module_at_last, NULL);
  if (unbind_if_there (prey->camera))
    return;
  g_clear_pointer (&prey->remover, g_thread_join);
  prey->removed++;
}

static void
finish_module (StormPrey *prey)
{
  g_clear_pointer (&prey->remover, g_thread_join);
  if (g_file_test (MODULE, G_FILE_TEST_EXISTS))
    g_error (MODULE " is there after the module has been removed");
  load ("devices=0");
  g_clear_pointer (&prey->camera, test_camera_free);
}

static const struct {
  void (*make) (StormPrey *prey, gboolean other);
  gboolean (*attack) (StormPrey *prey, StormBoard *board);
  void (*take) (StormPrey *prey);
  void (*finish) (StormPrey *prey);
} ways[] = {
  { make_directory, attack_in_vain, unbind, finish_directory },
  { make_directory, attack_in_vain, disable, finish_directory },
  { make_directory, attack_in_vain, remove_directory, finish_directory },
  { make_with_module, attack_the_module, unbind_beside_removal, finish_module },
};

guint
storm_way_count (void)
{
  return G_N_ELEMENTS (ways);
}

void
storm_way_make (guint way, StormPrey *prey, gboolean other)
{
  ways[way].make (prey, other);
}

gboolean
storm_way_attack (guint way, StormPrey *prey, StormBoard *board)
{
  return ways[way].attack (prey, board);
}

void
storm_way_take (guint way, StormPrey *prey)
{
  ways[way].take (prey);
}

void
storm_way_finish (guint way, StormPrey *prey)
{
  ways[way].finish (prey);
}
