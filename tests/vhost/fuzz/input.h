/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a fuzzer made up, from its beginning; behind its end are zeros. */
typedef struct {
  const uint8_t *data;
  size_t left;
} Input;

/* Copies up to size bytes; returns how many there were. */
static inline size_t
input_read (Input *self, void *to, size_t size)
{
  size_t n = size < self->left ? size : self->left;

  memset (to, 0, size);
  memcpy (to, self->data, n);
  self->data += n;
  self->left -= n;
  return n;
}

static inline uint8_t
input_byte (Input *self)
{
  uint8_t byte;

  input_read (self, &byte, 1);
  return byte;
}

static inline uint16_t
input_word (Input *self)
{
  uint8_t bytes[2];

  input_read (self, bytes, 2);
  return (uint16_t) (bytes[0] | bytes[1] << 8);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
