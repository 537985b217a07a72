// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <virtcam/modes.h>

#define NSEC 1000000000ULL
/* Timestamps of V4L2 are microseconds, and no two frames have the same. */
#define MIN_INTERVAL 1000ULL
/* In units of 100 ns, as USB cameras have it, a longer one would be no u32. */
#define MAX_INTERVAL (400 * NSEC)

/* What programs expect of a camera */
static const struct v4l2_fract common_interval = { 1, 30 };

/* Room for the four characters of a format and a NUL */
#define NAME_SIZE 5

static const char *modes_name(u32 fourcc, char name[NAME_SIZE])
{
	unsigned int i;

	for (i = 0; i < NAME_SIZE - 1; i++)
		name[i] = fourcc >> (8 * i);
	name[i] = 0;
	return name;
}

static u64 interval_ns(struct v4l2_fract t)
{
	return div_u64(t.numerator * NSEC, t.denominator);
}

static bool interval_is_sane(struct v4l2_fract t)
{
	return t.numerator && t.denominator && interval_ns(t) >= MIN_INTERVAL &&
	       interval_ns(t) <= MAX_INTERVAL;
}

static bool interval_is_below(struct v4l2_fract a, struct v4l2_fract b)
{
	return (u64)a.numerator * b.denominator <
	       (u64)b.numerator * a.denominator;
}

static bool interval_is_same(struct v4l2_fract a, struct v4l2_fract b)
{
	return !interval_is_below(a, b) && !interval_is_below(b, a);
}

#define BAD_INTERVAL \
	"has a frame interval with a zero, below 1 us or above 400 s"

static const char *
interval_range_fault(const struct v4l2_frmival_stepwise *range)
{
	if (!interval_is_sane(range->min) || !interval_is_sane(range->max) ||
	    !range->step.numerator || !range->step.denominator)
		return BAD_INTERVAL;
	if (interval_is_below(range->max, range->min))
		return "has frame intervals whose max is below their min";
	return NULL;
}

static const char *
interval_list_fault(const struct virtcam_intervals *intervals)
{
	unsigned int i, j;

	if (!intervals->discrete)
		return "has no list of frame intervals";
	for (i = 0; i < intervals->num; i++) {
		if (!interval_is_sane(intervals->discrete[i]))
			return BAD_INTERVAL;
		for (j = 0; j < i; j++)
			if (interval_is_same(intervals->discrete[i],
					     intervals->discrete[j]))
				return "has the same frame interval twice";
	}
	return NULL;
}

/**
 * struct checked - the lists that passed their check last, so that sizes or
 * formats that share them are not checked again
 * @intervals: these frame intervals are right
 * @sizes: these sizes are right
 * @num_sizes: how many of @sizes were checked
 * @width_unit: all their widths are multiples of this
 * @height_unit: likewise their heights
 */
struct checked {
	const struct virtcam_intervals *intervals;
	const struct virtcam_size *sizes;
	unsigned int num_sizes;
	u32 width_unit;
	u32 height_unit;
};

static const char *intervals_fault(const struct virtcam_intervals *intervals,
				   struct checked *checked)
{
	const char *why;

	if (!intervals)
		return "has no frame intervals";
	if (intervals == checked->intervals)
		return NULL;
	why = intervals->num ? interval_list_fault(intervals) :
			       interval_range_fault(&intervals->stepwise);
	if (!why)
		checked->intervals = intervals;
	return why;
}

/* How many pixels of a row, or rows, cannot be parted in some plane */
static u32 format_unit(const struct virtcam_format *format, bool vertical)
{
	u32 unit = max_t(u32, 1, vertical ? format->phases :
					    format->macropixel);
	unsigned int i;

	for (i = 0; i < format->num_planes; i++)
		unit = max_t(u32, unit, vertical ? format->plane[i].vsub :
						   format->plane[i].hsub);
	return unit;
}

static const char *side_fault(u32 side, u32 unit)
{
	if (!side)
		return "is zero";
	if (side > VIRTCAM_MAX_SIDE)
		return "is too long";
	return side % unit ? "is no whole number of samples" : NULL;
}

static const char *range_fault(u32 min, u32 max, u32 step, u32 unit)
{
	if (max < min)
		return "has a max below its min";
	if (side_fault(min, unit) || side_fault(max, unit))
		return side_fault(min, unit) ?: side_fault(max, unit);
	if (!step || step % unit)
		return "has a step that is no whole number of samples";
	if ((max - min) % step)
		return "has a max that no number of steps leads to";
	return NULL;
}

