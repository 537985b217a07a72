/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A camera's settings as data, checked before a camera exists.
 *
 * Pure.
 */
#ifndef VIRTCAM_CONFIG_H
#define VIRTCAM_CONFIG_H

#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/format.h>

/* Bytes of a card name with its NUL: v4l2_capability.card */
#define VIRTCAM_CARD_SIZE 32
#define VIRTCAM_MAX_FORMATS 16
#define VIRTCAM_MAX_SIZES 16
#define VIRTCAM_MAX_INTERVALS 16
/* Bytes that hold any setting as text, with its NUL */
#define VIRTCAM_TEXT_SIZE 512

/**
 * enum virtcam_memory - who allocates frames
 * @VIRTCAM_MEMORY_VMALLOC: pages of the kernel's address space
 * @VIRTCAM_MEMORY_DMA_SG: scattered pages that devices can reach
 */
enum virtcam_memory {
	VIRTCAM_MEMORY_VMALLOC,
	VIRTCAM_MEMORY_DMA_SG,
};

/**
 * enum virtcam_pace - when frames of a provider that draws are drawn
 * @VIRTCAM_PACE_INTERVAL: at the deadlines of the frame interval
 * @VIRTCAM_PACE_NONE: as soon as there is an empty buffer
 */
enum virtcam_pace {
	VIRTCAM_PACE_INTERVAL,
	VIRTCAM_PACE_NONE,
};

struct virtcam_size {
	u32 width;
	u32 height;
};

/**
 * struct virtcam_config - what a camera can do
 * @card: its name, NUL-terminated
 * @formats: indices into virtcam_formats, in the order of enumeration
 * @num_formats: at least 1
 * @sizes: discrete sizes, all of them with every format
 * @num_sizes: at least 1
 * @intervals: discrete frame intervals in seconds, with every size
 * @num_intervals: at least 1
 * @memory: who allocates frames
 * @pacing: when frames are drawn
 */
struct virtcam_config {
	char card[VIRTCAM_CARD_SIZE];
	u8 formats[VIRTCAM_MAX_FORMATS];
	unsigned int num_formats;
	struct virtcam_size sizes[VIRTCAM_MAX_SIZES];
	unsigned int num_sizes;
	struct v4l2_fract intervals[VIRTCAM_MAX_INTERVALS];
	unsigned int num_intervals;
	enum virtcam_memory memory;
	enum virtcam_pace pacing;
};

/**
 * struct virtcam_setting - one setting as text
 * @name: what users call it
 * @allowed: what a value may be, for an error message
 * @parse: takes @text, which it may change, into @config;
 *	-EINVAL and @config as it was if @text is not allowed
 * @print: writes the value without a newline, returns its length
 */
struct virtcam_setting {
	const char *name;
	const char *allowed;
	int (*parse)(struct virtcam_config *config, char *text);
	int (*print)(const struct virtcam_config *config, char *text,
		     size_t size);
};

enum virtcam_setting_id {
	VIRTCAM_SETTING_CARD,
	VIRTCAM_SETTING_FORMATS,
	VIRTCAM_SETTING_SIZES,
	VIRTCAM_SETTING_INTERVALS,
	VIRTCAM_SETTING_MEMORY,
	VIRTCAM_SETTING_PACING,
	VIRTCAM_NUM_SETTINGS,
};

extern const struct virtcam_setting virtcam_settings[VIRTCAM_NUM_SETTINGS];

void virtcam_config_init(struct virtcam_config *config, const char *card);
void virtcam_config_default_mode(const struct virtcam_config *config,
				 struct virtcam_mode *mode);
u32 virtcam_config_largest_image(const struct virtcam_config *config);

#endif
