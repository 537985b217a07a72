/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes tests/vm/lender a host that lies: linked between the device and its
 * rings, it changes bytes of answers and events, says that they are of another length,
 * answers late, never, twice, and for requests that there are not. Each time that the
 * guest sets the device up the host begins to lie at another time, more or less often.
 * After so many lies as $VIRTCAM_LIES says it is honest.
 */
#include "liar.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/ring.h"

#define MAX_HELD 4
#define MAX_WRITE 1024

size_t __real_vm_chain_write (
    const VmChain *chain, size_t offset, const void *data, size_t size);
size_t __wrap_vm_chain_write (
    const VmChain *chain, size_t offset, const void *data, size_t size);
bool __real_vm_ring_push (VmRing *ring, uint16_t head, uint32_t n_written);
bool __wrap_vm_ring_push (VmRing *ring, uint16_t head, uint32_t n_written);

typedef struct {
  VmRing *ring;
  uint16_t head;
  uint32_t n_written;
} Held;

/* All are the camera's thread's own. */
static Held held[MAX_HELD];
static unsigned n_held;
static uint64_t told;
/* Answers and events that are honest still, and of how many lies one is told */
static unsigned honest, rarity = 1;

static uint32_t
roll (void)
{
  static uint64_t state = 88172645463325252;

  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state >> 16;
}

static uint64_t
get_limit (void)
{
  static uint64_t limit;
  static bool known;

  if (!known) {
    const char *text = getenv ("VIRTCAM_LIES");

    limit = text ? strtoull (text, NULL, 10) : 0;
    known = true;
  }
  return limit;
}

unsigned
liar_count_left (void)
{
  return get_limit () - told;
}

/* So many of a thousand. */
static bool
lie (unsigned chance)
{
  if (!liar_count_left () || honest > 0 || roll () % 1000 >= chance ||
      roll () % rarity)
    return false;
  told++;
  if (told % 1000 == 0)
    printf ("%llu lies\n", (unsigned long long) told);
  return true;
}

static void
change (uint8_t *bytes, size_t size)
{
  static const uint32_t words[] = { 0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fffffff,
    0x80000000, 0xfffffffe, 0xffffffff };
  unsigned n = 1 + roll () % 4;

  while (n--) {
    uint32_t word = words[roll () % (sizeof words / sizeof *words)];
    size_t at = roll () % size & (roll () % 2 ? ~(size_t) 3 : ~(size_t) 0);
    size_t length = size - at < 4 ? size - at : 4;

    if (roll () % 2)
      word = roll ();
    memcpy (bytes + at, &word, length);
  }
}

size_t
__wrap_vm_chain_write (
    const VmChain *chain, size_t offset, const void *data, size_t size)
{
  uint8_t copy[MAX_WRITE];

  if (size == 0 || size > sizeof copy || !lie (400))
    return __real_vm_chain_write (chain, offset, data, size);
  memcpy (copy, data, size);
  change (copy, size);
  return __real_vm_chain_write (chain, offset, copy, size);
}

static bool
release (void)
{
  unsigned i = roll () % n_held;
  Held one = held[i];

  held[i] = held[--n_held];
  return __real_vm_ring_push (one.ring, one.head, one.n_written);
}

bool
__wrap_vm_ring_push (VmRing *ring, uint16_t head, uint32_t n_written)
{
  bool calls = false;

  honest -= honest > 0;
  if (n_held > 0 && (!liar_count_left () || roll () % 8 == 0))
    calls = release ();
  if (n_held < MAX_HELD && lie (10)) {
    held[n_held++] = (Held){ ring, head, n_written };
    return calls;
  }
  if (lie (100))
    n_written = roll () % 2 ? roll () : roll () % 1024;
  if (lie (1))
    __real_vm_ring_push (ring, roll () % 2 ? head : roll (), n_written);
  return __real_vm_ring_push (ring, head, n_written) || calls;
}

/* What was held is of rings that are begun anew. */
void
liar_forget (void)
{
  n_held = 0;
  honest = roll () % 4 == 0 ? 0 : 500 + roll () % 1500;
  rarity = 1 << roll () % 8;
}
