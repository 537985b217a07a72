/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between virtcam and a provider, the maker of frames.
 *
 * A provider states what its camera can do as data (struct virtcam_config) and
 * implements struct virtcam_provider. It sees no ioctl, no file and no vb2
 * type, and it need not think about who still holds the node: the core frees
 * nothing that is in use, and calls nothing of a provider's after
 * virtcam_device_unregister() has returned.
 *
 * docs/providers.md shows how one is written.
 */
#ifndef VIRTCAM_H
#define VIRTCAM_H

#include <linux/types.h>

#include <virtcam/config.h>
#include <virtcam/format.h>

struct device;
struct virtcam_device;

/**
 * struct virtcam_frame - an empty frame to fill
 * @data: its memory in the kernel's address space, mode->sizeimage bytes,
 *	laid out as virtcam_mode_plane_offset() says; NULL never
 * @sequence: the frame's number in the stream
 * @timestamp: the capture time, CLOCK_MONOTONIC in nanoseconds. Set by the
 *	core if the provider draws, by the provider otherwise
 * @elapsed: nanoseconds from frame 0 to @timestamp (drawing providers only)
 */
struct virtcam_frame {
	void *data;
	u32 sequence;
	u64 timestamp;
	u64 elapsed;
};

/**
 * struct virtcam_control - a V4L2 control of a provider, as data
 * @id: V4L2_CID_* of a standard control; its name and type come from there
 * @min: smallest value
 * @max: largest value
 * @step: distance of two values; (@max - @min) is a multiple of it
 * @def: value to begin with
 * @menu: for a menu, @max + 1 names; NULL otherwise
 */
struct virtcam_control {
	u32 id;
	s32 min;
	s32 max;
	s32 step;
	s32 def;
	const char * const *menu;
};

/**
 * struct virtcam_provider - what a provider does
 * @controls: its V4L2 controls, or NULL
 * @num_controls: how many
 * @start: begin to deliver frames of @mode, which stays valid until @stop.
 *	May sleep. Called under the device's mutex; not called twice without
 *	@stop. A negative errno is what STREAMON returns.
 * @stop: no frame after this returns. May sleep. Called under the device's
 *	mutex. Frames that the provider holds must be completed before it
 *	returns.
 * @draw: fill one frame. If this is set the core keeps the time: it calls
 *	@draw at each deadline for which there is an empty frame, from a thread,
 *	with no lock held that an ioctl takes, between @start and @stop. May
 *	sleep; must end within a frame interval on average. Where the config's
 *	pacing is VIRTCAM_PACE_NONE it calls @draw for each empty frame instead.
 *	If it is NULL, the provider calls virtcam_frame_take() and
 *	virtcam_frame_done() as it pleases.
 * @set_control: a control has a new value, in range. May be called at any
 *	time, also before @start and beside @draw, under the control lock,
 *	which no other call takes; must not sleep for long.
 */
struct virtcam_provider {
	const struct virtcam_control *controls;
	unsigned int num_controls;

	int (*start)(void *priv, const struct virtcam_mode *mode);
	void (*stop)(void *priv);
	void (*draw)(void *priv, const struct virtcam_frame *frame);
	void (*set_control)(void *priv, u32 id, s32 value);
};

struct virtcam_device *
virtcam_device_register(struct device *parent,
			const struct virtcam_config *config,
			const struct virtcam_provider *provider, void *priv);
void virtcam_device_unregister(struct virtcam_device *vcam);
const char *virtcam_device_node_name(struct virtcam_device *vcam);

struct virtcam_frame *virtcam_frame_take(struct virtcam_device *vcam,
					 u32 sequence);
void virtcam_frame_done(struct virtcam_device *vcam,
			struct virtcam_frame *frame, bool good);
void virtcam_frame_drop(struct virtcam_device *vcam, u32 sequence, u32 count);

#endif
