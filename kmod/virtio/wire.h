/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio-media (VirtIO 1.4, device 48) byte by byte, and what of it is looked at
 * before it is believed.
 *
 * The payload of an ioctl is a V4L2 structure as a little-endian machine of 64 bits
 * has it, so these are structures of their own: the machine's may have other words.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTIO_WIRE_H
#define VIRTIO_WIRE_H

#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/format.h>
#include <virtcam/provider.h>

#define WIRE_CARD_SIZE 32
#define WIRE_MAX_PLANES 8

enum wire_command {
	WIRE_OPEN = 1,
	WIRE_CLOSE = 2,
	WIRE_IOCTL = 3,
	WIRE_MMAP = 4,
	WIRE_MUNMAP = 5,
};

enum wire_event {
	WIRE_EVENT_ERROR = 0,
	WIRE_EVENT_DQBUF = 1,
	WIRE_EVENT_V4L2 = 2,
};

/* The shared-memory region that MMAP places buffers in */
#define WIRE_SHM_MMAP 0
/* A flag of MMAP: the mapping is written, too. This driver only reads. */
#define WIRE_MMAP_RW 1

/* What takes the place of V4L2_MEMORY_USERPTR: pages of the guest */
#define WIRE_MEMORY_SHARED_PAGES V4L2_MEMORY_USERPTR

struct wire_config {
	__le32 device_caps;
	__le32 device_type;
	u8 card[WIRE_CARD_SIZE];
};

struct wire_request {
	__le32 command;
	__le32 reserved;
};

struct wire_answer {
	__le32 status;
	__le32 reserved;
};

/* What follows the head of an answer */
struct wire_open_answer {
	__le32 session;
	__le32 reserved;
};

/* CLOSE undoes OPEN, and MUNMAP undoes MMAP: what these answer begins with it. */
#define WIRE_MADE_SIZE 8

struct wire_undo {
	struct wire_request head;
	/* A session, or an address in the region */
	u8 made[WIRE_MADE_SIZE];
};

struct wire_ioctl {
	struct wire_request head;
	__le32 session;
	__le32 code;
};

struct wire_mmap {
	struct wire_request head;
	__le32 session;
	__le32 flags;
	__le32 offset;
};

struct wire_mmap_answer {
	__le64 driver_addr;
	__le64 length;
};

struct wire_fmtdesc {
	__le32 index;
	__le32 type;
	__le32 flags;
	u8 description[32];
	__le32 pixelformat;
	__le32 mbus_code;
	__le32 reserved[3];
} __packed;

struct wire_fract {
	__le32 numerator;
	__le32 denominator;
};

struct wire_frmsizeenum {
	__le32 index;
	__le32 pixelformat;
	__le32 type;
	/* width and height, or min, max and step of the width, then of the height */
	__le32 size[6];
	__le32 reserved[2];
};

struct wire_frmivalenum {
	__le32 index;
	__le32 pixelformat;
	__le32 width;
	__le32 height;
	__le32 type;
	/* the interval, or min, max and step */
	struct wire_fract interval[3];
	__le32 reserved[2];
};

struct wire_pix {
	__le32 width;
	__le32 height;
	__le32 pixelformat;
	__le32 field;
	__le32 bytesperline;
	__le32 sizeimage;
	__le32 colorspace;
	__le32 priv;
	__le32 flags;
	__le32 ycbcr_enc;
	__le32 quantization;
	__le32 xfer_func;
};

struct wire_plane_pix {
	__le32 sizeimage;
	__le32 bytesperline;
	__le16 reserved[6];
};

struct wire_pix_mp {
	__le32 width;
	__le32 height;
	__le32 pixelformat;
	__le32 field;
	__le32 colorspace;
	struct wire_plane_pix plane[WIRE_MAX_PLANES];
	u8 num_planes;
	u8 flags;
	u8 ycbcr_enc;
	u8 quantization;
	u8 xfer_func;
	u8 reserved[7];
};

struct wire_format {
	__le32 type;
	__le32 padding;
	union {
		struct wire_pix pix;
		struct wire_pix_mp mp;
		u8 raw[200];
	};
};

struct wire_parm {
	__le32 type;
	__le32 capability;
	__le32 capturemode;
	struct wire_fract timeperframe;
	u8 rest[184];
};

struct wire_requestbuffers {
	__le32 count;
	__le32 type;
	__le32 memory;
	__le32 capabilities;
	u8 flags;
	u8 reserved[3];
};

struct wire_buffer {
	__le32 index;
	__le32 type;
	__le32 bytesused;
	__le32 flags;
	__le32 field;
	__le32 padding;
	__le64 seconds;
	__le64 microseconds;
	u8 timecode[16];
	__le32 sequence;
	__le32 memory;
	__le64 m;
	__le32 length;
	__le32 reserved2;
	__le32 request_fd;
	__le32 padding2;
};

