// SPDX-License-Identifier: GPL-2.0-only
/*
 * The modes of the host's camera. Those that a camera here cannot have are left
 * out.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "offer.h"

#define MAX_SIZES 128
#define MAX_INTERVALS 64

/* What programs expect, of a host that says nothing */
static const struct virtcam_intervals modes_default_intervals = {
	.num = 1,
	.discrete = (const struct v4l2_fract[]){ { 1, 30 } },
};

/**
 * struct reader - a list that is being read
 * @host: who is asked
 * @session: in which session
 * @until: until when there are answers, in jiffies
 * @to: what has been read
 * @fourcc: the format that is asked for now
 * @num_sizes: how many sizes of it
 * @sizes: these
 * @intervals: the intervals of a size that is asked for now
 */
struct reader {
	struct vmcam_host *host;
	u32 session;
	unsigned long until;
	struct vmcam_modes *to;
	u32 fourcc;
	unsigned int num_sizes;
	struct virtcam_size sizes[MAX_SIZES];
	struct v4l2_fract intervals[MAX_INTERVALS];
};

/* All questions of lists have an answer of the same size as the question. */
static int reader_ask(struct reader *reader, unsigned int nr, void *payload,
		      u32 size)
{
	return vmcam_host_ioctl(reader->host, reader->session, nr, payload,
				size, size, vmcam_host_left(reader->until));
}

/* The host has said that there is no more, or that it knows no such question. */
static bool reader_is_end(int err)
{
	return err == -EINVAL || err == -ENOTTY;
}

static bool modes_can_be(const struct virtcam_format_modes *formats)
{
	const struct virtcam_modes modes = { .num = 1, .formats = formats };
	char fault[96];

	return !virtcam_modes_check(&modes, fault, sizeof(fault));
}

static bool intervals_can_be(u32 fourcc,
			     const struct virtcam_intervals *intervals)
{
	const struct virtcam_size size = { 16, 16, intervals };
	const struct virtcam_format_modes formats = {
		.fourcc = fourcc,
		.num = 1,
		.discrete = &size,
	};

	return modes_can_be(&formats);
}

static const struct virtcam_intervals *
reader_keep_intervals(struct reader *reader,
		      const struct virtcam_intervals *intervals)
{
	size_t list = intervals->num * sizeof(*intervals->discrete);
	struct virtcam_intervals *kept;

	kept = vmcam_offer_alloc(&reader->to->memory, sizeof(*kept) + list);
	if (!kept)
		return ERR_PTR(-ENOMEM);
	*kept = *intervals;
	if (intervals->num) {
		memcpy(kept + 1, intervals->discrete, list);
		kept->discrete = (const void *)(kept + 1);
	}
	return kept;
}

/* A range, or one more of a list. Returns true where there may be another one. */
static bool reader_take_interval(struct reader *reader,
				 const struct wire_frmivalenum *answer,
				 struct virtcam_intervals *intervals)
{
	struct v4l2_frmival_stepwise range;
	int type = wire_take_intervals(answer, &range);

	if (type < 0)
		return false;
	if (type != V4L2_FRMIVAL_TYPE_DISCRETE) {
		const struct virtcam_intervals all = { .stepwise = range };

		if (!intervals->num && intervals_can_be(reader->fourcc, &all))
			*intervals = all;
		return false;
	}
	reader->intervals[intervals->num++] = range.min;
	if (!intervals_can_be(reader->fourcc, intervals))
		intervals->num--;
	return intervals->num < MAX_INTERVALS;
}

static const struct virtcam_intervals *reader_intervals(struct reader *reader,
							u32 width, u32 height)
{
	struct virtcam_intervals intervals = { .discrete = reader->intervals };
	struct wire_frmivalenum question;
	unsigned int i;
	int err;

	for (i = 0; i < MAX_INTERVALS; i++) {
		question = (struct wire_frmivalenum){
			.index = cpu_to_le32(i),
			.pixelformat = cpu_to_le32(reader->fourcc),
			.width = cpu_to_le32(width),
			.height = cpu_to_le32(height),
		};
		err = reader_ask(reader, _IOC_NR(VIDIOC_ENUM_FRAMEINTERVALS),
				 &question, sizeof(question));
		if (err && !reader_is_end(err))
			return ERR_PTR(err);
		if (err || !reader_take_interval(reader, &question, &intervals))
			break;
	}
	if (!intervals.num && !intervals.stepwise.max.denominator)
		return &modes_default_intervals;
	return reader_keep_intervals(reader, &intervals);
}

