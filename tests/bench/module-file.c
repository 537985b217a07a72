/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"

struct _ModuleFile {
  char *name;
  char *data;
  gsize length;
};

static char *
find (const char *name)
{
  g_autoptr (GBytes) out = command_run ("modinfo", "-n", name, NULL);

  return g_strchomp (
      g_strndup (g_bytes_get_data (out, NULL), g_bytes_get_size (out)));
}

/* objcopy knows nothing of the signature behind the file's end. */
static void
strip (const char *path)
{
  g_bytes_unref (command_run (
      "objcopy", "--strip-debug", "--remove-section=.BTF", path, NULL));
}

static void
unpack (const char *packed, const char *path)
{
  g_autoptr (GBytes) out = g_str_has_suffix (packed, ".xz")
                               ? command_run ("xz", "-dc", packed, NULL)
                               : command_run ("cat", packed, NULL);

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
