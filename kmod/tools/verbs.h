/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs, each in a file of its own. The first of its words is the verb. */
#ifndef TOOLS_VERBS_H
#define TOOLS_VERBS_H

#include <glib.h>

typedef gboolean (*verb_run)(int argc, char **argv, GError **error);

gboolean verb_add(int argc, char **argv, GError **error);
gboolean verb_list(int argc, char **argv, GError **error);
gboolean verb_show(int argc, char **argv, GError **error);
gboolean verb_set(int argc, char **argv, GError **error);
gboolean verb_remove(int argc, char **argv, GError **error);
gboolean verb_apply(int argc, char **argv, GError **error);
gboolean verb_monitor(int argc, char **argv, GError **error);
gboolean verb_report(int argc, char **argv, GError **error);

#endif
