/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/chain.h"

#include <string.h>

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

size_t
vm_chain_read (VmChain *self, void *data, size_t size)
{
  size_t done = 0;

  while (done < size && self->at < self->n_out) {
    const struct iovec *piece = &self->out[self->at];
    size_t n = smaller (size - done, piece->iov_len - self->at_byte);

    memcpy ((uint8_t *) data + done,
        (uint8_t *) piece->iov_base + self->at_byte, n);
    done += n;
    self->at_byte += n;
    if (self->at_byte == piece->iov_len) {
      self->at++;
      self->at_byte = 0;
    }
  }
  self->n_read += done;
  return done;
}

size_t
vm_chain_get_left (const VmChain *self)
{
  return self->out_size - self->n_read;
}

size_t
vm_chain_write (
    const VmChain *self, size_t offset, const void *data, size_t size)
{
  size_t done = 0;

  for (unsigned i = 0; i < self->n_in && done < size; i++) {
    const struct iovec *piece = &self->in[i];
    size_t n;

    if (offset >= piece->iov_len) {
      offset -= piece->iov_len;
      continue;
    }
    n = smaller (size - done, piece->iov_len - offset);
    memcpy (
        (uint8_t *) piece->iov_base + offset, (const uint8_t *) data + done, n);
    done += n;
    offset = 0;
  }
  return done;
}