static int modes_check_stepwise(const struct virtcam_format_modes *modes,
				const struct virtcam_format *format,
				struct checked *checked, char *fault,
				size_t size)
{
	const struct v4l2_frmsize_stepwise *range = &modes->stepwise;
	char name[NAME_SIZE];
	const char *side = "width";
	const char *why;

	why = range_fault(range->min_width, range->max_width,
			  range->step_width, format_unit(format, false));
	if (!why) {
		side = "height";
		why = range_fault(range->min_height, range->max_height,
				  range->step_height,
				  format_unit(format, true));
	}
	if (!why) {
		side = "range of sizes";
		why = intervals_fault(modes->intervals, checked);
	}
	if (!why)
		return 0;
	snprintf(fault, size, "%s: the %s %s",
		 modes_name(modes->fourcc, name), side, why);
	return -EINVAL;
}

static const char *size_fault(const struct virtcam_size *sizes,
			      unsigned int index, u32 width_unit,
			      u32 height_unit)
{
	const struct virtcam_size *size = &sizes[index];
	unsigned int i;

	for (i = 0; i < index; i++)
		if (sizes[i].width == size->width &&
		    sizes[i].height == size->height)
			return "is there twice";
	return side_fault(size->width, width_unit) ?:
	       side_fault(size->height, height_unit);
}

static int modes_check_sizes(const struct virtcam_format_modes *modes,
			     const struct virtcam_format *format,
			     struct checked *checked, char *fault, size_t size)
{
	const struct virtcam_size *sizes = modes->discrete;
	u32 width_unit = format_unit(format, false);
	u32 height_unit = format_unit(format, true);
	char name[NAME_SIZE];
	const char *why;
	unsigned int i;

	if (!sizes) {
		snprintf(fault, size, "%s: there is no list of sizes",
			 modes_name(modes->fourcc, name));
		return -EINVAL;
	}
	if (sizes == checked->sizes && modes->num <= checked->num_sizes &&
	    checked->width_unit % width_unit == 0 &&
	    checked->height_unit % height_unit == 0)
		return 0;
	for (i = 0; i < modes->num; i++) {
		why = size_fault(sizes, i, width_unit, height_unit) ?:
		      intervals_fault(sizes[i].intervals, checked);
		if (!why)
			continue;
		snprintf(fault, size, "%s: the size %ux%u %s",
			 modes_name(modes->fourcc, name), sizes[i].width,
			 sizes[i].height, why);
		return -EINVAL;
	}
	checked->sizes = sizes;
	checked->num_sizes = modes->num;
	checked->width_unit = width_unit;
	checked->height_unit = height_unit;
	return 0;
}

/**
 * virtcam_modes_check() - find out whether modes can be offered to programs
 * @modes: the modes, from whomever; every pointer is NULL or valid
 * @fault: where a sentence goes that names what is wrong, if anything is
 * @size: bytes of @fault
 *
 * Return: 0, or -EINVAL and @fault is set.
 */
int virtcam_modes_check(const struct virtcam_modes *modes, char *fault,
			size_t size)
{
	struct checked checked = {};
	const struct virtcam_format *format;
	char name[NAME_SIZE];
	unsigned int i;
	u32 fourcc;
	int err;

	if (!modes || !modes->num || !modes->formats) {
		snprintf(fault, size, "there is no format");
		return -EINVAL;
	}
	for (i = 0; i < modes->num; i++) {
		fourcc = modes->formats[i].fourcc;
		format = virtcam_format_find(fourcc);
		if (!format) {
			snprintf(fault, size, "%s (0x%08x): the format is unknown",
				 modes_name(fourcc, name), fourcc);
			return -EINVAL;
		}
		if (virtcam_modes_find(modes, fourcc) != &modes->formats[i]) {
			snprintf(fault, size, "%s: the format is there twice",
				 modes_name(fourcc, name));
			return -EINVAL;
		}
		err = modes->formats[i].num ?
		      modes_check_sizes(&modes->formats[i], format, &checked,
					fault, size) :
		      modes_check_stepwise(&modes->formats[i], format,
					   &checked, fault, size);
		if (err)
			return err;
	}
	return 0;
}

