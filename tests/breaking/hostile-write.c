/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-write.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hostile-deed.h"

/* The sizes of frames, and bytes that hold the largest twice */
static const gsize frames[] = { 160 * 120 * 2, 64 * 64 * 2, 160 * 120 * 3 / 2 };

#define BYTES (2 * 160 * 120 * 4)

static void
note (Caller *caller, ssize_t written, gsize most)
{
  g_assert_cmpint (written, <=, (ssize_t) most);
  if (caller->called != CALLED_FEED)
    g_assert_cmpint (written, ==, -1);
  else if (written > 0)
    g_atomic_int_inc (&caller->tally->frames);
}

static guint8 *
map (void)
{
  guint8 *data = mmap (
      NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (data != MAP_FAILED);
  return data;
}

static gsize
any_size (Caller *caller)
{
  return chance_one_in (&caller->chance, 3)
             ? chance_below (&caller->chance, BYTES)
             : chance_pick (&caller->chance, frames);
}

void
hostile_write_oddly (Caller *caller)
{
  const gsize size = any_size (caller);
  const gsize cut = chance_below (&caller->chance, (guint) size + 1);
  guint8 *data = map ();
  struct iovec parts[] = {
    { data, cut },
    { NULL, 0 },
    { data + cut, size - cut },
  };
  ssize_t written =
      chance_one_in (&caller->chance, 3)
          ? writev (hostile_deed_node (caller), parts, G_N_ELEMENTS (parts))
          : write (hostile_deed_node (caller), data, size);

  /* A node has nothing to say to a write of nothing in several parts. */
  if (written)
    note (caller, written, size);
  g_assert_no_errno (munmap (data, BYTES));
}

void
hostile_write_from_bad_places (Caller *caller)
{
  const Place place = chance_below (&caller->chance, N_PLACES);
  gsize length = chance_one_in (&caller->chance, 3)
                     ? (gsize) chance_number (&caller->chance)
                     : any_size (caller);
  guint8 bytes[64] = { 0 };
  void *at = arena_put (&caller->argument, place, bytes, sizeof (bytes));

  /* Nobody reads what nobody watches, so it may be taken from nowhere. */
  note (caller, write (hostile_deed_node (caller), at, length), length);
}

typedef struct {
  guint8 *data;
  guint how;
} Vanishing;

static void *
vanish (void *data)
{
  Vanishing *vanishing = data;
  guint8 *half = vanishing->data + BYTES / 2;

  switch (vanishing->how) {
  case 0:
    mprotect (half, BYTES / 2, PROT_NONE);
    break;
  case 1:
    madvise (vanishing->data, BYTES, MADV_DONTNEED);
    break;
  case 2:
    munmap (half, BYTES / 2);
    break;
  default:
    mprotect (vanishing->data, BYTES, PROT_READ);
  }
  return NULL;
}

void
hostile_write_from_what_vanishes (Caller *caller)
{
  Vanishing vanishing = { map (), chance_below (&caller->chance, 4) };
  const int fd = hostile_deed_node (caller);
  const gsize size = any_size (caller);
  guint8 *at = vanishing.data + BYTES / 2 - MIN (size, BYTES / 2) / 2;
  pthread_t thread;

  g_assert_cmpint (pthread_create (&thread, NULL, vanish, &vanishing), ==, 0);
  for (guint i = 0; i < 4; i++)
    note (caller, write (fd, at, MIN (size, BYTES / 2)), size);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  g_assert_no_errno (munmap (vanishing.data, BYTES));
}
