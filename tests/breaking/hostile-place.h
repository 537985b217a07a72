/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Good and bad places for what a pointer points to.
 */
#ifndef HOSTILE_PLACE_H
#define HOSTILE_PLACE_H

#include <glib.h>

typedef enum
{
  PLACE_GOOD,                   /* ends where its page ends; none comes after */
  PLACE_NULL,
  PLACE_UNMAPPED,
  PLACE_READ_ONLY,
  PLACE_STRADDLING,             /* the second half is unmapped */
  PLACE_KERNEL,
  PLACE_LAST,                   /* so that its end is past all addresses */
  N_PLACES
} Place;

typedef struct
{
  guint8 *written;              /* a page, then one that cannot be reached */
  guint8 *read;                 /* the same page, read-only */
  gsize size;                   /* of a page */
} Arena;

/* For a process: places are its own. */
void arena_init (Arena * arena);
void arena_finish (Arena * arena);

/**
 * arena_put:
 * @bytes: what is to lie there, up to a page
 *
 * Returns: where that is, until the next call
 */
void *arena_put (Arena * arena, Place place, gconstpointer bytes, gsize size);

#endif