/**
 * virtcam_modes_find() - look up what is offered of a format
 * @modes: valid modes
 * @fourcc: V4L2_PIX_FMT_*
 *
 * Return: the format's modes, or NULL if the format is not offered.
 */
const struct virtcam_format_modes *
virtcam_modes_find(const struct virtcam_modes *modes, u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < modes->num; i++)
		if (modes->formats[i].fourcc == fourcc)
			return &modes->formats[i];
	return NULL;
}

static bool range_has(u32 min, u32 max, u32 step, u32 value)
{
	return value >= min && value <= max && (value - min) % step == 0;
}

/**
 * virtcam_modes_intervals() - the frame intervals of a size
 * @formats: what is offered of the format
 * @width: pixels of a row
 * @height: rows
 *
 * Return: the intervals, or NULL if the size is not offered.
 */
const struct virtcam_intervals *
virtcam_modes_intervals(const struct virtcam_format_modes *formats, u32 width,
			u32 height)
{
	const struct v4l2_frmsize_stepwise *range = &formats->stepwise;
	unsigned int i;

	if (!formats->num)
		return range_has(range->min_width, range->max_width,
				 range->step_width, width) &&
		       range_has(range->min_height, range->max_height,
				 range->step_height, height) ?
		       formats->intervals : NULL;
	for (i = 0; i < formats->num; i++)
		if (formats->discrete[i].width == width &&
		    formats->discrete[i].height == height)
			return formats->discrete[i].intervals;
	return NULL;
}

static u32 modes_image_size(u32 fourcc, u32 width, u32 height)
{
	struct virtcam_mode mode = {
		.format = virtcam_format_find(fourcc),
		.width = width,
		.height = height,
	};

	virtcam_mode_set_layout(&mode, 0);
	return mode.sizeimage;
}

/**
 * virtcam_modes_largest_image() - the size of the largest frame
 * @modes: valid modes
 *
 * Return: bytes of the largest frame of any format and size, without padding.
 */
u32 virtcam_modes_largest_image(const struct virtcam_modes *modes)
{
	const struct virtcam_format_modes *f = modes->formats;
	unsigned int i;
	u32 largest = 0;

	for (; f < modes->formats + modes->num; f++) {
		if (!f->num)
			largest = max(largest,
				      modes_image_size(f->fourcc,
						       f->stepwise.max_width,
						       f->stepwise.max_height));
		for (i = 0; i < f->num; i++)
			largest = max(largest,
				      modes_image_size(f->fourcc,
						       f->discrete[i].width,
						       f->discrete[i].height));
	}
	return largest;
}

/* The value of a range that is nearest to @wanted */
static u32 range_nearest(u32 min, u32 max, u32 step, u32 wanted)
{
	if (wanted <= min || min == max)
		return min;
	wanted = min(wanted, max) - min + step / 2;
	return min + min(wanted, max - min) / step * step;
}

static u32 side_distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

/* As v4l2_find_nearest_size() has it: the sum of both sides' distances */
static const struct virtcam_size *
modes_nearest_size(const struct virtcam_format_modes *formats, u32 width,
		   u32 height)
{
	const struct virtcam_size *size = formats->discrete, *best = size;
	u32 distance, least = U32_MAX;

	for (; size < formats->discrete + formats->num; size++) {
		distance = side_distance(size->width, width) +
			   side_distance(size->height, height);
		if (distance < least) {
			least = distance;
			best = size;
		}
	}
	return best;
}

/* Far above any size, and small enough for sums not to overflow */
#define MAX_WANTED_SIDE 0xffffU

/**
 * virtcam_modes_nearest() - choose what is nearest to a program's wish
 * @modes: valid modes
 * @fourcc: the wanted format; the first one if that is not offered
 * @width: the wanted width in pixels
 * @height: the wanted height in rows
 * @mode: its format, width and height are set; its interval becomes the
 *	nearest to what it was among those of the size; the layout is not set
 */
void virtcam_modes_nearest(const struct virtcam_modes *modes, u32 fourcc,
			   u32 width, u32 height, struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f = virtcam_modes_find(modes, fourcc);
	const struct virtcam_size *size;

	if (!f)
		f = modes->formats;
	width = min(width, MAX_WANTED_SIDE);
	height = min(height, MAX_WANTED_SIDE);
	mode->format = virtcam_format_find(f->fourcc);
	if (f->num) {
		size = modes_nearest_size(f, width, height);
		mode->width = size->width;
		mode->height = size->height;
		mode->interval = virtcam_intervals_nearest(size->intervals,
							   mode->interval);
		return;
	}
	mode->width = range_nearest(f->stepwise.min_width,
				    f->stepwise.max_width,
				    f->stepwise.step_width, width);
	mode->height = range_nearest(f->stepwise.min_height,
				     f->stepwise.max_height,
				     f->stepwise.step_height, height);
	mode->interval = virtcam_intervals_nearest(f->intervals,
						   mode->interval);
}

