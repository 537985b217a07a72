/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One camera's buffers as dma-bufs, and another one that draws into them.
 */
#ifndef TEST_EXPORTED_H
#define TEST_EXPORTED_H

#include "reader.h"

#define EXPORTED_BUFFERS 3

/**
 * Exported:
 * @fds: the buffers as dma-bufs
 * @data: the exporter's own mappings of them
 * @length: bytes of each
 */
typedef struct {
  int fds[EXPORTED_BUFFERS];
  guint8 *data[EXPORTED_BUFFERS];
  gsize length;
} Exported;

/**
 * export_buffer:
 * @access: O_RDWR or O_RDONLY
 *
 * EXPBUF. Returns: the dma-buf
 */
int export_buffer (Reader *reader, guint index, guint32 access);

/**
 * exported_init:
 *
 * Makes buffers of @owner, maps and exports each.
 */
void exported_init (Exported *exported, Reader *owner, guint32 access);

/** Closes the dma-bufs; the mappings are their owner's. */
void exported_close (Exported *exported);

/** DMA_BUF_IOCTL_SYNC for reading; DMA_BUF_SYNC_START or DMA_BUF_SYNC_END. */
void sync_dma_buf (int fd, guint64 direction);

/** REQBUFS for imports, or their end where @count is 0. */
void request_imports (Reader *reader, guint count);

/**
 * queue_import:
 * @length: as the program claims it; 0 to leave it to the kernel
 *
 * Returns: what QBUF returns
 */
int queue_import (Reader *reader, guint index, int fd, guint32 length);

/** DQBUF of an import; waits. Returns: what DQBUF returns */
int import_dequeue (Reader *reader, struct v4l2_buffer *buffer);

/**
 * assert_imports:
 *
 * Has frames drawn into the exporter's memory. Each must be there, as seen
 * through the exporter's mapping after a SYNC START of the dma-buf.
 */
void assert_imports (Reader *reader, Exported *exported);

/**
 * open_vivid:
 *
 * Loads vivid where it is not.
 *
 * Returns: (transfer full) (nullable): its first capture node, or NULL where
 *   this kernel has none
 */
Reader *open_vivid (void);

#endif
