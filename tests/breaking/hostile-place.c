/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-place.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static guint8 *
map (Arena * arena, guint8 * at, int protection, int fd)
{
  guint8 *data = mmap (at, arena->size, protection,
      MAP_SHARED | (at ? MAP_FIXED : 0), fd, 0);

  g_assert_true (data != MAP_FAILED);
  return data;
}

void
arena_init (Arena * arena)
{
  int fd = memfd_create ("hostile", MFD_CLOEXEC);

  arena->size = (gsize) sysconf (_SC_PAGESIZE);
  g_assert_no_errno (fd);
  g_assert_no_errno (ftruncate (fd, (off_t) arena->size));
  arena->written = mmap (NULL, 2 * arena->size, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (arena->written != MAP_FAILED);
  map (arena, arena->written, PROT_READ | PROT_WRITE, fd);
  arena->read = map (arena, NULL, PROT_READ, fd);
  g_assert_no_errno (close (fd));
}

void
arena_finish (Arena * arena)
{
  g_assert_no_errno (munmap (arena->written, 2 * arena->size));
  g_assert_no_errno (munmap (arena->read, arena->size));
}

void *
arena_put (Arena * arena, Place place, gconstpointer bytes, gsize size)
{
  gsize start = arena->size - size;

  g_assert_cmpuint (size, <=, arena->size);
  switch (place) {
    case PLACE_NULL:
      return NULL;
    case PLACE_UNMAPPED:
      return arena->written + arena->size;
    case PLACE_KERNEL:
      return (void *) 0xffff888000000000;
    case PLACE_LAST:
      return (void *) -1;
    case PLACE_STRADDLING:
      start += size / 2;
      memcpy (arena->written + start, bytes, size - size / 2);
      return arena->written + start;
    default:
      memcpy (arena->written + start, bytes, size);
      return (place == PLACE_READ_ONLY ? arena->read : arena->written) + start;
  }
}
