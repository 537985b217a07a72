/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-chance.h"

void
chance_init (Chance * chance, guint32 seed)
{
  /* xorshift stays where it is at 0. */
  chance->state = ((guint64) seed << 32) | 0x5643u;
  for (guint i = 0; i < 8; i++)
    chance_next (chance);
}

guint32
chance_next (Chance * chance)
{
  guint64 x = chance->state;

  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  chance->state = x;
  return (guint32) (x >> 32);
}

guint
chance_below (Chance * chance, guint limit)
{
  return chance_next (chance) % limit;
}

gboolean
chance_one_in (Chance * chance, guint times)
{
  return chance_below (chance, times) == 0;
}

guint32
chance_number (Chance * chance)
{
  static const guint32 ends[] = {
    0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
    0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
  };

  switch (chance_below (chance, 5)) {
    case 0:
      return chance_pick (chance, ends);
    case 1:
      return (1u << chance_below (chance, 32)) + chance_below (chance, 3) - 1;
    case 2:
    case 3:
      return chance_below (chance, 40);
    default:
      return chance_next (chance);
  }
}
