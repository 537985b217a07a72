/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a fuzzer's target the files of its corpus, in place of a fuzzer. Prints TAP: a
 * file passes when the program outlives it. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "input.h"

static size_t
read_file (const char *path, uint8_t *bytes, size_t size)
{
  FILE *file = fopen (path, "rb");
  size_t n;

  if (file == NULL)
    abort ();
  n = fread (bytes, 1, size, file);
  fclose (file);
  return n;
}

static unsigned
replay_folder (const char *folder)
{
  static uint8_t bytes[1 << 20];
  char path[4096];
  struct dirent *entry;
  DIR *dir = opendir (folder);
  unsigned n = 0;

  if (dir == NULL)
    abort ();
  while ((entry = readdir (dir))) {
    if (entry->d_name[0] == '.')
      continue;
    snprintf (path, sizeof path, "%s/%s", folder, entry->d_name);
    LLVMFuzzerTestOneInput (bytes, read_file (path, bytes, sizeof bytes));
    printf ("ok %u - %s\n", ++n, entry->d_name);
  }
  closedir (dir);
  return n;
}

int
main (void)
{
  unsigned n = replay_folder (CORPUS);

  printf ("1..%u\n", n);
  return n == 0;
}
