/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring in which the guest has written anything. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"
#include "vhost/ring.h"

#define SIZE 16384
#define USER 0x10000000
#define HIGH 0x100000

static uint8_t *guest; /* the memory, as the guest has it */

/* Two regions, of which one does not follow the other. */
static VmMemory *
make_memory (void)
{
  VmMemory *memory = vm_memory_new ();
  int fd = memfd_create ("guest", MFD_CLOEXEC);
  const VmRegion low = { 0, SIZE, USER, 0 };
  const VmRegion high = { HIGH, SIZE, USER + SIZE, SIZE };

  if (memory == NULL || fd < 0 || ftruncate (fd, 2 * SIZE) < 0)
    abort ();
  guest = mmap (NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (guest == MAP_FAILED || vm_memory_add (memory, &low, dup (fd)) < 0 ||
      vm_memory_add (memory, &high, fd) < 0)
    abort ();
  return memory;
}

/* All of a request is read and written, so that what it leads to is seen. */
static void
use (VmRing *ring, VmChain *chain)
{
  static uint8_t bytes[VM_RING_MAX_PIECES * 16];
  size_t n = vm_chain_read (chain, bytes, sizeof bytes);

  for (size_t at = 0; n > 0 && at < chain->in_size && at < 1 << 20; at += n)
    vm_chain_write (chain, at, bytes, n);
  vm_ring_push (ring, chain->head, (uint32_t) n);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static VmMemory *memory;
  Input input = { data, size };
  VmRingAddresses addresses;
  VmRing *ring;
  VmChain chain;
  int result;

  if (memory == NULL)
    memory = make_memory ();
  memset (guest, 0, 2 * SIZE);
  ring = vm_ring_new (memory);
  vm_ring_set_size (ring, 1u << input_byte (&input) % 12);
  vm_ring_set_event_index (ring, input_byte (&input) & 1);
  vm_ring_set_base (ring, input_word (&input));
  addresses = (VmRingAddresses){ USER + input_word (&input) % (2 * SIZE),
    USER + input_word (&input) % (2 * SIZE),
    USER + input_word (&input) % (2 * SIZE) };
  if (vm_ring_set_addresses (ring, &addresses) == 0) {
    input_read (&input, guest, 2 * SIZE);
    for (int i = 0; i < 64; i++) {
      result = vm_ring_pop (ring, &chain);
      if (result == 1)
        use (ring, &chain);
      else if (result == -EBADMSG)
        vm_ring_push (ring, chain.head, 0);
      else if (!vm_ring_wait (ring))
        break;
    }
  }
  vm_ring_free (ring);
  return 0;
}
