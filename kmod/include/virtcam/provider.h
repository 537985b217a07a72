/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the core and a provider, the maker of frames; or, of a node
 * that programs give frames to, the taker.
 *
 * A provider states as data what its camera can do and implements struct
 * virtcam_provider. It sees no ioctl, no file and no vb2 type, and it need not
 * think about who still holds the node: the core frees nothing that is in use,
 * and calls no function of a provider after virtcam_camera_unregister() has
 * returned.
 *
 * The life of a camera:
 *
 *	virtcam_camera_alloc()		the provider has its handle
 *	virtcam_camera_register()	programs can open the node
 *	  start()			a program starts the stream
 *	    queue()			an empty buffer, for each
 *	    virtcam_camera_done()	a frame, for each
 *	  stop()
 *	virtcam_camera_unregister()	cancel(), stop(), and nothing any more
 *
 * docs/providers.md shows how a provider is written.
 */
#ifndef VIRTCAM_PROVIDER_H
#define VIRTCAM_PROVIDER_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/format.h>
#include <virtcam/memory.h>
#include <virtcam/modes.h>

struct device;
struct dma_buf;
struct iov_iter;
struct sg_table;
struct virtcam_camera;

/* Bytes of a card name with its NUL: v4l2_capability.card */
#define VIRTCAM_CARD_SIZE 32
/* How many cameras a device can have */
#define VIRTCAM_MAX_INDEX 16

/**
 * enum virtcam_direction - what programs do with a node
 * @VIRTCAM_CAPTURE: they take frames from it: buffers come to the provider empty
 * @VIRTCAM_OUTPUT: they give frames to it: buffers come to the provider full
 */
enum virtcam_direction {
	VIRTCAM_CAPTURE,
	VIRTCAM_OUTPUT,
};

/**
 * struct virtcam_buffer - an empty or, of VIRTCAM_OUTPUT, a full buffer, the
 *	provider's from queue() until virtcam_camera_done() or until stop() returns
 * @list: for the provider to use as it likes
 * @index: which of the camera's buffers it is, from 0
 * @size: bytes that fit, at least the sizeimage of the mode
 * @payload: of a full buffer, how many bytes are of use: the mode's sizeimage, or
 *	any number up to that if the format is compressed
 * @timestamp: of a full buffer, the time that the program gave, in nanoseconds;
 *	any number
 */
struct virtcam_buffer {
	struct list_head list;
	unsigned int index;
	u32 size;
	u32 payload;
	u64 timestamp;
};

/**
 * struct virtcam_done - what became of a buffer
 * @sequence: the frame's number in the stream. The first frame has any, each
 *	later one a higher one than the frame before; numbers that are left out
 *	are frames that were lost.
 * @timestamp: the time of capture, CLOCK_MONOTONIC in nanoseconds, after that of
 *	the frame before; 0: now
 * @payload: bytes that were written, at most virtcam_buffer.size; 0: all of
 *	the mode's sizeimage
 * @flags: of V4L2_BUF_FLAG_KEYFRAME, PFRAME and BFRAME, for compressed formats
 * @damaged: the contents are not what they should be: programs get the frame
 *	marked with V4L2_BUF_FLAG_ERROR
 */
struct virtcam_done {
	u32 sequence;
	u64 timestamp;
	u32 payload;
	u32 flags;
	bool damaged;
};

/**
 * struct virtcam_control - a V4L2 control of a provider, as data
 * @id: V4L2_CID_* of a standard control, whose name and type V4L2 knows; or, for
 *	one of the provider's own, V4L2_CID_USER_BASE + 0x1000 to 0x1eff
 * @name: NULL for a standard control
 * @type: of one of the provider's own: INTEGER, BOOLEAN, MENU, BUTTON, BITMASK or
 *	INTEGER64. There are no strings, since V4L2 would copy them to and from
 *	the program's memory under the camera's lock.
 * @min: smallest value; of a bit mask 0
 * @max: largest value; of a bit mask all of its bits
 * @step: distance of two values; (@max - @min) is a multiple of it
 * @def: value to begin with
 * @menu: for a menu, @max + 1 names; NULL otherwise, and for a standard menu
 *	whose items V4L2 has itself
 * @flags: V4L2_CTRL_FLAG_READ_ONLY: programs cannot set it.
 *	V4L2_CTRL_FLAG_UPDATE: setting it changes others. 0 otherwise. None is
 *	volatile: V4L2 would ask the driver at each reading, and a provider is
 *	never asked; it calls virtcam_camera_set_control() when a value changes.
 */
