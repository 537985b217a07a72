/* SPDX-License-Identifier: GPL-2.0-only */
/* A camera of the host's, from the inside, and its session that hears of news. */
#ifndef VIRTIO_LISTEN_H
#define VIRTIO_LISTEN_H

#include <linux/workqueue.h>

#include "host.h"
#include "offer.h"
#include "stream.h"

/**
 * struct vmcam_camera - a camera of the host's
 * @host: the way to the host
 * @provider: what the core calls
 * @camera: the core's
 * @modes: what it offers
 * @controls: likewise
 * @stream: its frames
 * @card: its name
 * @listening: @session is open
 * @session: the session that is as long as the camera
 * @close: ends it
 * @registered: programs may see it; @listener may call the core
 * @listener: takes the news
 * @hears_after: when a session that was lost is begun anew at the earliest, in jiffies
 * @new_modes: the host has other modes; guarded by the host's lock, as all below
 * @unheard: the host may have other modes, and has not been heard saying so
 * @lost_session: the host has ended @session
 * @new_values: which controls have another value
 * @value: these
 */
struct vmcam_camera {
	struct vmcam_host host;
	struct virtcam_provider provider;
	struct virtcam_camera *camera;
	struct vmcam_modes *modes;
	struct vmcam_controls *controls;
	struct vmcam_stream stream;
	char card[VIRTCAM_CARD_SIZE];
	bool listening;
	u32 session;
	struct vmcam_command *close;
	bool registered;
	struct delayed_work listener;
	u64 hears_after;

	bool new_modes;
	bool unheard;
	bool lost_session;
	DECLARE_BITMAP(new_values, VMCAM_MAX_CONTROLS);
	s64 value[VMCAM_MAX_CONTROLS];
};

int vmcam_listen(struct vmcam_camera *vm);
void vmcam_listen_set(struct vmcam_camera *vm, bool listening, u32 session);
void vmcam_listen_news(void *priv, const struct wire_news *news);
void vmcam_listen_work(struct work_struct *work);

#endif
