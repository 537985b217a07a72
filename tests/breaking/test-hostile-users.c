/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users of one directory that do not wait for each other. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"
#include "hostile-chance.h"
#include "knob.h"

#define PROCESSES 4

/* What all processes do things to */
typedef struct {
  const char *directory;
  const char *driver;
  const char *device;
  const char *const *attributes;
  const char *const (*writes)[2];
} Shared;

static const Shared *shared;

/* One of four that all do things to the same directory. */
typedef void (*Meddler) (Chance *chance);

static void
run_meddlers (Meddler meddle, guint times)
{
  guint32 seed = breaking_seed ();
  pid_t processes[PROCESSES];

  for (guint i = 0; i < PROCESSES; i++) {
    processes[i] = fork ();
    g_assert_no_errno ((int) processes[i]);
    if (processes[i] == 0) {
      Chance chance;

      chance_init (&chance, seed + i);
      for (guint t = 0; t < times; t++)
        meddle (&chance);
      _exit (0);
    }
  }
  for (guint i = 0; i < PROCESSES; i++) {
    int status;

    g_assert_cmpint (waitpid (processes[i], &status, 0), ==, processes[i]);
    g_assert_cmpint (status, ==, 0);
  }
}

static void
assert_one_of (int error, const int *allowed)
{
  for (guint i = 0; allowed[i] >= 0; i++)
    if (error == allowed[i])
      return;
  g_error ("surprising: %s", g_strerror (error));
}

static const char *const attributes[] = { "card", "formats", "sizes",
  "intervals", "memory", "pacing", "enabled", "node", NULL };

static const char *const feed_attributes[] = { "card", "formats", "sizes",
  "intervals", "timeout", "placeholder", "viewers", "enabled", "node", "output",
  NULL };

static const char *const writes[][2] = {
  { "enabled", "1" },
  { "enabled", "0" },
  { "enabled", "1" },
  { "card", "Ours" },
  { "sizes", "64x64" },
  { "formats", "GREY NV12" },
  { "memory", "dma-sg" },
  { "memory", "vmalloc" },
  { "intervals", "1/100" },
  { "pacing", "none" },
  { "pacing", "interval" },
  { NULL, NULL },
};

static const char *const feed_writes[][2] = {
  { "enabled", "1" },
  { "enabled", "0" },
  { "enabled", "1" },
  { "card", "Ours" },
  { "sizes", "64x64 16x16-640x480" },
  { "formats", "MJPG NV12" },
  { "intervals", "1/100" },
  { "timeout", "20" },
  { "placeholder", "last" },
  { "placeholder", "picture" },
  { "viewers", "2" },
  { "viewers", "1" },
  { NULL, NULL },
};

static const Shared drawn = {
  VIRTCAM_CONFIGFS "/everybody's",
  VIRTCAM_DRIVER,
  "virtcam",
  attributes,
  writes,
};

static const Shared fed = {
  VIRTCAM_CONFIGFS "/feed.everybody's",
  VIRTCAM_FEED_DRIVER,
  "virtcam-feed",
  feed_attributes,
  feed_writes,
};

static char *
shared_path (const char *attribute)
{
  return g_build_filename (shared->directory, attribute, NULL);
}

static guint
count_writes (void)
{
  guint count = 0;

  while (shared->writes[count][0])
    count++;
  return count;
}

static void
read_any (Chance *chance)
{
  /* ENODEV, from some kernels: it was there when it was opened. */
  static const int allowed[] = { ENOENT, ENODEV, -1 };
  g_autofree char *path = shared_path (shared->attributes[chance_below (
      chance, g_strv_length ((char **) shared->attributes))]);
  g_autofree char *value = knob_read (path);

  if (!value)
    assert_one_of (errno, allowed);
}

static void
write_any (Chance *chance)
{
  static const int allowed[] = { 0, ENOENT, ENODEV, EBUSY, -1 };
  const char *const *what =
      shared->writes[chance_below (chance, count_writes ())];
  g_autofree char *path = shared_path (what[0]);

  assert_one_of (knob_try (path, what[1]), allowed);
}

static void
make_or_remove (Chance *chance)
{
  /* EBUSY: somebody else is making or removing it at this moment. */
  static const int made[] = { 0, EEXIST, EBUSY, ENOENT, -1 };
  static const int removed[] = { 0, ENOENT, EBUSY, -1 };
  int result;

  if (chance_one_in (chance, 2)) {
    result = g_mkdir (shared->directory, 0755);
    assert_one_of (result ? errno : 0, made);
  } else {
    result = g_rmdir (shared->directory);
    assert_one_of (result ? errno : 0, removed);
  }
}

