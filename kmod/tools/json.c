// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include <string.h>

static void append_string(GString *json, const char *value)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	g_string_append_c(json, '"');
	for (const char *p = valid; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_printf(json, "\\%c", *p);
		else if ((guchar)*p < ' ' || *p == 0x7f)
			g_string_append_printf(json, "\\u%04x", *p);
		else
			g_string_append_c(json, *p);
	}
	g_string_append_c(json, '"');
}

/* What comes before a value: a comma, unless it is the first, and its key */
static void begin(GString *json, const char *key)
{
	if (json->len && !strchr("[{", json->str[json->len - 1]))
		g_string_append_c(json, ',');
	if (!key)
		return;
	append_string(json, key);
	g_string_append_c(json, ':');
}

void json_open(GString *json, const char *key, char bracket)
{
	begin(json, key);
	g_string_append_c(json, bracket);
}

void json_close(GString *json, char bracket)
{
	g_string_append_c(json, bracket);
}

void json_string(GString *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	begin(json, key);
	append_string(json, value);
}

void json_number(GString *json, const char *key, gint64 value)
{
	begin(json, key);
	g_string_append_printf(json, "%" G_GINT64_FORMAT, value);
}

void json_bool(GString *json, const char *key, gboolean value)
{
	begin(json, key);
	g_string_append(json, value ? "true" : "false");
}

void json_null(GString *json, const char *key)
{
	begin(json, key);
	g_string_append(json, "null");
}
