/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLABS "/sys/kernel/slab"
#define PAGE 4096
#define ROUNDS 3
#define GRACE_US (200 * 1000)
#define TEXT_SIZE (256 * 1024)

static int slabinfo, meminfo, drop_caches;
static GArray *shrinks;
static char text[TEXT_SIZE];

static int
open_file (const char *path, int mode)
{
  int fd = open (path, mode | O_CLOEXEC);

  if (fd < 0)
    g_error ("open %s: %m", path);
  return fd;
}

/* To the text from its beginning. */
static void
read_file (int fd)
{
  gsize length = 0;
  ssize_t got;

  while ((got = pread (fd, text + length, TEXT_SIZE - 1 - length, length)) > 0)
    length += got;
  if (got < 0)
    g_error ("reading what the kernel counts: %m");
  text[length] = 0;
}

static void
open_shrinks (void)
{
  g_autoptr (GDir) folder = g_dir_open (SLABS, 0, NULL);
  const char *name;

  shrinks = g_array_new (FALSE, FALSE, sizeof (int));
  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree char *path = g_build_filename (SLABS, name, NULL);
    g_autofree char *shrink = g_build_filename (path, "shrink", NULL);
    int fd;

    /* another name of a cache that is there already */
    if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      continue;
    fd = open_file (shrink, O_WRONLY);
    g_array_append_val (shrinks, fd);
  }
}

void
kernel_memory_open (void)
{
  drop_caches = open_file ("/proc/sys/vm/drop_caches", O_WRONLY);
  slabinfo = open_file ("/proc/slabinfo", O_RDONLY);
  meminfo = open_file ("/proc/meminfo", O_RDONLY);
  open_shrinks ();
}

static void
write_one (int fd, const char *value)
{
  if (pwrite (fd, value, 1, 0) < 0)
    g_error ("writing to a file of the kernel's: %m");
}

/* A slab that a processor works with counts as full until it is given back.
 * Idle time is skipped where time counts instructions. */
static void
settle (void)
{
  for (guint i = 0; i < ROUNDS; i++) {
    write_one (drop_caches, "3");
    g_usleep (GRACE_US);
    for (guint s = 0; s < shrinks->len; s++)
      write_one (g_array_index (shrinks, int, s), "1");
  }
}

/* A line "NAME: NUMBER kB", in bytes. */
static gint64
find_amount (const char *name)
{
  const char *found = strstr (text, name);

  if (!found)
    g_error ("/proc/meminfo does not say %s", name);
  return g_ascii_strtoll (found + strlen (name), NULL, 10) * 1024;
}

/* Bytes of objects less those of the pages that they lie in. */
static gint64
count_objects (void)
{
  gint64 bytes = 0;

  for (const char *line = text; line; line = strchr (line, '\n')) {
    unsigned long active, size, pages, slabs;

    line += *line == '\n';
    if (sscanf (line,
            "%*s %lu %*u %lu %*u %lu : tunables %*u %*u %*u"
            " : slabdata %*u %lu",
            &active, &size, &pages, &slabs) == 4)
      bytes += (gint64) (active * size) - (gint64) (slabs * pages * PAGE);
  }
  return bytes;
}

gint64
kernel_memory_count (void)
{
  gint64 bytes;

  settle ();
  read_file (slabinfo);
  bytes = count_objects ();
  read_file (meminfo);
  return bytes + find_amount ("\nSlab:") + find_amount ("\nVmallocUsed:") +
         find_amount ("\nPercpu:");
}
