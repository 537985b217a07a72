/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pacer keeps time for a provider that draws: it collects empty buffers, calls
 * the provider's draw() from a thread at each frame's deadline, and delivers.
 */
#ifndef VIRTCAM_PACER_H
#define VIRTCAM_PACER_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <virtcam/pacing.h>
#include <virtcam/provider.h>

struct task_struct;

/**
 * struct virtcam_frame - an empty frame to draw
 * @data: its memory, the mode's sizeimage bytes, laid out as
 *	virtcam_mode_plane_offset() says
 * @sequence: its number in the stream
 * @timestamp: its time of capture, CLOCK_MONOTONIC in nanoseconds
 * @elapsed: nanoseconds from the first frame to @timestamp
 */
struct virtcam_frame {
	void *data;
	u32 sequence;
	u64 timestamp;
	u64 elapsed;
};

/**
 * struct virtcam_pacer - what keeps the time of a camera
 * @camera: the camera
 * @draw: fills a frame; see virtcam_pacer_init()
 * @priv: handed to @draw
 * @pace: when frames are drawn
 * @thread: calls @draw while the stream runs; NULL otherwise
 * @pacing: when which frame is due; the thread's own
 * @running: the thread has been woken for the first time; queue()'s own
 * @refilled: woken when @empty gets a buffer, where the pace is
 *	VIRTCAM_PACE_NONE; the thread waits
 * @lock: guards @empty. Nothing is called under it.
 * @empty: buffers to fill, oldest first
 */
struct virtcam_pacer {
	struct virtcam_camera *camera;
	void (*draw)(void *priv, const struct virtcam_frame *frame);
	void *priv;
	enum virtcam_pace pace;
	struct task_struct *thread;
	struct virtcam_pacing pacing;
	bool running;
	wait_queue_head_t refilled;
	spinlock_t lock; /* guards empty */
	struct list_head empty;
};

void virtcam_pacer_init(struct virtcam_pacer *pacer,
			struct virtcam_camera *camera, enum virtcam_pace pace,
			void (*draw)(void *priv,
				     const struct virtcam_frame *frame),
			void *priv);
int virtcam_pacer_start(struct virtcam_pacer *pacer,
			const struct virtcam_mode *mode);
void virtcam_pacer_queue(struct virtcam_pacer *pacer,
			 struct virtcam_buffer *buffer);
void virtcam_pacer_stop(struct virtcam_pacer *pacer);

#endif
