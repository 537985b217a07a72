/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings on the command line. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <glib.h>

gboolean options_parse(const char *usage, const char *summary,
		       const GOptionEntry *entries, int *argc, char ***argv,
		       GPtrArray *settings, GError **error);

#endif
