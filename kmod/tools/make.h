/* SPDX-License-Identifier: GPL-2.0-only */
/* Making a camera of a directory that has its settings. */
#ifndef TOOLS_MAKE_H
#define TOOLS_MAKE_H

#include <glib.h>

gboolean make_enable(const char *name, const char *enabled, GError **error);

#endif