struct wire_plane {
	__le32 bytesused;
	__le32 length;
	__le64 m;
	__le32 data_offset;
	__le32 reserved[11];
};

/* Pages of the guest that a buffer of WIRE_MEMORY_SHARED_PAGES lies in */
struct wire_pages {
	__le64 start;
	__le32 length;
	__le32 reserved;
};

struct wire_query_ext_ctrl {
	__le32 id;
	__le32 type;
	u8 name[32];
	__le64 minimum;
	__le64 maximum;
	__le64 step;
	__le64 default_value;
	__le32 flags;
	__le32 elem_size;
	__le32 elems;
	__le32 nr_of_dims;
	__le32 dims[4];
	__le32 reserved[32];
};

struct wire_querymenu {
	__le32 id;
	__le32 index;
	u8 name[32];
	__le32 reserved;
};

struct wire_ext_control {
	__le32 id;
	__le32 size;
	__le32 reserved2;
	__le64 value;
} __packed;

/* S_EXT_CTRLS and G_EXT_CTRLS of one control */
struct wire_ext_controls {
	__le32 which;
	__le32 count;
	__le32 error_idx;
	__le32 request_fd;
	__le32 reserved;
	__le32 padding;
	__le64 controls;
	struct wire_ext_control control;
} __packed;

struct wire_subscription {
	__le32 type;
	__le32 id;
	__le32 flags;
	__le32 reserved[5];
};

struct wire_event_head {
	__le32 event;
	__le32 session;
};

struct wire_event_error {
	struct wire_event_head head;
	__le32 error;
	__le32 reserved;
};

struct wire_event_dqbuf {
	struct wire_event_head head;
	struct wire_buffer buffer;
	struct wire_plane plane[WIRE_MAX_PLANES];
};

struct wire_event_v4l2 {
	struct wire_event_head head;
	__le32 type;
	__le32 padding;
	/* V4L2_EVENT_CTRL: changes, type, value (64 bits), flags, ... */
	__le32 changes;
	__le32 ctrl_type;
	__le64 value;
	u8 rest[48];
	__le32 pending;
	__le32 sequence;
	__le64 timestamp[2];
	__le32 id;
	__le32 reserved[8];
	__le32 padding2;
};

/* Bytes that hold any event */
#define WIRE_EVENT_SIZE sizeof(struct wire_event_dqbuf)
/* Bytes of it that anybody looks at */
#define WIRE_EVENT_HEAD offsetof(struct wire_event_dqbuf, plane[1])

/**
 * struct wire_news - an event, looked at
 * @event: enum wire_event
 * @session: which session it is for
 * @error: WIRE_EVENT_ERROR: a positive errno
 * @index: WIRE_EVENT_DQBUF: which buffer the host gives back
 * @flags: likewise: V4L2_BUF_FLAG_*
 * @payload: likewise: bytes of the frame, of all that the host says the first plane's
 * @offset: likewise: where in the buffer the frame begins
 * @sequence: likewise: its number
 * @time: likewise: its time on the host's clock, in nanoseconds
 * @type: WIRE_EVENT_V4L2: V4L2_EVENT_*
 * @id: likewise: of which control
 * @changes: likewise: V4L2_EVENT_CTRL_CH_* or V4L2_EVENT_SRC_CH_*
 * @value: likewise: the control's value
 */
struct wire_news {
	u32 event;
	u32 session;
	u32 error;
	u32 index;
	u32 flags;
	u32 payload;
	u32 offset;
	u32 sequence;
	u64 time;
	u32 type;
	u32 id;
	u32 changes;
	s64 value;
};

/**
 * struct wire_buffer_place - where the host's buffer is
 * @offset: what MMAP is told
 * @length: bytes
 */
struct wire_buffer_place {
	u32 offset;
	u32 length;
};

int wire_take_status(const void *answer, size_t used, size_t payload);
int wire_take_event(const void *bytes, size_t used, bool multiplanar,
		    struct wire_news *news);
void wire_put_format(struct wire_format *to, bool multiplanar,
		     const struct virtcam_mode *mode);
const char *wire_take_format(const struct wire_format *from, bool multiplanar,
			     const struct virtcam_mode *asked,
			     struct virtcam_mode *mode, u32 *length);
const char *wire_take_place(const struct wire_buffer *buffer,
			    const struct wire_plane *plane, bool multiplanar,
			    struct wire_buffer_place *place);
int wire_take_sizes(const struct wire_frmsizeenum *from, u32 fourcc,
		    struct v4l2_frmsize_stepwise *sizes);
int wire_take_intervals(const struct wire_frmivalenum *from,
			struct v4l2_frmival_stepwise *intervals);
const char *wire_take_control(const struct wire_query_ext_ctrl *from, u32 after,
			      struct virtcam_control *control);
void wire_take_text(const u8 *from, size_t size, char *text);

#endif
