// SPDX-License-Identifier: GPL-2.0-only
#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/text.h>

#include "wire.h"

/* Bytes that a buffer may have beyond four frames */
#define MAX_GENEROSITY 0x100000

/*
 * EHWPOISON, the largest errno that programs know. Those above are the kernel's own:
 * -ERESTARTSYS would have an ioctl begin again and again.
 */
#define MAX_STATUS 133

/**
 * wire_take_status() - what the host answered
 * @answer: what it wrote, struct wire_answer and perhaps a payload; its own copy,
 *	which the host cannot reach any more
 * @used: how many bytes it says that it wrote
 * @payload: how many follow the head where it succeeded
 *
 * Return: 0 and the payload is whole; the host's negative errno; -EPROTO where the
 * answer is too short or says what is no errno.
 */
int wire_take_status(const void *answer, size_t used, size_t payload)
{
	const struct wire_answer *head = answer;
	u32 status;

	if (used < sizeof(*head))
		return -EPROTO;
	status = le32_to_cpu(head->status);
	if (status)
		return status <= MAX_STATUS ? -(int)status : -EPROTO;
	return used < sizeof(*head) + payload ? -EPROTO : 0;
}

static u64 wire_time(const struct wire_buffer *buffer)
{
	return le64_to_cpu(buffer->seconds) * 1000000000ULL +
	       le64_to_cpu(buffer->microseconds) * 1000ULL;
}

static int wire_take_dqbuf(const struct wire_event_dqbuf *event, size_t used,
			   bool multiplanar, struct wire_news *news)
{
	const struct wire_buffer *buffer = &event->buffer;
	size_t whole = offsetof(struct wire_event_dqbuf, plane) +
		       (multiplanar ? sizeof(event->plane[0]) : 0);

	if (used < whole)
		return -EPROTO;
	news->index = le32_to_cpu(buffer->index);
	news->flags = le32_to_cpu(buffer->flags);
	news->sequence = le32_to_cpu(buffer->sequence);
	news->time = wire_time(buffer);
	news->payload = le32_to_cpu(multiplanar ? event->plane[0].bytesused
						: buffer->bytesused);
	news->offset =
		multiplanar ? le32_to_cpu(event->plane[0].data_offset) : 0;
	/* What a plane says that it uses, it uses from its very start. */
	if (news->offset > news->payload)
		return -EPROTO;
	news->payload -= news->offset;
	return 0;
}

static int wire_take_v4l2(const struct wire_event_v4l2 *event, size_t used,
			  struct wire_news *news)
{
	if (used < sizeof(*event))
		return -EPROTO;
	news->type = le32_to_cpu(event->type);
	news->id = le32_to_cpu(event->id);
	news->changes = le32_to_cpu(event->changes);
	news->value = le64_to_cpu(event->value);
	/* A value of 32 bits leaves the others as they are. */
	if (le32_to_cpu(event->ctrl_type) != V4L2_CTRL_TYPE_INTEGER64)
		news->value = (s32)news->value;
	return 0;
}

/**
 * wire_take_event() - look at an event
 * @bytes: what the host wrote, WIRE_EVENT_HEAD bytes; a copy, likewise
 * @used: how many bytes it says that it wrote
 * @multiplanar: the host's camera has the multi-planar API
 * @news: what it says. Nothing of it has been compared with what can be.
 *
 * Return: 0, or -EPROTO for an event that there is not, or a part of one.
 */
int wire_take_event(const void *bytes, size_t used, bool multiplanar,
		    struct wire_news *news)
{
	const struct wire_event_head *head = bytes;
	const struct wire_event_error *error = bytes;

	memset(news, 0, sizeof(*news));
	if (used > WIRE_EVENT_SIZE || used < sizeof(*head))
		return -EPROTO;
	news->event = le32_to_cpu(head->event);
	news->session = le32_to_cpu(head->session);
	switch (news->event) {
	case WIRE_EVENT_ERROR:
		if (used < sizeof(*error))
			return -EPROTO;
		news->error = le32_to_cpu(error->error);
		return 0;
	case WIRE_EVENT_DQBUF:
		return wire_take_dqbuf(bytes, used, multiplanar, news);
	case WIRE_EVENT_V4L2:
		return wire_take_v4l2(bytes, used, news);
	default:
		return -EPROTO;
	}
}

