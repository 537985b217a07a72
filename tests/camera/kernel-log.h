/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel said since a test began.
 */
#ifndef TEST_KERNEL_LOG_H
#define TEST_KERNEL_LOG_H

#include <glib.h>

/**
 * KernelLog:
 *
 * A place in the kernel log, and every line read from there on.
 */
typedef struct _KernelLog KernelLog;

/**
 * kernel_log_open:
 *
 * Returns: (transfer full): the log from now on
 */
KernelLog *kernel_log_open (void);

/**
 * kernel_log_read:
 *
 * Returns: (transfer none): all lines since kernel_log_open(), valid until the
 *   next call
 */
const char *kernel_log_read (KernelLog * log);

/**
 * kernel_log_note:
 *
 * Writes a line to the log, with "virtcam-test: " before it. Some are for
 * tests/guest/klog.sh, which judges what follows less strictly.
 */
void kernel_log_note (const char *text);

/**
 * kernel_log_await:
 *
 * Waits until the log has @words. Ends the test program if they do not come.
 */
void kernel_log_await (KernelLog * log, const char *words);

/**
 * kernel_log_find_trouble:
 *
 * Returns: (transfer full) (nullable): the first line that tells of a kernel
 *   bug (WARNING, BUG, Oops, lockdep, KASAN, ...), NULL if there is none
 */
char *kernel_log_find_trouble (KernelLog * log);

void kernel_log_close (KernelLog * log);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KernelLog, kernel_log_close)

#endif
