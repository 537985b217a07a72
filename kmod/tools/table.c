// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

static glong column_width(GPtrArray *rows, guint column)
{
	glong width = 0;

	for (guint i = 0; i < rows->len; i++) {
		char **row = rows->pdata[i];

		width = MAX(width, g_utf8_strlen(row[column], -1));
	}
	return width;
}

static void append_row(GString *text, GPtrArray *rows, char **row)
{
	for (guint column = 0; row[column]; column++) {
		glong gap = column_width(rows, column) -
			    g_utf8_strlen(row[column], -1) + 2;

		g_string_append(text, row[column]);
		while (row[column + 1] && gap--)
			g_string_append_c(text, ' ');
	}
	g_string_append_c(text, '\n');
}

char *table_format(GPtrArray *rows)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++)
		append_row(text, rows, rows->pdata[i]);
	return g_string_free(text, FALSE);
}
