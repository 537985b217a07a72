/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the frames of a camera lie, and who writes them.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_MEMORY_H
#define VIRTCAM_MEMORY_H

/**
 * enum virtcam_memory - where the frames of a camera lie
 * @VIRTCAM_MEMORY_VMALLOC: pages of the kernel's address space. Devices that
 *	are coherent with the processor's caches can read them, no others.
 * @VIRTCAM_MEMORY_DMA_SG: pages that any device can read that reaches them without
 *	a bounce buffer of its own (docs/buffers.md). Refused with -EOPNOTSUPP by a
 *	kernel without CONFIG_VIDEOBUF2_DMA_SG.
 * @VIRTCAM_MEMORY_SHARED: as VIRTCAM_MEMORY_VMALLOC, but a buffer of one camera can
 *	become the memory of another one's: virtcam_buffer_join()
 * @VIRTCAM_NUM_MEMORIES: how many there are
 */
enum virtcam_memory {
	VIRTCAM_MEMORY_VMALLOC,
	VIRTCAM_MEMORY_DMA_SG,
	VIRTCAM_MEMORY_SHARED,
	VIRTCAM_NUM_MEMORIES,
};

/**
 * enum virtcam_writer - who writes into buffers
 * @VIRTCAM_WRITER_CPU: the processor, between virtcam_buffer_begin() and
 *	virtcam_buffer_end(). The core maps each buffer before the provider gets
 *	it, and cleans what was written for devices that read it.
 * @VIRTCAM_WRITER_DEVICE: a device, by virtcam_buffer_sg_table(), into
 *	VIRTCAM_MEMORY_DMA_SG only
 */
enum virtcam_writer {
	VIRTCAM_WRITER_CPU,
	VIRTCAM_WRITER_DEVICE,
};

#endif