struct virtcam_control {
	u32 id;
	const char *name;
	enum v4l2_ctrl_type type;
	s64 min;
	s64 max;
	u64 step;
	s64 def;
	const char * const *menu;
	u32 flags;
};

/**
 * struct virtcam_provider - what a provider does
 * @controls: its V4L2 controls, or NULL; stay the provider's, and must stay
 *	until unregister has returned
 * @num_controls: how many
 * @claim: a program is about to have buffers of @mode or, of VIRTCAM_OUTPUT, has
 *	set @mode or is about to write frames of it. Called again where that program
 *	sets another mode. Return: 0; -EAGAIN after virtcam_camera_fix_mode() has said
 *	that there is another mode only; another negative errno is what the program
 *	gets. Called under the camera's lock; must not sleep. NULL: any mode is right.
 * @release: after @claim: the program has neither buffers any more nor, of
 *	VIRTCAM_OUTPUT, the node open. Called under the camera's lock; may free memory,
 *	and sleeps for nothing else. Not called where the camera goes.
 * @start: begin to deliver frames of @mode, which is valid until @stop returns; or,
 *	of VIRTCAM_OUTPUT, to take them. May sleep for a bounded time. Called under
 *	the camera's lock, and, where a program's read() starts the stream, with page
 *	faults of that program disabled. A negative errno is what STREAMON returns
 *	(-EFAULT becomes -EIO); then there is nothing to stop.
 * @started: after @start: the buffers that programs queued before it have been given
 *	by @queue. Called under the camera's lock; may sleep for a bounded time. NULL:
 *	that is no news.
 * @stop: end that. May sleep for a bounded time. Called under the camera's lock.
 *	When it returns the provider has no buffer any more: those that it has
 *	not completed are the core's again, and it must not touch them.
 * @queue: a buffer arrived, while the stream runs: between @start and the return
 *	of @stop. Called under the camera's lock; must not sleep.
 * @discard: a buffer is no more, whoever had it. Called under the camera's lock;
 *	must not sleep. NULL: that is no news. Not called where the camera goes.
 * @deliver: a program that gave full buffers by @queue is about to go on. What
 *	copying has to be done happens here, in the context of that program. Called
 *	under no lock, perhaps from several threads at once; may sleep for a bounded
 *	time. NULL: there is nothing to do.
 * @starve: a program waits for a buffer, and the provider has all. It should complete
 *	one, unless it is about to anyhow. May sleep for a bounded time. Called under
 *	the camera's lock. VIRTCAM_OUTPUT only; NULL: buffers come back by themselves.
 * @write: a program wrote some bytes of a frame of @size bytes in all, those that
 *	follow the bytes of the call before. The @size of a frame is the sizeimage of
 *	the mode, or less if the format is compressed. Takes them from @from, up to the end of the
 *	frame at most. Called under no lock, by one thread at a time, with page faults
 *	disabled. Return: 0; -EFAULT where a page is missing, and @from begins there:
 *	@write is called again when the page is there. @from is NULL where the
 *	program has given up, or begins anew: a frame that was begun is forgotten,
 *	under the camera's lock. VIRTCAM_OUTPUT only.
 * @cancel: end every wait in @start, @stop, @deliver and @set_control at once, with
 *	an error, and let no later one wait. Called when the camera goes, before any
 *	lock is taken, perhaps beside any other function. Must not sleep. NULL if
 *	none of these functions waits for anybody.
 * @set_control: a control has a new value, in range; for a button 0. May put another
 *	one in its place, which programs see instead, or the nearest to it in range;
 *	not an item that a menu has not.
 *	Called under the camera's lock and that of the controls, perhaps while frames
 *	are delivered; in virtcam_camera_register() once for each control that can
 *	be written and is no button. May sleep for a bounded time. A negative errno is what
 *	programs get, and the value stays what it was. NULL if there is none.
 *
 * The first argument is what virtcam_camera_info.priv says. None of these may
 * call virtcam_camera_set_modes() or virtcam_camera_unregister(), which take the
 * camera's lock, nor wait for a work or a thread that does. Nor may @set_control
 * call virtcam_camera_set_control(), or wait for a work or a thread that does,
 * since that takes the lock of the controls.
 */
struct virtcam_provider {
	const struct virtcam_control *controls;
	unsigned int num_controls;

