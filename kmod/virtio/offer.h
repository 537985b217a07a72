/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host's camera has to offer, asked once and kept: programs are answered
 * from this, whatever the host says later.
 */
#ifndef VIRTIO_OFFER_H
#define VIRTIO_OFFER_H

#include <linux/list.h>

#include <virtcam/modes.h>
#include <virtcam/provider.h>

#include "host.h"

#define VMCAM_MAX_FORMATS 32
#define VMCAM_MAX_CONTROLS 128

/**
 * struct vmcam_modes - the modes of the host's camera that a camera here can have
 * @modes: these
 * @formats: what @modes point to
 * @memory: what @formats point to
 */
struct vmcam_modes {
	struct virtcam_modes modes;
	struct virtcam_format_modes formats[VMCAM_MAX_FORMATS];
	struct list_head memory;
};

/**
 * struct vmcam_controls - likewise its controls
 * @num: how many there are
 * @control: these
 * @value: their values, when they were asked
 * @memory: what @control points to
 */
struct vmcam_controls {
	unsigned int num;
	struct virtcam_control control[VMCAM_MAX_CONTROLS];
	s64 value[VMCAM_MAX_CONTROLS];
	struct list_head memory;
};

int vmcam_config_read(struct vmcam_host *host, char *card);
int vmcam_memory_choose(struct vmcam_host *host, u32 session, u32 *memory);

struct vmcam_modes *vmcam_modes_read(struct vmcam_host *host, u32 session);
bool vmcam_modes_equal(const struct vmcam_modes *a,
		       const struct vmcam_modes *b);
void vmcam_modes_destroy(struct vmcam_modes *modes);
struct vmcam_controls *vmcam_controls_read(struct vmcam_host *host,
					   u32 session);
void vmcam_controls_destroy(struct vmcam_controls *controls);

int vmcam_control_set(struct vmcam_host *host, u32 session,
		      const struct virtcam_control *control, s64 *value);
const struct virtcam_control *
vmcam_controls_find(const struct vmcam_controls *controls, u32 id);

void *vmcam_offer_alloc(struct list_head *memory, size_t size);
void vmcam_offer_free(struct list_head *memory);

#endif