static int reader_add_size(struct reader *reader, u32 width, u32 height)
{
	struct virtcam_size *size = &reader->sizes[reader->num_sizes];
	struct virtcam_format_modes formats = {
		.fourcc = reader->fourcc,
		.num = reader->num_sizes + 1,
		.discrete = reader->sizes,
	};

	*size = (struct virtcam_size){ width, height,
				       &modes_default_intervals };
	if (!modes_can_be(&formats))
		return 0;
	size->intervals = reader_intervals(reader, width, height);
	if (IS_ERR(size->intervals))
		return PTR_ERR(size->intervals);
	reader->num_sizes++;
	return 0;
}

/* No format of this camera's has parts of more than two pixels. */
static void range_make_even(u32 *min, u32 *max, u32 *step)
{
	*min = round_up(max(*min, 1u), 2);
	*max = min_t(u32, *max, VIRTCAM_MAX_SIDE);
	if (!*step || *step % 2)
		*step = *step ? *step * 2 : 2;
	if (*max >= *min)
		*max = *min + (*max - *min) / *step * *step;
}

/* The rates of the largest size are those that no smaller one lacks. */
static int reader_set_range(struct reader *reader,
			    struct v4l2_frmsize_stepwise *range,
			    struct virtcam_format_modes *formats)
{
	range_make_even(&range->min_width, &range->max_width,
			&range->step_width);
	range_make_even(&range->min_height, &range->max_height,
			&range->step_height);
	*formats = (struct virtcam_format_modes){
		.fourcc = reader->fourcc,
		.stepwise = *range,
		.intervals = &modes_default_intervals,
	};
	if (!modes_can_be(formats))
		return -EINVAL;
	formats->intervals =
		reader_intervals(reader, range->max_width, range->max_height);
	return PTR_ERR_OR_ZERO(formats->intervals);
}

static int reader_keep_sizes(struct reader *reader,
			     struct virtcam_format_modes *formats)
{
	size_t size = reader->num_sizes * sizeof(*reader->sizes);
	struct virtcam_size *kept;

	if (!size)
		return -EINVAL;
	kept = vmcam_offer_alloc(&reader->to->memory, size);
	if (!kept)
		return -ENOMEM;
	memcpy(kept, reader->sizes, size);
	*formats = (struct virtcam_format_modes){
		.fourcc = reader->fourcc,
		.num = reader->num_sizes,
		.discrete = kept,
	};
	return 0;
}

/* A camera that lists no sizes has the one that it is set to. */
static int reader_add_current_size(struct reader *reader)
{
	struct wire_format format = {
		.type = cpu_to_le32(reader->host->type),
	};
	int err = reader_ask(reader, _IOC_NR(VIDIOC_G_FMT), &format,
			     sizeof(format));

	if (err)
		return reader_is_end(err) ? -EINVAL : err;
	/* Both structures begin with these two. */
	return reader_add_size(reader, le32_to_cpu(format.pix.width),
			       le32_to_cpu(format.pix.height));
}

/* Returns -EINVAL where there is no size that a camera here can have. */
static int reader_sizes(struct reader *reader,
			struct virtcam_format_modes *formats)
{
	struct v4l2_frmsize_stepwise range;
	struct wire_frmsizeenum question;
	unsigned int i;
	int err, type;

	reader->num_sizes = 0;
	for (i = 0; i < MAX_SIZES; i++) {
		question = (struct wire_frmsizeenum){
			.index = cpu_to_le32(i),
			.pixelformat = cpu_to_le32(reader->fourcc),
		};
		err = reader_ask(reader, _IOC_NR(VIDIOC_ENUM_FRAMESIZES),
				 &question, sizeof(question));
		if (err && !reader_is_end(err))
			return err;
		if (err)
			break;
		type = wire_take_sizes(&question, reader->fourcc, &range);
		if (type < 0)
			break;
		if (type != V4L2_FRMSIZE_TYPE_DISCRETE)
			return reader_set_range(reader, &range, formats);
		err = reader_add_size(reader, range.min_width,
				      range.min_height);
		if (err)
			return err;
		if (reader->num_sizes == MAX_SIZES)
			break;
	}
	err = i ? 0 : reader_add_current_size(reader);
	if (err)
		return err;
	return reader_keep_sizes(reader, formats);
}

