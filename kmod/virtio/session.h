/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session of the host's camera, with buffers; and what the host may still write
 * into where it does not answer.
 */
#ifndef VIRTIO_SESSION_H
#define VIRTIO_SESSION_H

#include <linux/list.h>

#include "host.h"
#include "slot.h"

/* How many buffers of the host's there are at most */
#define VMCAM_MAX_SLOTS 32

/**
 * struct vmcam_session - a session
 * @list: in vmcam_host.lost, once nobody uses it any more
 * @host: the host
 * @id: its number
 * @close: ends it
 * @until: when it has to be ready for a stream, in jiffies
 * @pins: pages that the host has been told of. They do not go back to the kernel
 *	before the session has ended, or the device was reset: some hosts write back
 *	late.
 * @num_slots: how many buffers the host has
 * @slot: these
 */
struct vmcam_session {
	struct list_head list;
	struct vmcam_host *host;
	u32 id;
	struct vmcam_command *close;
	unsigned long until;
	struct list_head pins;
	unsigned int num_slots;
	struct vmcam_slot slot[VMCAM_MAX_SLOTS];
};

struct vmcam_session *vmcam_session_open(struct vmcam_host *host);
void vmcam_session_close(struct vmcam_session *session);
int vmcam_session_ioctl(struct vmcam_session *session, unsigned int nr,
			void *payload, u32 out_size, u32 in_size);
int vmcam_session_make_slots(struct vmcam_session *session, u32 memory,
			     u32 length);
int vmcam_sessions_end(struct vmcam_host *host, unsigned int ms);
void vmcam_sessions_forget(struct vmcam_host *host);

#endif
