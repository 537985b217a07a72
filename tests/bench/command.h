/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other programs, which succeed, or end this one. */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include <glib.h>

/**
 * command_run:
 * @program: the first of its words, ended by NULL
 *
 * Returns: (transfer full): what it printed
 */
GBytes *command_run (const char *program, ...) G_GNUC_NULL_TERMINATED;

#endif
