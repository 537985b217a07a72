// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/format.h>
#include <virtcam/mode-setting.h>
#include <virtcam/setting.h>

/**
 * virtcam_setting_parse_format() - take a word as a pixel format
 * @word: four characters, such as NV12
 * @fourcc: the format, one of virtcam_formats
 *
 * Return: 0 or -EINVAL.
 */
int virtcam_setting_parse_format(const char *word, u32 *fourcc)
{
	const struct virtcam_format *format = NULL;

	if (strlen(word) == 4)
		format = virtcam_format_find(v4l2_fourcc(word[0], word[1],
							 word[2], word[3]));
	if (!format)
		return -EINVAL;
	*fourcc = format->fourcc;
	return 0;
}

/**
 * virtcam_setting_same_format() - the same() of a list of formats
 * @a: a u32
 * @b: another
 *
 * Return: whether they are the same format.
 */
bool virtcam_setting_same_format(const void *a, const void *b)
{
	return *(const u32 *)a == *(const u32 *)b;
}

/**
 * virtcam_setting_print_format() - the print() of a list of formats
 * @fourcc: a u32
 * @text: where to
 * @size: bytes of @text
 *
 * Return: the length of the text.
 */
int virtcam_setting_print_format(const void *fourcc, char *text, size_t size)
{
	u32 f = *(const u32 *)fourcc;

	return snprintf(text, size, "%c%c%c%c", f & 0xff, (f >> 8) & 0xff,
			(f >> 16) & 0xff, f >> 24);
}

/**
 * virtcam_setting_allow_formats() - the allow() of a list of formats
 * @text: where to
 * @size: bytes of @text
 * @compressed: compressed formats are allowed, too
 *
 * Return: the length of the text.
 */
int virtcam_setting_allow_formats(char *text, size_t size, bool compressed)
{
	int used = snprintf(text, size, "one or more of");
	unsigned int i;

	for (i = 0; i < virtcam_num_formats; i++) {
		if (virtcam_formats[i].compressed && !compressed)
			continue;
		used += snprintf(text + used, size - used, " ");
		used += virtcam_setting_print_format(&virtcam_formats[i].fourcc,
						     text + used, size - used);
	}
	return used + snprintf(text + used, size - used, ", each once");
}

/**
 * virtcam_setting_parse_size() - take a word as a size of frames
 * @word: such as 640x480
 * @width: pixels of a row
 * @height: rows
 *
 * Return: 0 or -EINVAL.
 */
int virtcam_setting_parse_size(const char *word, u32 *width, u32 *height)
{
	if (virtcam_setting_parse_pair(word, 'x', VIRTCAM_SETTING_MAX_WIDTH,
				       width, height) ||
	    *width < VIRTCAM_SETTING_MIN_SIDE ||
	    *height < VIRTCAM_SETTING_MIN_SIDE ||
	    *height > VIRTCAM_SETTING_MAX_HEIGHT || *width % 2 || *height % 2)
		return -EINVAL;
	return 0;
}

/**
 * virtcam_setting_parse_interval() - take a word as a frame interval
 * @word: such as 1/30
 * @interval: seconds from one frame to the next
 *
 * Return: 0 or -EINVAL.
 */
int virtcam_setting_parse_interval(const char *word,
				   struct v4l2_fract *interval)
{
	struct v4l2_fract *t = interval;

	if (virtcam_setting_parse_pair(word, '/', VIRTCAM_SETTING_MAX_TERM,
				       &t->numerator, &t->denominator) ||
	    t->numerator > (u64)VIRTCAM_SETTING_LONGEST * t->denominator ||
	    (u64)VIRTCAM_SETTING_SHORTEST * t->numerator < t->denominator)
		return -EINVAL;
	return 0;
}

/**
 * virtcam_setting_same_interval() - whether two intervals are as long
 * @a: an interval
 * @b: another
 *
 * Return: true or false.
 */
bool virtcam_setting_same_interval(const struct v4l2_fract *a,
				   const struct v4l2_fract *b)
{
	return (u64)a->numerator * b->denominator ==
	       (u64)b->numerator * a->denominator;
}