static void
meddle_with_all (Chance *chance)
{
  switch (chance_below (chance, 4)) {
  case 0:
    make_or_remove (chance);
    break;
  case 1:
    read_any (chance);
    break;
  default:
    write_any (chance);
  }
}

/* A device of any camera, by its driver's own files. */
static void
bind_or_unbind_any (Chance *chance)
{
  static const int allowed[] = { 0, ENODEV, EBUSY, EINVAL, ENOENT, EAGAIN, -1 };
  g_autofree char *device =
      g_strdup_printf ("%s.%u", shared->device, chance_below (chance, 3));
  g_autofree char *path = g_build_filename (
      shared->driver, chance_one_in (chance, 2) ? "bind" : "unbind", NULL);

  assert_one_of (knob_try (path, device), allowed);
}

static void
meddle_with_settings (Chance *chance)
{
  if (chance_one_in (chance, 3))
    bind_or_unbind_any (chance);
  else if (chance_one_in (chance, 3))
    read_any (chance);
  else
    write_any (chance);
}

static guint
count_cameras (void)
{
  g_autoptr (GDir) entries = g_dir_open (shared->driver, 0, NULL);
  g_autofree char *prefix = g_strdup_printf ("%s.", shared->device);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (entries)))
    count += g_str_has_prefix (name, prefix);
  return count;
}

static void
make_and_remove (Fixture *fixture, const Shared *which)
{
  const guint times = breaking_times (150, 5000);
  guint cameras;

  shared = which;
  cameras = count_cameras ();
  run_meddlers (meddle_with_all, times);
  g_rmdir (shared->directory);
  g_assert_false (g_file_test (shared->directory, G_FILE_TEST_EXISTS));
  test_camera_settle ();
  g_assert_cmpuint (count_cameras (), ==, cameras);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  breaking_figure (
      "%u deeds of %d processes on one name", times * PROCESSES, PROCESSES);
}

static void
one_name_made_and_removed_by_four_processes_leaves_nothing (Fixture *fixture)
{
  make_and_remove (fixture, &drawn);
}

static void
one_feed_made_and_removed_by_four_processes_leaves_nothing (Fixture *fixture)
{
  make_and_remove (fixture, &fed);
}

static void
enable_and_unbind (Fixture *fixture, const Shared *which)
{
  const guint times = breaking_times (150, 5000);
  g_autofree char *switch_path = NULL;
  g_autofree char *node_path = NULL;
  g_autofree char *enabled = NULL;
  g_autofree char *node = NULL;
  guint cameras;

  shared = which;
  cameras = count_cameras ();
  switch_path = shared_path ("enabled");
  node_path = shared_path ("node");
  g_assert_no_errno (g_mkdir (shared->directory, 0755));
  run_meddlers (meddle_with_settings, times);
  enabled = knob_read (switch_path);
  node = knob_read (node_path);
  g_assert_cmpint (strcmp (enabled, "1") == 0, ==, node[0] != '\0');
  g_assert_cmpint (knob_try (switch_path, "1"), ==, 0);
  g_clear_pointer (&node, g_free);
  node = knob_read (node_path);
  g_assert_true (g_str_has_prefix (node, "video"));
  g_assert_no_errno (g_rmdir (shared->directory));
  test_camera_settle ();
  g_assert_cmpuint (count_cameras (), ==, cameras);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  breaking_figure (
      "%u deeds of %d processes on one camera", times * PROCESSES, PROCESSES);
}

static void
enabling_and_unbinding_at_once_leaves_a_camera_that_says_what_it_is (
    Fixture *fixture)
{
  enable_and_unbind (fixture, &drawn);
}

static void
enabling_and_unbinding_at_once_leaves_a_feed_that_says_what_it_is (
    Fixture *fixture)
{
  enable_and_unbind (fixture, &fed);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/hostile-users/" #name, name)
  ADD (one_name_made_and_removed_by_four_processes_leaves_nothing);
  ADD (one_feed_made_and_removed_by_four_processes_leaves_nothing);
  ADD (enabling_and_unbinding_at_once_leaves_a_camera_that_says_what_it_is);
  ADD (enabling_and_unbinding_at_once_leaves_a_feed_that_says_what_it_is);
  return g_test_run ();
}
