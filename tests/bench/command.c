/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <gio/gio.h>

static GPtrArray *
collect (const char *first, va_list rest)
{
  GPtrArray *words = g_ptr_array_new ();

  for (const char *word = first; word; word = va_arg (rest, const char *))
    g_ptr_array_add (words, (gpointer) word);
  g_ptr_array_add (words, NULL);
  return words;
}

GBytes *
command_run (const char *program, ...)
{
  g_autoptr (GPtrArray) words = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *out = NULL;
  va_list rest;

  va_start (rest, program);
  words = collect (program, rest);
  va_end (rest);
  process = g_subprocess_newv ((const char *const *) words->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (!process ||
      !g_subprocess_communicate (process, NULL, NULL, &out, NULL, &error) ||
      !g_subprocess_get_successful (process)) {
    g_autofree char *line = g_strjoinv (" ", (char **) words->pdata);

    g_error ("%s: %s", line, error ? error->message : "it failed");
  }
  return out;
}
