/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every ioctl that a node gets, told by the kernel's V4L2 core itself: whatever
 * library makes the call, and whether the driver knows it or not. */
#pragma once

#include "kernel-log.h"

typedef struct _Ioctls Ioctls;

/* From now on, of whatever process. QBUF and DQBUF are not told. */
Ioctls *ioctls_watch (const char *node);
/* How often since; name: such as "VIDIOC_S_FMT", or "open", or NULL for every
 * ioctl. */
guint ioctls_count (Ioctls *ioctls, const char *name);
const char *ioctls_read (Ioctls *ioctls);
void ioctls_free (Ioctls *ioctls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ioctls, ioctls_free)
