/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory that the kernel has taken for itself. */
#ifndef BENCH_KERNEL_MEMORY_H
#define BENCH_KERNEL_MEMORY_H

#include <glib.h>

/**
 * kernel_memory_open:
 *
 * Opens all files that counting reads and writes: opening them between two
 * readings would itself take memory. They stay open.
 */
void kernel_memory_open (void);

/**
 * kernel_memory_count:
 *
 * Counts the objects in all slabs, each with the bytes that it occupies there,
 * allocations larger than a slab's, pages of vmalloc (stacks of threads and
 * frames are such) and of percpu memory. These are what a driver allocates.
 *
 * Free pages are not asked for: programs and their files take some, and a
 * processor keeps others on lists of its own. Slabs are counted by objects
 * because the free ones in a slab's pages are no camera's.
 *
 * Caches are dropped first, and what RCU frees late is waited for.
 *
 * Returns: bytes
 */
gint64 kernel_memory_count (void);

#endif