	int (*claim)(void *priv, const struct virtcam_mode *mode);
	void (*release)(void *priv);
	int (*start)(void *priv, const struct virtcam_mode *mode);
	void (*started)(void *priv);
	void (*stop)(void *priv);
	void (*queue)(void *priv, struct virtcam_buffer *buffer);
	void (*discard)(void *priv, const struct virtcam_buffer *buffer);
	void (*deliver)(void *priv);
	void (*starve)(void *priv);
	int (*write)(void *priv, struct iov_iter *from, u32 size);
	void (*cancel)(void *priv);
	int (*set_control)(void *priv, u32 id, s64 *value);
};

/**
 * struct virtcam_counter - a number that programs can read as a control, and that
 *	LOG_STATUS tells
 * @id: above V4L2_CID_USER_BASE + 0x1f01, where the core's own end
 * @name: what programs show, at most 31 bytes
 * @value: the number; must stay until unregister has returned
 */
struct virtcam_counter {
	u32 id;
	const char *name;
	const atomic64_t *value;
};

/**
 * struct virtcam_camera_info - what the core needs to know of a camera
 * @card: its name for people; cut to VIRTCAM_CARD_SIZE - 1 bytes
 * @provider: who makes its frames; must stay until unregister has returned
 * @priv: handed to the provider's functions
 * @direction: what programs do with it
 * @modes: what it can deliver or take; must stay until other modes are set or
 *	unregister has returned
 * @memory: where frames lie
 * @writer: who writes into them; of VIRTCAM_OUTPUT, who reads them
 * @counters: what it counts beside what the core does; must stay until unregister
 *	has returned; or NULL
 * @num_counters: how many
 * @index: which camera of its parent it is, 0 to VIRTCAM_MAX_INDEX - 1; part of
 *	its bus_info
 * @below_4g: frames of VIRTCAM_MEMORY_DMA_SG lie below 4 GiB
 * @dma_dev: the device that VIRTCAM_MEMORY_DMA_SG maps buffers for; must stay until
 *	unregister has returned. Its DMA mask and segment limits are the provider's
 *	to set, and are not changed. NULL: the parent
 */
struct virtcam_camera_info {
	const char *card;
	const struct virtcam_provider *provider;
	void *priv;
	enum virtcam_direction direction;
	const struct virtcam_modes *modes;
	enum virtcam_memory memory;
	enum virtcam_writer writer;
	const struct virtcam_counter *counters;
	unsigned int num_counters;
	unsigned int index;
	bool below_4g;
	struct device *dma_dev;
};

struct virtcam_camera *
virtcam_camera_alloc(struct device *parent,
		     const struct virtcam_camera_info *info);
int virtcam_camera_register(struct virtcam_camera *camera);
void virtcam_camera_unregister(struct virtcam_camera *camera);
const char *virtcam_camera_node_name(struct virtcam_camera *camera);

int virtcam_camera_set_modes(struct virtcam_camera *camera,
			     const struct virtcam_modes *modes);
void virtcam_camera_fix_mode(struct virtcam_camera *camera,
			     const struct virtcam_mode *mode);
void virtcam_camera_set_signal(struct virtcam_camera *camera, bool present);
int virtcam_camera_set_control(struct virtcam_camera *camera, u32 id,
			       s64 value);
void virtcam_camera_fail(struct virtcam_camera *camera);

int virtcam_camera_done(struct virtcam_camera *camera,
			struct virtcam_buffer *buffer,
			const struct virtcam_done *done);
void virtcam_camera_drop(struct virtcam_camera *camera, u32 sequence,
			 u32 count);

unsigned int virtcam_camera_num_buffers(struct virtcam_camera *camera);
bool virtcam_camera_is_awaited(struct virtcam_camera *camera);
unsigned int virtcam_camera_unfetched(struct virtcam_camera *camera);

int virtcam_buffer_wait(struct virtcam_buffer *buffer, unsigned int ms);
void *virtcam_buffer_begin(struct virtcam_buffer *buffer);
void *virtcam_buffer_try_begin(struct virtcam_buffer *buffer);
int virtcam_buffer_end(struct virtcam_buffer *buffer);
int virtcam_buffer_join(struct virtcam_buffer *to, struct virtcam_buffer *from);
bool virtcam_buffer_is_joined(const struct virtcam_buffer *a,
			      const struct virtcam_buffer *b);
int virtcam_buffer_own(struct virtcam_buffer *buffer);
void virtcam_buffer_part(struct virtcam_buffer *buffer);
struct sg_table *virtcam_buffer_sg_table(struct virtcam_buffer *buffer);
struct dma_buf *virtcam_buffer_dma_buf(struct virtcam_buffer *buffer);

#endif