/**
 * virtcam_modes_default() - what a camera delivers when nobody asked
 * @modes: valid modes
 * @mode: is set as a whole: the first format, 640x480 where that is offered,
 *	else the first size, and the default interval of that size
 */
void virtcam_modes_default(const struct virtcam_modes *modes,
			   struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f = modes->formats;

	mode->interval = common_interval;
	if (!f->num || virtcam_modes_intervals(f, 640, 480))
		virtcam_modes_nearest(modes, f->fourcc, 640, 480, mode);
	else
		virtcam_modes_nearest(modes, f->fourcc, f->discrete->width,
				      f->discrete->height, mode);
	mode->interval = virtcam_intervals_default
		(virtcam_modes_intervals(f, mode->width, mode->height));
	virtcam_mode_set_layout(mode, 0);
}

/**
 * virtcam_modes_have() - whether a mode is offered
 * @modes: valid modes
 * @mode: a mode with format, width, height and interval set
 *
 * Return: true if its format, size and interval are among @modes.
 */
bool virtcam_modes_have(const struct virtcam_modes *modes,
			const struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f =
		virtcam_modes_find(modes, mode->format->fourcc);
	const struct virtcam_intervals *intervals;

	intervals = f ? virtcam_modes_intervals(f, mode->width, mode->height) :
			NULL;
	return intervals &&
	       interval_is_same(virtcam_intervals_nearest(intervals,
							  mode->interval),
				mode->interval);
}

/* From min by whole steps: counted in nanoseconds, told in units of 100 ns. */
static struct v4l2_fract
intervals_nearest_step(const struct v4l2_frmival_stepwise *range,
		       struct v4l2_fract wanted)
{
	u64 step = interval_ns(range->step);
	u64 min = interval_ns(range->min);
	u64 above, rest, ns;

	if (!interval_is_below(range->min, wanted))
		return range->min;
	if (!interval_is_below(wanted, range->max))
		return range->max;
	above = interval_ns(wanted) - min;
	div64_u64_rem(above, max(step, 1ULL), &rest);
	/* A program that asks for a step exactly is told its own fraction. */
	if (step <= MIN_INTERVAL || rest < MIN_INTERVAL)
		return wanted;
	ns = min + div64_u64(above + step / 2, step) * step;
	if (ns <= min)
		return range->min;
	if (ns >= interval_ns(range->max))
		return range->max;
	return (struct v4l2_fract) { div_u64(ns, 100), NSEC / 100 };
}

/**
 * virtcam_intervals_nearest() - choose what is nearest to a program's wish
 * @intervals: valid frame intervals
 * @wanted: seconds from one frame to the next, neither part zero
 *
 * Return: the interval whose duration is nearest to that of @wanted.
 */
struct v4l2_fract
virtcam_intervals_nearest(const struct virtcam_intervals *intervals,
			  struct v4l2_fract wanted)
{
	u64 want = interval_ns(wanted), ns;
	u64 distance, least = U64_MAX;
	unsigned int i, best = 0;

	if (!intervals->num)
		return intervals_nearest_step(&intervals->stepwise, wanted);
	for (i = 0; i < intervals->num; i++) {
		ns = interval_ns(intervals->discrete[i]);
		distance = ns > want ? ns - want : want - ns;
		if (distance < least) {
			least = distance;
			best = i;
		}
	}
	return intervals->discrete[best];
}

/**
 * virtcam_intervals_default() - the frame interval when nobody asked
 * @intervals: valid frame intervals
 *
 * Return: 30 frames a second, or the nearest of stepwise intervals, or the first
 * of discrete ones.
 */
struct v4l2_fract
virtcam_intervals_default(const struct virtcam_intervals *intervals)
{
	struct v4l2_fract nearest =
		virtcam_intervals_nearest(intervals, common_interval);

	if (intervals->num && !interval_is_same(nearest, common_interval))
		return intervals->discrete[0];
	return nearest;
}
