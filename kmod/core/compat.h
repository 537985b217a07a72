/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every check of a kernel version in this tree. The floor is 6.1.
 *
 * A branch goes when the floor passes it.
 */
#ifndef VIRTCAM_COMPAT_H
#define VIRTCAM_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "virtcam needs Linux 6.1 or newer"
#endif

/* 6.8: the number of queued buffers that start_streaming() waits for. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define virtcam_compat_min_queued(q) ((q)->min_buffers_needed)
#else
#define virtcam_compat_min_queued(q) ((q)->min_queued_buffers)
#endif

/* 6.10: VIDIOC_REMOVE_BUFS */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define VIRTCAM_COMPAT_REMOVE_BUFS
#else
#define VIRTCAM_COMPAT_REMOVE_BUFS .vidioc_remove_bufs = vb2_ioctl_remove_bufs,
#endif

/* 6.11: a platform driver's remove() returns nothing. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define VIRTCAM_COMPAT_REMOVE_TYPE int
#define VIRTCAM_COMPAT_REMOVED 0
#else
#define VIRTCAM_COMPAT_REMOVE_TYPE void
#define VIRTCAM_COMPAT_REMOVED
#endif

/* 6.13: a namespace is a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define VIRTCAM_COMPAT_IMPORT_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#else
#define VIRTCAM_COMPAT_IMPORT_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#endif

/* 7.0: vb2 lets go of q->lock by itself while DQBUF waits. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define VIRTCAM_COMPAT_WAIT_OPS(prepare, finish)	\
	.wait_prepare = prepare,			\
	.wait_finish = finish,
#else
#define VIRTCAM_COMPAT_WAIT_OPS(prepare, finish)
#endif

#endif
