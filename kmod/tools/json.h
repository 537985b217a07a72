/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON. That takes less code than a library's calls would, since all that
 * is to be got right is commas and what a string may hold.
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <glib.h>

/* @key is NULL in an array and at the top; a string that is NULL is null. */
void json_open(GString *json, const char *key, char bracket);
void json_close(GString *json, char bracket);
void json_string(GString *json, const char *key, const char *value);
void json_number(GString *json, const char *key, gint64 value);
void json_bool(GString *json, const char *key, gboolean value);
void json_null(GString *json, const char *key);

#endif
