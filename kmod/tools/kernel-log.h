/* SPDX-License-Identifier: GPL-2.0-only */
/* What the modules say in the kernel log. */
#ifndef TOOLS_KERNEL_LOG_H
#define TOOLS_KERNEL_LOG_H

#include <glib.h>

int kernel_log_open(gboolean from_now);
GPtrArray *kernel_log_read(int fd);
char *kernel_log_reason(int fd, const char *part);

#endif
