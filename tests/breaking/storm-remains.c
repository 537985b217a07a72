/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-remains.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaking.h"
#include "unplug.h"

/* What udev, the log and the like are seen to have more at one time than at
 * another: objects of one cache, and kB of memory. */
#define OTHERS_OBJECTS 150
#define OTHERS_KB (2 * 1024)

/* The smallest frame of a storm takes as much. */
#define CAMERA_KB 20

struct _StormRemains
{
  guint frames;
  guint files;
  gint64 memory_kb;
  GHashTable *modules;          /* name: uses */
  GHashTable *slabs;            /* name: objects */
  GHashTable *slab_sizes;       /* name: objects in one slab */
};

static void
write_one (const char *path, const char *value)
{
  FILE *stream = fopen (path, "w");

  if (stream) {
    fputs (value, stream);
    fclose (stream);
  }
}

/* Objects that are free already, but kept by a processor or by KASAN. */
static void
shrink_slabs (void)
{
  GDir *folder = g_dir_open ("/sys/kernel/slab", 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree char *path = g_strdup_printf ("/sys/kernel/slab/%s", name);
    g_autofree char *shrink = g_build_filename (path, "shrink", NULL);

    if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      write_one (shrink, "1");
  }
  if (folder)
    g_dir_close (folder);
}

static guint
count_files (void)
{
  GDir *folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (folder))
    count++;
  g_dir_close (folder);
  return count;
}

/* "name number ..." in each line: /proc/slabinfo, and /proc/modules by field */
static GHashTable *
read_numbers (const char *path, guint field)
{
  GHashTable *numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return numbers;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_auto (GStrv) words = g_strsplit_set (lines[i], " ", -1);
    guint at = 0, seen = 0;

    for (at = 0; words[at]; at++)
      if (words[at][0] && seen++ == field)
        break;
    if (words[0] && words[at])
      g_hash_table_insert (numbers, g_strdup (words[0]),
          GINT_TO_POINTER (atoi (words[at])));
  }
  return numbers;
}

static gint64
read_number (const char *text, const char *name)
{
  const char *found = strstr (text, name);

  return found ? atoll (found + strlen (name)) : 0;
}

/* Free pages that MemFree leaves out: each processor keeps those that it freed
 * last, up to some 27 MB of them in a guest. On one processor the next request
 * takes them; where one processor frees what another allocates, as with the
 * memory of a module, they only become more until the limit is reached. */
static gint64
read_kept_by_processors (void)
{
  g_autofree char *zones = NULL;
  gint64 pages = 0;

  if (!g_file_get_contents ("/proc/zoneinfo", &zones, NULL, NULL))
    g_error ("there is no /proc/zoneinfo");
  for (const char *at = zones; (at = strstr (at, " count:")); at++)
    pages += read_number (at, " count:");
  return pages * sysconf (_SC_PAGESIZE) / 1024;
}

/* Pages that are in nobody's hands: neither free, nor a cache, nor a program's.
 * What a driver has allocated and lost is among them. */
static gint64
read_memory (void)
{
  g_autofree char *meminfo = NULL;
  static const char *const known[] = {
    "MemFree:", "Buffers:", "\nCached:", "AnonPages:", "SReclaimable:",
    "PageTables:", "KernelStack:", "SwapCached:",
  };
  gint64 kb;

  if (!g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL))
    g_error ("there is no /proc/meminfo");
  kb = read_number (meminfo, "MemTotal:");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    kb -= read_number (meminfo, known[i]);
  return kb - read_kept_by_processors ();
}

StormRemains *
storm_remains_count (void)
{
  StormRemains *remains = g_new0 (StormRemains, 1);

  test_camera_settle ();
  /* What RCU frees late goes with the dentries and inodes. */
  write_one ("/proc/sys/vm/drop_caches", "2");
  shrink_slabs ();
  remains->frames = unplug_count_frame_memory ();
  remains->files = count_files ();
  remains->modules = read_numbers ("/proc/modules", 2);
  remains->slabs = read_numbers ("/proc/slabinfo", 1);
  remains->slab_sizes = read_numbers ("/proc/slabinfo", 4);
  write_one ("/proc/sys/vm/stat_refresh", "1");
  remains->memory_kb = read_memory ();
  return remains;
}

void
storm_remains_free (StormRemains * remains)
{
  if (!remains)
    return;
  g_hash_table_unref (remains->modules);
  g_hash_table_unref (remains->slabs);
  g_hash_table_unref (remains->slab_sizes);
  g_free (remains);
}

static int
get (GHashTable * numbers, const char *name)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (numbers, name));
}

static char *
compare_modules (StormRemains * before, StormRemains * after)
{
  GHashTableIter all;
  gpointer name;

  g_hash_table_iter_init (&all, after->modules);
  while (g_hash_table_iter_next (&all, &name, NULL))
    if (get (after->modules, name) != get (before->modules, name))
      return g_strdup_printf ("%s is used %d times, %d before",
          (char *) name, get (after->modules, name),
          get (before->modules, name));
  return NULL;
}

/* KASAN holds freed objects back for a while, and kmemleak has an object for
 * each: there pages and slabs tell nothing, and kmemleak's scan tells all. */
static gboolean
keeps_what_is_freed (void)
{
  return g_file_test ("/sys/kernel/debug/kmemleak", G_FILE_TEST_EXISTS);
}

/* The slab that a processor allocates from counts as if all of it were in use. */
static int
count_unused (StormRemains * remains, const char *name)
{
  return get (remains->slab_sizes, name) * (int) g_get_num_processors ();
}

static char *
compare_slabs (StormRemains * before, StormRemains * after, guint cameras)
{
  const char *largest = "none";
  GHashTableIter all;
  gpointer name;
  int growth = 0;

  g_hash_table_iter_init (&all, after->slabs);
  while (g_hash_table_iter_next (&all, &name, NULL)) {
    const int more = get (after->slabs, name) - get (before->slabs, name) -
        count_unused (after, name);

    if (more > growth) {
      growth = more;
      largest = name;
    }
  }
  breaking_figure ("most slab objects more after %u cameras: %d of %s",
      cameras, growth, largest);
  if (growth > OTHERS_OBJECTS + (int) cameras / 10)
    return g_strdup_printf ("there are %d more objects of %s", growth,
        largest);
  return NULL;
}

static char *
compare_memory (StormRemains * before, StormRemains * after, guint cameras)
{
  const gint64 more = after->memory_kb - before->memory_kb;

  breaking_figure ("memory more after %u cameras: %" G_GINT64_FORMAT " kB",
      cameras, more);
  if (more > OTHERS_KB + cameras * CAMERA_KB / 10)
    return g_strdup_printf ("%" G_GINT64_FORMAT " kB are lost", more);
  return NULL;
}

char *
storm_remains_compare (StormRemains * before, StormRemains * after,
    guint cameras)
{
  char *difference;

  if (after->frames != before->frames)
    return g_strdup_printf ("there are %u buffers of frames, %u before",
        after->frames, before->frames);
  if (after->files != before->files)
    return g_strdup_printf ("%u files are open, %u before", after->files,
        before->files);
  difference = compare_modules (before, after);
  if (keeps_what_is_freed ())
    return difference;
  if (!difference)
    difference = compare_slabs (before, after, cameras);
  if (!difference)
    difference = compare_memory (before, after, cameras);
  return difference;
}
