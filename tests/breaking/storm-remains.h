/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cameras that are gone may have left behind in the kernel. */
#ifndef STORM_REMAINS_H
#define STORM_REMAINS_H

#include <glib.h>

/** How much of everything there is. */
typedef struct _StormRemains StormRemains;

/** Counts, after all that is merely kept for later has been given back. */
StormRemains *storm_remains_count (void);
void storm_remains_free (StormRemains * remains);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StormRemains, storm_remains_free)

/**
 * storm_remains_compare:
 * @cameras: how many have come and gone between @before and @after
 *
 * What is counted exactly must be the same: frames' memory, this process's
 * files, the uses of each module. Of slab objects and pages other programs
 * come and go as well, so of these there must be fewer more than a leak in one
 * of ten cameras would leave. A kernel with kmemleak is left to its scan.
 *
 * Returns: (transfer full) (nullable): the first difference
 */
char *storm_remains_compare (StormRemains * before, StormRemains * after,
    guint cameras);

#endif
