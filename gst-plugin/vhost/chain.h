/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* One request of the guest: what it may be read from, and what it may be answered
 * into. The same memory may be both, so that all is read before anything is
 * written. */
typedef struct {
  const struct iovec *out, *in; /* read, written */
  unsigned n_out, n_in;
  size_t out_size, in_size;
  uint16_t head; /* its name in the ring */

  /* how far it was read */
  unsigned at;
  size_t at_byte, n_read;
} VmChain;

/* How many bytes of size there were, and are now behind the reader. */
size_t vm_chain_read (VmChain *self, void *data, size_t size);
size_t vm_chain_get_left (const VmChain *self);
/* How many bytes of size there was room for at offset. */
size_t vm_chain_write (
    const VmChain *self, size_t offset, const void *data, size_t size);
