/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers that repeat from a seed, and those that break programs.
 */
#ifndef HOSTILE_CHANCE_H
#define HOSTILE_CHANCE_H

#include <glib.h>

typedef struct
{
  guint64 state;
} Chance;

void chance_init (Chance * chance, guint32 seed);

/** Returns: any number */
guint32 chance_next (Chance * chance);

/** Returns: a number below @limit, which is not 0 */
guint chance_below (Chance * chance, guint limit);

/** Returns: TRUE once in @times calls */
gboolean chance_one_in (Chance * chance, guint times);

/**
 * chance_number:
 *
 * Returns: what a field is tried with: the ends of the types, powers of two and
 *   their neighbours, small numbers, a few that V4L2 gives a meaning, any
 */
guint32 chance_number (Chance * chance);

#define chance_pick(chance, array) \
  ((array)[chance_below ((chance), G_N_ELEMENTS (array))])

#endif
