/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel module in memory, loaded and removed by system calls alone. */
#ifndef BENCH_MODULE_FILE_H
#define BENCH_MODULE_FILE_H

#include <glib.h>

typedef struct _ModuleFile ModuleFile;

/**
 * module_file_read:
 *
 * Reads the module that modprobe would load, and takes off it what one builder
 * adds and another does not: debug information, BTF and the signature.
 */
ModuleFile *module_file_read (const char *name);
void module_file_free (ModuleFile *file);

/** What the module depends on must be loaded. */
void module_file_load (ModuleFile *file, const char *parameters);
void module_file_remove (ModuleFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModuleFile, module_file_free)

#endif
