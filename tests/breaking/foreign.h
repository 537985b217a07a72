/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is not the camera's own: what others export as dma-bufs, and a
 * reader that has its frames drawn into it.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include <glib.h>

#include "exported.h"

/**
 * Foreign:
 * @fd: a dma-buf
 * @memfd: what is behind it, or -1
 * @data: its mapping
 * @size: in bytes, whole pages
 */
typedef struct {
  int fd;
  int memfd;
  guint8 *data;
  gsize size;
} Foreign;

/**
 * ForeignNew:
 *
 * Makes a dma-buf of at least so many bytes, rounded up to pages.
 *
 * Returns: (transfer full) (nullable): it, or NULL where this kernel has no
 *   such exporter
 */
typedef Foreign *(*ForeignNew) (gsize size);

/** Pages of a memfd, by /dev/udmabuf. */
Foreign *foreign_new_udmabuf (gsize size);

/** Pages of the kernel's, by /dev/dma_heap/system. */
Foreign *foreign_new_heap (gsize size);

/** The first buffer of another camera of ours, that went since. */
Foreign *foreign_new_camera (gsize size);

/** Unmaps and closes it. */
void foreign_free (Foreign *foreign);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Foreign, foreign_free)

/**
 * import_frames:
 * @fd: queued for each buffer that is dequeued
 *
 * Has @count frames drawn, and asserts that each is whole in @data.
 */
void import_frames (Reader *reader, int fd, const guint8 *data, guint count);

/**
 * vivid_open_capture:
 *
 * Loads vivid where it is not.
 *
 * Returns: (transfer full) (nullable): its first capture node, NULL where this
 *   kernel has no vivid
 */
Reader *vivid_open_capture (void);

#endif
