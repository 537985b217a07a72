/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a camera's birth costs: instructions from loading the module to a node
 * that answers, and from making a directory to such a node; beside loading
 * vivid with one node for capture.
 *
 * The module lies in memory, without what only one builder adds to it
 * (module-file.h), and all that it depends on is loaded: both drivers are there
 * when the program begins, and when it ends. What the process itself executes
 * is counted, kernel and user space. Another task makes the node's file in
 * devtmpfs: that, and waiting, is in the time elapsed, which is told beside it.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "module-file.h"
#include "udev.h"

#define ROUNDS 21
#define PAUSE_US (200 * 1000)
/* No other driver has one: the first node is the newborn's. */
#define NODE "/dev/video0"
#define DIRECTORY VIRTCAM_CONFIGFS "/birth"

/* A way for a camera to come into the world, and out of it. */
typedef struct {
  const char *name;
  const char *parameters;
  void (*make) (ModuleFile *file, const char *parameters);
  void (*remove) (ModuleFile *file);
} Birth;

static void
use_node (void)
{
  struct v4l2_capability capability;
  int fd = open (NODE, O_RDWR | O_CLOEXEC);

  if (fd < 0)
    g_error ("open " NODE ": %m");
  if (ioctl (fd, VIDIOC_QUERYCAP, &capability) < 0)
    g_error ("QUERYCAP: %m");
  close (fd);
}

static void
make_directory (ModuleFile *file, const char *parameters)
{
  int fd;

  (void) file;
  (void) parameters;
  if (mkdir (DIRECTORY, 0755) < 0)
    g_error ("mkdir " DIRECTORY ": %m");
  fd = open (DIRECTORY "/enabled", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, "1", 1) != 1)
    g_error ("enabling the camera: %m");
  close (fd);
}

static void
remove_directory (ModuleFile *file)
{
  (void) file;
  if (rmdir (DIRECTORY) < 0)
    g_error ("rmdir " DIRECTORY ": %m");
}

static const Birth births[] = {
  { "load/virtcam", "devices=1", module_file_load, module_file_remove },
  { "load/vivid", "n_devs=1 node_types=0x1", module_file_load,
      module_file_remove },
  { "mkdir/virtcam", NULL, make_directory, remove_directory },
};

/* What the last round left for later is done by then: RCU frees, and workers
 * of the kernel. Idle time is skipped where time counts instructions. */
static void
measure_once (const Birth *birth, ModuleFile *file, gint64 *instructions,
    gint64 *elapsed_us)
{
  gint64 begin, before;

  g_usleep (PAUSE_US);
  begin = g_get_monotonic_time ();
  before = instructions_of_process ();
  birth->make (file, birth->parameters);
  use_node ();
  *instructions = instructions_of_process () - before;
  *elapsed_us = g_get_monotonic_time () - begin;
  birth->remove (file);
}

/* The median: most rounds agree to a thousandth, and some fall short of it. */
static gint64
median (gint64 *values)
{
  figures_sort (values, ROUNDS);
  return values[ROUNDS / 2];
}

static void
measure (const Birth *birth, ModuleFile *file)
{
  gint64 instructions[ROUNDS], elapsed_us[ROUNDS];

  for (guint i = 0; i < ROUNDS; i++)
    measure_once (birth, file, &instructions[i], &elapsed_us[i]);
  g_print ("birth/%s: %" G_GINT64_FORMAT " us elapsed\n", birth->name,
      median (elapsed_us));
  figure_print (median (instructions), "birth/%s", birth->name);
}

/* Leaves both loaded, as they were found. */
static void
measure_all (ModuleFile *virtcam, ModuleFile *vivid)
{
  module_file_remove (vivid);
  module_file_remove (virtcam);
  measure (&births[0], virtcam);
  measure (&births[1], vivid);
  module_file_load (virtcam, "devices=0");
  measure (&births[2], NULL);
  module_file_load (vivid, births[1].parameters);
}

int
main (void)
{
  g_autoptr (ModuleFile) virtcam = NULL;
  g_autoptr (ModuleFile) vivid = NULL;

  drivers_need_both ();
  virtcam = module_file_read ("virtcam");
  vivid = module_file_read ("vivid");
  udev_hold ();
  measure_all (virtcam, vivid);
  udev_release ();
  return 0;
}
