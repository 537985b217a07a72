// SPDX-License-Identifier: GPL-2.0-only
/* Whether a camera can offer modes, whoever made them. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <virtcam/modes.h>

#include "interval.h"

/* In units of 100 ns, as USB cameras have it, a longer one would be no u32. */
#define MAX_INTERVAL (400 * NSEC)

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

static bool interval_is_sane(struct v4l2_fract t)
{
	return t.numerator && t.denominator && interval_ns(t) >= MIN_INTERVAL &&
	       interval_ns(t) <= MAX_INTERVAL;
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
EXPORT_SYMBOL_GPL(virtcam_modes_check);
