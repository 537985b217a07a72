/* SPDX-License-Identifier: GPL-2.0-only */
/* A buffer, as vb2, the core and the provider see it. */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <media/videobuf2-v4l2.h>

#include <virtcam/provider.h>

/*
 * How far a timestamp may lie ahead of the clock, or before the start of the
 * stream; what lies further is wrong.
 */
#define MAX_SKEW NSEC_PER_SEC

/**
 * struct queue_buffer - a buffer, as the core sees it
 * @vb: as vb2 sees it; its first member, since vb2 allocates it
 * @buffer: as the provider sees it
 * @list: in one of the camera's lists, or in none
 * @data: its address for the processor, where that writes
 */
struct queue_buffer {
	struct vb2_v4l2_buffer vb;
	struct virtcam_buffer buffer;
	struct list_head list;
	void *data;
};

static inline struct queue_buffer *queue_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct queue_buffer, vb);
}

static inline struct vb2_buffer *queue_vb(struct virtcam_buffer *buffer)
{
	return &container_of(buffer, struct queue_buffer, buffer)->vb.vb2_buf;
}

/* queue.c */
struct shared_memory *virtcam_queue_shared(const struct virtcam_buffer *buffer);

#endif
