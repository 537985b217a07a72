/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels, for the module beside this file. */
#ifndef MISBEHAVE_COMPAT_H
#define MISBEHAVE_COMPAT_H

#include <linux/timer.h>
#include <linux/version.h>

/* 6.2: a new name; the old one goes in 6.15. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

#endif
