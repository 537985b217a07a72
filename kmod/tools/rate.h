/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames a second, as people say it; attributes have seconds a frame. */
#ifndef TOOLS_RATE_H
#define TOOLS_RATE_H

#include <glib.h>

char *rate_to_interval(const char *rate, GError **error);
char *rate_of_interval(guint32 numerator, guint32 denominator);

#endif