/**
 * wire_put_format() - ask for a mode by S_FMT
 * @to: the payload; all of it is set
 * @multiplanar: the host's camera has the multi-planar API
 * @mode: the mode
 */
void wire_put_format(struct wire_format *to, bool multiplanar,
		     const struct virtcam_mode *mode)
{
	memset(to, 0, sizeof(*to));
	if (multiplanar) {
		to->type = cpu_to_le32(V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
		to->mp.width = cpu_to_le32(mode->width);
		to->mp.height = cpu_to_le32(mode->height);
		to->mp.pixelformat = cpu_to_le32(mode->format->fourcc);
		to->mp.field = cpu_to_le32(V4L2_FIELD_NONE);
		to->mp.num_planes = 1;
		to->mp.plane[0].bytesperline = cpu_to_le32(mode->bytesperline);
		to->mp.plane[0].sizeimage = cpu_to_le32(mode->sizeimage);
		return;
	}
	to->type = cpu_to_le32(V4L2_BUF_TYPE_VIDEO_CAPTURE);
	to->pix.width = cpu_to_le32(mode->width);
	to->pix.height = cpu_to_le32(mode->height);
	to->pix.pixelformat = cpu_to_le32(mode->format->fourcc);
	to->pix.field = cpu_to_le32(V4L2_FIELD_NONE);
	to->pix.bytesperline = cpu_to_le32(mode->bytesperline);
	to->pix.sizeimage = cpu_to_le32(mode->sizeimage);
}

/* What the two kinds of formats have in common */
struct wire_layout {
	u32 width, height, fourcc, field, bytesperline;
	u64 sizeimage;
};

static int wire_take_layout_mp(const struct wire_pix_mp *from,
			       struct wire_layout *layout)
{
	unsigned int i;

	*layout = (struct wire_layout){
		.width = le32_to_cpu(from->width),
		.height = le32_to_cpu(from->height),
		.fourcc = le32_to_cpu(from->pixelformat),
		.field = le32_to_cpu(from->field),
		.bytesperline = le32_to_cpu(from->plane[0].bytesperline),
	};
	if (!from->num_planes || from->num_planes > WIRE_MAX_PLANES)
		return -EPROTO;
	/* Some hosts describe each plane of what lies in one buffer. */
	for (i = 0; i < from->num_planes; i++)
		layout->sizeimage += le32_to_cpu(from->plane[i].sizeimage);
	return 0;
}

static void wire_take_layout(const struct wire_pix *from,
			     struct wire_layout *layout)
{
	*layout = (struct wire_layout){
		.width = le32_to_cpu(from->width),
		.height = le32_to_cpu(from->height),
		.fourcc = le32_to_cpu(from->pixelformat),
		.field = le32_to_cpu(from->field),
		.bytesperline = le32_to_cpu(from->bytesperline),
		.sizeimage = le32_to_cpu(from->sizeimage),
	};
}

/* The host's stride, if it can be one: its planes lie as the kernel's do. */
static const char *wire_set_stride(struct virtcam_mode *mode, u32 bytesperline)
{
	u32 min = mode->width * mode->format->plane[0].bytes;

	if (mode->format->compressed) {
		mode->bytesperline = 0;
		return NULL;
	}
	if (bytesperline < min || bytesperline > 2 * VIRTCAM_MAX_BYTESPERLINE)
		return "has another length of lines";
	mode->bytesperline = bytesperline;
	mode->sizeimage =
		virtcam_mode_plane_offset(mode, mode->format->num_planes);
	return NULL;
}

/**
 * wire_take_format() - the mode that the host has set
 * @from: its answer to S_FMT; its own copy
 * @multiplanar: the host's camera has the multi-planar API
 * @asked: the mode that it was asked for
 * @mode: how its frames lie: stride and size may differ from @asked
 * @length: bytes that it wants a buffer to have, at least those of a frame
 *
 * Return: NULL, or what is wrong with it.
 */
const char *wire_take_format(const struct wire_format *from, bool multiplanar,
			     const struct virtcam_mode *asked,
			     struct virtcam_mode *mode, u32 *length)
{
	struct wire_layout layout;
	const char *fault;
	u64 most;

	if (!multiplanar)
		wire_take_layout(&from->pix, &layout);
	else if (wire_take_layout_mp(&from->mp, &layout))
		return "has no number of planes that there can be";
	if (layout.fourcc != asked->format->fourcc)
		return "is of another format";
	if (layout.width != asked->width || layout.height != asked->height)
		return "is of another size";
	if (layout.field != V4L2_FIELD_NONE && layout.field != V4L2_FIELD_ANY)
		return "is interlaced";
	*mode = *asked;
	fault = wire_set_stride(mode, layout.bytesperline);
	if (fault)
		return fault;
	/* Whoever codes a picture may be generous, but not boundless. */
	most = 4ULL * asked->sizeimage + MAX_GENEROSITY;
	if (!layout.sizeimage || layout.sizeimage > most)
		return "has a size in bytes that cannot be";
	if (mode->format->compressed)
		mode->sizeimage = layout.sizeimage;
	else if (layout.sizeimage < mode->sizeimage)
		return "has fewer bytes than its lines";
	/* Where several planes are described the buffer itself is to be asked. */
	*length = multiplanar && from->mp.num_planes > 1 ? mode->sizeimage :
							   layout.sizeimage;
	return NULL;
}

/**
 * wire_take_place() - where the host has a buffer
 * @buffer: its answer to QUERYBUF; its own copy
 * @plane: the first plane that follows it
 * @multiplanar: the host's camera has the multi-planar API
 * @place: where it is
 *
 * Return: NULL, or what is wrong with it.
 */
const char *wire_take_place(const struct wire_buffer *buffer,
			    const struct wire_plane *plane, bool multiplanar,
			    struct wire_buffer_place *place)
{
	u64 m = le64_to_cpu(multiplanar ? plane->m : buffer->m);

	if (multiplanar && le32_to_cpu(buffer->length) != 1)
		return "lies in several pieces of memory";
	place->length =
		le32_to_cpu(multiplanar ? plane->length : buffer->length);
	/* A union: the word after the offset may be anything. */
	place->offset = m;
	return place->length ? NULL : "is empty";
}

/**
 * wire_take_sizes() - an answer to ENUM_FRAMESIZES
 * @from: the answer; its own copy
 * @fourcc: the format that was asked for
 * @sizes: min, max and step; a discrete size has a max like its min
 *
 * Return: V4L2_FRMSIZE_TYPE_*, or -EPROTO.
 */
int wire_take_sizes(const struct wire_frmsizeenum *from, u32 fourcc,
		    struct v4l2_frmsize_stepwise *sizes)
{
	u32 type = le32_to_cpu(from->type);
	u32 size[6];
	unsigned int i;

	if (le32_to_cpu(from->pixelformat) != fourcc)
		return -EPROTO;
	for (i = 0; i < ARRAY_SIZE(size); i++)
		size[i] = le32_to_cpu(from->size[i]);
	switch (type) {
	case V4L2_FRMSIZE_TYPE_DISCRETE:
		*sizes = (struct v4l2_frmsize_stepwise){ size[0], size[0], 1,
							 size[1], size[1], 1 };
		return type;
	case V4L2_FRMSIZE_TYPE_CONTINUOUS:
		size[2] = 1;
		size[5] = 1;
		fallthrough;
	case V4L2_FRMSIZE_TYPE_STEPWISE:
		*sizes = (struct v4l2_frmsize_stepwise){ size[0], size[1],
							 size[2], size[3],
							 size[4], size[5] };
		return type;
	default:
		return -EPROTO;
	}
}

static struct v4l2_fract wire_take_fract(struct wire_fract from)
{
	return (struct v4l2_fract){ le32_to_cpu(from.numerator),
				    le32_to_cpu(from.denominator) };
}

/**
 * wire_take_intervals() - an answer to ENUM_FRAMEINTERVALS
 * @from: the answer; its own copy
 * @intervals: min, max and step; a discrete interval is the min alone
 *
 * Return: V4L2_FRMIVAL_TYPE_*, or -EPROTO.
 */
int wire_take_intervals(const struct wire_frmivalenum *from,
			struct v4l2_frmival_stepwise *intervals)
{
	u32 type = le32_to_cpu(from->type);

	if (type < V4L2_FRMIVAL_TYPE_DISCRETE ||
	    type > V4L2_FRMIVAL_TYPE_STEPWISE)
		return -EPROTO;
	intervals->min = wire_take_fract(from->interval[0]);
	intervals->max = wire_take_fract(from->interval[1]);
	intervals->step = wire_take_fract(from->interval[2]);
	/* V4L2 says 1/1, which would be no step below a second. */
	if (type == V4L2_FRMIVAL_TYPE_CONTINUOUS)
		intervals->step = (struct v4l2_fract){ 1, 1000000 };
	return type;
}

static bool wire_range_is_sane(const struct virtcam_control *c)
{
	if (c->type == V4L2_CTRL_TYPE_BITMASK)
		return !c->min && c->max > 0 && c->max <= U32_MAX &&
		       !(c->def & ~c->max);
	if (c->type != V4L2_CTRL_TYPE_INTEGER64 &&
	    (c->min < S32_MIN || c->max > S32_MAX))
		return false;
	if (c->type == V4L2_CTRL_TYPE_BOOLEAN && (c->min || c->max != 1))
		return false;
	if (c->type == V4L2_CTRL_TYPE_MENU && c->min)
		return false;
	/* V4L2 divides by the low 32 bits of a step. */
	return c->min <= c->max && c->step && c->step <= S32_MAX &&
	       c->min <= c->def && c->def <= c->max;
}

/**
 * wire_take_control() - an answer to QUERY_EXT_CTRL
 * @from: the answer; its own copy
 * @after: the id that was asked for the next one of
 * @control: what it says, without a name or a menu. An id is set in any case.
 *
 * Return: NULL, or why there cannot be such a control.
 */
const char *wire_take_control(const struct wire_query_ext_ctrl *from, u32 after,
			      struct virtcam_control *control)
{
	u32 flags = le32_to_cpu(from->flags);

	*control = (struct virtcam_control){
		.id = le32_to_cpu(from->id),
		.type = le32_to_cpu(from->type),
		.min = le64_to_cpu(from->minimum),
		.max = le64_to_cpu(from->maximum),
		.step = le64_to_cpu(from->step),
		.def = le64_to_cpu(from->default_value),
		.flags = flags &
			 (V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_UPDATE),
	};
	if (control->id <= after || control->id >= V4L2_CID_PRIVATE_BASE)
		return "has no id that can follow";
	if (flags & V4L2_CTRL_FLAG_DISABLED)
		return "is disabled";
	if (le32_to_cpu(from->nr_of_dims) || flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		return "is a compound control";
	switch (control->type) {
	case V4L2_CTRL_TYPE_BUTTON:
		control->min = 0;
		control->max = 0;
		control->def = 0;
		control->step = 0;
		return NULL;
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_BOOLEAN:
		control->step = 1;
		break;
	case V4L2_CTRL_TYPE_BITMASK:
		control->step = 0;
		return wire_range_is_sane(control) ? NULL : "has no sane range";
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
		break;
	default:
		return "is of a type that this camera cannot have";
	}
	return wire_range_is_sane(control) ? NULL : "has no sane range";
}

/**
 * wire_take_text() - a string of the host's
 * @from: @size bytes, perhaps without a NUL
 * @size: how many, with room for a NUL in @text
 * @text: each byte that is not of a character that a terminal shows becomes a question
 *	mark
 */
void wire_take_text(const u8 *from, size_t size, char *text)
{
	size_t i, length;
	u32 c;

	for (i = 0; i < size - 1 && from[i]; i += length) {
		length = virtcam_text_next(from + i, size - 1 - i, &c);
		if (length) {
			memcpy(text + i, from + i, length);
		} else {
			text[i] = '?';
			length = 1;
		}
	}
	text[i] = 0;
}
