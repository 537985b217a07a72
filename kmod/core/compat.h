/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every check of a kernel version in this tree. The floor is 6.1.
 *
 * A branch goes when the floor passes it.
 */
#ifndef VIRTCAM_COMPAT_H
#define VIRTCAM_COMPAT_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <media/v4l2-fh.h>
#include <media/videobuf2-core.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "virtcam needs Linux 6.1 or newer"
#endif

/* 6.3: flags of an area of memory are changed by functions. */
static inline void virtcam_compat_vm_flags_set(struct vm_area_struct *vma,
					       unsigned long flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags |= flags;
#else
	vm_flags_set(vma, flags);
#endif
}

/*
 * 6.8: how many buffers there are, and the number of queued buffers that
 * start_streaming() waits for.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define virtcam_compat_min_queued(q) ((q)->min_buffers_needed)
#define virtcam_compat_num_buffers(q) ((q)->num_buffers)
#else
#define virtcam_compat_min_queued(q) ((q)->min_queued_buffers)
#define virtcam_compat_num_buffers(q) vb2_get_num_buffers(q)
#endif

/* 6.10: VIDIOC_REMOVE_BUFS */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define VIRTCAM_COMPAT_REMOVE_BUFS
#else
#define VIRTCAM_COMPAT_REMOVE_BUFS .vidioc_remove_bufs = vb2_ioctl_remove_bufs,
#endif

/* 6.13: a namespace is a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define VIRTCAM_COMPAT_IMPORT_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#else
#define VIRTCAM_COMPAT_IMPORT_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#endif

/* 6.18: the file goes to v4l2_fh_add(), which keeps the handle in it. */
static inline void virtcam_compat_fh_add(struct v4l2_fh *fh, struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	file->private_data = fh;
	v4l2_fh_add(fh);
#else
	v4l2_fh_add(fh, file);
#endif
}

/* 7.0: vb2 lets go of q->lock by itself while DQBUF waits. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define VIRTCAM_COMPAT_WAIT_OPS(prepare, finish)	\
	.wait_prepare = prepare,			\
	.wait_finish = finish,
#else
#define VIRTCAM_COMPAT_WAIT_OPS(prepare, finish)
#endif

#endif
