/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system says of the module. */
#ifndef TOOLS_SYSTEM_H
#define TOOLS_SYSTEM_H

#include "trouble.h"

#define SYSTEM_CONFIGFS "/sys/kernel/config"
#define SYSTEM_DIRECTORIES SYSTEM_CONFIGFS "/virtcam"

char *system_read(const char *path);
char *system_run(const char *const *command, gboolean *failed);
gboolean system_is_loaded(void);
gboolean system_has_secure_boot(void);
gboolean system_can_make(GError **error);

#endif
