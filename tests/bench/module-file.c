/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module-file.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct _ModuleFile {
  char *name;
  char *data;
  gsize length;
};

/* Returns: what the command prints */
static GBytes *
run (const char *const *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (command, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  GBytes *out = NULL;

  if (!process ||
      !g_subprocess_communicate (process, NULL, NULL, &out, NULL, &error) ||
      !g_subprocess_get_successful (process))
    g_error ("%s: %s", command[0], error ? error->message : "it failed");
  return out;
}

static char *
find (const char *name)
{
  const char *command[] = { "modinfo", "-n", name, NULL };
  g_autoptr (GBytes) out = run (command);

  return g_strchomp (
      g_strndup (g_bytes_get_data (out, NULL), g_bytes_get_size (out)));
}

/* objcopy knows nothing of the signature behind the file's end. */
static void
strip (const char *path)
{
  const char *command[] = { "objcopy", "--strip-debug", "--remove-section=.BTF",
    path, NULL };

  g_bytes_unref (run (command));
}

static void
unpack (const char *packed, const char *path)
{
  const char *cat[] = { "cat", packed, NULL };
  const char *xz[] = { "xz", "-dc", packed, NULL };
  g_autoptr (GBytes) out = run (g_str_has_suffix (packed, ".xz") ? xz : cat);

  if (!g_file_set_contents (
          path, g_bytes_get_data (out, NULL), g_bytes_get_size (out), NULL))
    g_error ("%s cannot be written", path);
}

ModuleFile *
module_file_read (const char *name)
{
  ModuleFile *file = g_new0 (ModuleFile, 1);
  g_autofree char *packed = find (name);
  g_autofree char *path =
      g_strdup_printf ("%s/%s-bench.ko", g_get_tmp_dir (), name);

  unpack (packed, path);
  strip (path);
  if (!g_file_get_contents (path, &file->data, &file->length, NULL))
    g_error ("%s cannot be read", path);
  unlink (path);
  file->name = g_strdup (name);
  return file;
}

void
module_file_free (ModuleFile *file)
{
  if (!file)
    return;
  g_free (file->name);
  g_free (file->data);
  g_free (file);
}

void
module_file_load (ModuleFile *file, const char *parameters)
{
  if (syscall (SYS_init_module, file->data, file->length, parameters) < 0)
    g_error ("loading %s: %m", file->name);
}

void
module_file_remove (ModuleFile *file)
{
  if (syscall (SYS_delete_module, file->name, O_NONBLOCK) < 0)
    g_error ("removing %s: %m", file->name);
}
