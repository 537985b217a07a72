/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* An allocator of memory with a file descriptor, such as GstShmAllocator, which
 * GStreamer has from 1.24 on. Its base class says of all its kind that they are
 * custom, but this one can allocate. */
GstAllocator *memfd_allocator_new (void);
