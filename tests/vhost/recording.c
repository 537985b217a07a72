/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "recording.h"

#include <stdlib.h>
#include <string.h>

static void
recorded_free (gpointer data)
{
  Recorded *recorded = data;

  g_free (recorded->name);
  g_clear_pointer (&recorded->bytes, g_bytes_unref);
  g_free (recorded);
}

static GBytes *
read_bytes (const gchar *text)
{
  GByteArray *bytes = g_byte_array_new ();

  while (*text && *text != ' ' && *text != '-') {
    guint8 byte = 0;
    gulong n = 1;

    if (*text == '(') {
      g_assert_true (g_str_has_prefix (text, "(00*"));
      n = strtoul (text + 4, (gchar **) &text, 10);
      g_assert_cmpint (*text++, ==, ')');
    } else {
      byte = (guint8) (g_ascii_xdigit_value (text[0]) << 4 |
                       g_ascii_xdigit_value (text[1]));
      text += 2;
    }
    while (n-- > 0)
      g_byte_array_append (bytes, &byte, 1);
  }
  return g_byte_array_free_to_bytes (bytes);
}

/* "8+232" and the like, the second of two; "none" is 0. */
static gsize
read_room (const gchar *line)
{
  const gchar *text = strstr (line, ", ");
  gsize room = 0;

  g_assert_nonnull (text);
  do
    room += strtoul (text + 1, (gchar **) &text, 10);
  while (*text == '+');
  return room;
}

static Recorded *
read_line (const gchar *line)
{
  static const gchar *const marks[] = { "", " C> ", " C< ", " E< " };
  Recorded *recorded;

  if (line[0] == '=') {
    recorded = g_new0 (Recorded, 1);
    recorded->name = g_strdup (line + 3);
    return recorded;
  }
  for (guint kind = RECORDED_COMMAND; kind <= RECORDED_EVENT; kind++) {
    const gchar *mark = line[0] == '#' && g_ascii_isdigit (line[1])
                            ? strstr (line, marks[kind])
                            : NULL;

    if (mark == NULL)
      continue;
    recorded = g_new0 (Recorded, 1);
    recorded->kind = kind;
    recorded->number = (guint) strtoul (line + 1, NULL, 10);
    recorded->bytes = read_bytes (mark + 4);
    if (kind == RECORDED_COMMAND)
      recorded->room = read_room (line);
    return recorded;
  }
  return NULL;
}

GPtrArray *
recording_read (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (recorded_free);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (RECORDING, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    Recorded *recorded = read_line (lines[i]);

    if (recorded)
      g_ptr_array_add (all, recorded);
  }
  return all;
}
