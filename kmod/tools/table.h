/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of words as columns. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <glib.h>

/* Each row of @rows is a GStrv of as many words. */
char *table_format(GPtrArray *rows);

#endif
