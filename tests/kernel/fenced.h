/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dma-buf that a device seems to use until the test says otherwise, by a fence of
 * vgem's.
 */
#ifndef TEST_FENCED_H
#define TEST_FENCED_H

#include <glib.h>

/* Pixels of 4 bytes */
#define FENCED_WIDTH 320
#define FENCED_HEIGHT 240

/**
 * Fenced:
 * @dma_buf: the dma-buf
 */
typedef struct {
  int card;
  guint32 handle;
  guint32 fence;
  int dma_buf;
} Fenced;

/** Returns: whether this kernel has vgem */
gboolean fenced_init (Fenced *fenced);

/** Returns: whether the device uses the dma-buf still */
gboolean fenced_is_in_use (const Fenced *fenced);

/** The device begins to use the dma-buf, as it does at first. */
void fenced_use (Fenced *fenced);

/** The device is done with the dma-buf. */
void fenced_signal (Fenced *fenced);

/** Closes all; the device is done if it was not. */
void fenced_finish (Fenced *fenced);

#endif
