/* SPDX-License-Identifier: GPL-2.0-only */
/* A stream: a session of its own, from STREAMON to STREAMOFF. */
#ifndef VIRTIO_STREAM_H
#define VIRTIO_STREAM_H

#include <linux/list.h>
#include <linux/workqueue.h>

#include <virtcam/provider.h>

#include "clock.h"
#include "host.h"
#include "session.h"

/**
 * struct vmcam_stream - a stream, or none
 * @host: the host
 * @camera: the camera
 * @memory: V4L2_MEMORY_MMAP or WIRE_MEMORY_SHARED_PAGES
 * @lends: frames are pages that the host can be told of
 * @length: bytes that the host wants a buffer to have
 * @copier: copies frames, and gives slots memory to copy from
 * @suspended: it goes on after vmcam_stream_resume()
 * @session: its session; NULL while there is no stream
 * @mode: what programs get
 * @from: what the host gives: strides and sizes may differ
 * @running: between start and stop; guarded by the host's lock, as all below
 * @failed: programs know that it cannot go on
 * @waiting: frames that no slot has taken yet
 * @filled: slots whose frame @copier delivers, oldest first
 * @copying: @copier is about to deliver one
 * @clock: of this stream
 */
struct vmcam_stream {
	struct vmcam_host *host;
	struct virtcam_camera *camera;
	u32 memory;
	bool lends;
	u32 length;
	struct work_struct copier;
	bool suspended;
	struct vmcam_session *session;
	struct virtcam_mode mode;
	struct virtcam_mode from;

	bool running;
	bool failed;
	struct list_head waiting;
	struct list_head filled;
	bool copying;
	struct vmcam_clock clock;
};

int vmcam_stream_set_up(struct vmcam_stream *stream);

void vmcam_stream_init(struct vmcam_stream *stream, struct vmcam_host *host);
int vmcam_stream_start(struct vmcam_stream *stream,
		       const struct virtcam_mode *mode);
void vmcam_stream_stop(struct vmcam_stream *stream);
void vmcam_stream_suspend(struct vmcam_stream *stream);
void vmcam_stream_resume(struct vmcam_stream *stream);
void vmcam_stream_queue(struct vmcam_stream *stream,
			struct virtcam_buffer *buffer);
void vmcam_stream_room(struct vmcam_stream *stream);
void vmcam_stream_news(struct vmcam_stream *stream,
		       const struct wire_news *news);

#endif