static int reader_add_format(struct reader *reader, u32 fourcc)
{
	struct virtcam_modes *modes = &reader->to->modes;
	int err;

	reader->fourcc = fourcc;
	if (!virtcam_format_find(fourcc) || virtcam_modes_find(modes, fourcc))
		return 0;
	err = reader_sizes(reader, &reader->to->formats[modes->num]);
	if (!err)
		modes->num++;
	return err == -EINVAL || err == -EPROTO ? 0 : err;
}

static int reader_ask_format(struct reader *reader, u32 index, u32 *fourcc)
{
	struct wire_fmtdesc question = {
		.index = cpu_to_le32(index),
		.type = cpu_to_le32(reader->host->type),
	};
	int err = reader_ask(reader, _IOC_NR(VIDIOC_ENUM_FMT), &question,
			     sizeof(question));

	*fourcc = le32_to_cpu(question.pixelformat);
	return err;
}

static int reader_formats(struct reader *reader)
{
	unsigned int i;
	u32 fourcc;
	int err;

	for (i = 0; i < VMCAM_MAX_FORMATS; i++) {
		err = reader_ask_format(reader, i, &fourcc);
		if (reader_is_end(err))
			break;
		if (err)
			return err;
		err = reader_add_format(reader, fourcc);
		if (err)
			return err;
	}
	/*
	 * A host answers the end of a list and a session that it has ended meanwhile by
	 * the same error. It knew its first format before.
	 */
	err = i ? reader_ask_format(reader, 0, &fourcc) : 0;
	if (err)
		return reader_is_end(err) ? -EIO : err;
	return reader->to->modes.num ? 0 : -ENODEV;
}

/**
 * vmcam_modes_read() - ask the host for its modes
 * @host: the host
 * @session: a session
 *
 * Context: may sleep.
 * Return: the modes, for vmcam_modes_destroy(); -ENODEV if there is none that a camera
 * here can have; another ERR_PTR.
 */
struct vmcam_modes *vmcam_modes_read(struct vmcam_host *host, u32 session)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);
	struct vmcam_modes *modes = kzalloc(sizeof(*modes), GFP_KERNEL);
	int err = -ENOMEM;

	if (modes)
		INIT_LIST_HEAD(&modes->memory);
	if (reader && modes) {
		modes->modes.formats = modes->formats;
		reader->host = host;
		reader->session = session;
		reader->until = vmcam_host_until(VMCAM_LISTS_MS);
		reader->to = modes;
		err = reader_formats(reader);
	}
	kfree(reader);
	if (!err)
		return modes;
	vmcam_modes_destroy(modes);
	return ERR_PTR(err);
}

static bool intervals_equal(const struct virtcam_intervals *a,
			    const struct virtcam_intervals *b)
{
	return a->num == b->num &&
	       !memcmp(&a->stepwise, &b->stepwise, sizeof(a->stepwise)) &&
	       !memcmp(a->discrete, b->discrete, a->num * sizeof(*a->discrete));
}

static bool sizes_equal(const struct virtcam_size *a,
			const struct virtcam_size *b)
{
	return a->width == b->width && a->height == b->height &&
	       intervals_equal(a->intervals, b->intervals);
}

static bool formats_equal(const struct virtcam_format_modes *a,
			  const struct virtcam_format_modes *b)
{
	unsigned int i;

	if (a->fourcc != b->fourcc || a->num != b->num ||
	    memcmp(&a->stepwise, &b->stepwise, sizeof(a->stepwise)))
		return false;
	for (i = 0; i < a->num; i++)
		if (!sizes_equal(&a->discrete[i], &b->discrete[i]))
			return false;
	return a->num || intervals_equal(a->intervals, b->intervals);
}

/**
 * vmcam_modes_equal() - whether programs would see the same
 * @a: modes
 * @b: modes
 *
 * Context: any.
 * Return: whether they are the same, in the same order.
 */
bool vmcam_modes_equal(const struct vmcam_modes *a, const struct vmcam_modes *b)
{
	unsigned int i;

	if (a->modes.num != b->modes.num)
		return false;
	for (i = 0; i < a->modes.num; i++)
		if (!formats_equal(&a->formats[i], &b->formats[i]))
			return false;
	return true;
}

/**
 * vmcam_modes_destroy() - free modes
 * @modes: modes that no camera has, or NULL
 */
void vmcam_modes_destroy(struct vmcam_modes *modes)
{
	if (!modes)
		return;
	vmcam_offer_free(&modes->memory);
	kfree(modes);
}
