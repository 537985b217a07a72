/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A buffer of the host's, and whose memory it is: the frame's own pages, lent; or
 * memory that frames are copied from, pages of ours or the host's shared memory.
 */
#ifndef VIRTIO_SLOT_H
#define VIRTIO_SLOT_H

#include <linux/list.h>

#include <virtcam/provider.h>

#include "host.h"

/**
 * struct vmcam_pages - neighbouring pages
 * @first: the first one
 * @num: how many
 */
struct vmcam_pages {
	struct page *first;
	unsigned int num;
};

/**
 * struct vmcam_pin - the pages of a frame, held
 * @list: in vmcam_session.pins
 * @num: how many pieces of memory they are
 * @pages: these
 */
struct vmcam_pin {
	struct list_head list;
	unsigned int num;
	struct vmcam_pages pages[];
};

/**
 * struct vmcam_slot - a buffer of the host's
 * @list: in vmcam_stream.filled
 * @buffer: the frame that is to be filled; NULL: the slot is free
 * @queued: the host has been told, and has not given it back
 * @copied: the frame is copied from @source, instead of having been lent
 * @starved: a frame waits for @source
 * @command: tells the host; its tail says where the pages are
 * @max_pages: how many pieces of memory the tail has room for
 * @length: bytes that the host has room for
 * @source: memory that the host writes into, or NULL
 * @shared: @source is the host's shared memory
 * @address: where in its region the host has placed the buffer
 * @unmap: undoes that; or NULL
 * @done: what became of the frame
 * @offset: where in @source it begins
 * @lost: how many frames the host lost before it
 */
struct vmcam_slot {
	struct list_head list;
	struct virtcam_buffer *buffer;
	bool queued;
	bool copied;
	bool starved;
	struct vmcam_command *command;
	unsigned int max_pages;
	u32 length;
	void *source;
	bool shared;
	u64 address;
	struct vmcam_command *unmap;
	struct virtcam_done done;
	u32 offset;
	u32 lost;
};

int vmcam_slot_init(struct vmcam_slot *slot, const struct vmcam_host *host,
		    u32 session, unsigned int index, u32 memory, u32 length);
void vmcam_slot_finish(struct vmcam_slot *slot, struct vmcam_host *host);
bool vmcam_slot_is_free(const struct vmcam_slot *slot);
bool vmcam_slot_lend(struct vmcam_slot *slot, struct list_head *pins,
		     struct virtcam_buffer *buffer);
void vmcam_pins_free(struct list_head *pins);
void *vmcam_slot_make_source(const struct vmcam_slot *slot);
void vmcam_slot_use_source(struct vmcam_slot *slot);
int vmcam_slot_map(struct vmcam_slot *slot, struct vmcam_host *host,
		   u32 session, unsigned int index, unsigned long until);

#endif
