/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a measurement prints, and the clock that it is read from. */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include <glib.h>

/* Of --icount. Elsewhere instructions are nanoseconds all the same, halved. */
#define NS_PER_INSTRUCTION 2

/**
 * figure_print:
 * @value: the figure; its unit is the row's (rows.py)
 * @name: printf format of the figure's name, words separated by slashes
 *
 * One line that tests/bench/run reads: "figure", name and value.
 */
void figure_print (double value, const char *name, ...) G_GNUC_PRINTF (2, 3);

/**
 * instructions_of_process:
 *
 * Returns: what this process has executed so far, kernel and all threads
 * included, where time counts instructions of two nanoseconds (--icount)
 */
gint64 instructions_of_process (void);

/**
 * thread_open:
 * @name: of a kernel thread, whole or the 15 bytes that the kernel keeps
 *
 * Returns: the thread, as a file to be closed; where there is none the program
 * ends
 */
int thread_open (const char *name);

/** Returns: what the thread has executed so far, as above */
gint64 instructions_of_thread (int thread);

/** Smallest first. */
void figures_sort (gint64 *values, gsize count);

#endif
