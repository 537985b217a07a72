// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/mode-setting.h>

#include "settings.h"

/* The longest word that is a range: 1000/100000-100000/10000 */
#define WORD_SIZE 32
/* The longest time without a frame that can be wanted, in milliseconds */
#define MAX_TIMEOUT 3600000

/* What a feed offers unless it is told otherwise */
static const u32 default_formats[] = {
	V4L2_PIX_FMT_YUYV,   V4L2_PIX_FMT_NV12,	 V4L2_PIX_FMT_YUV420,
	V4L2_PIX_FMT_UYVY,   V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24,
	V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_ABGR32,
};

/* For viewers, among them browsers, which take none of a range; any for producers */
static const struct feed_size default_sizes[] = {
	{ 640, 480, 0, 0 },   { 320, 240, 0, 0 },   { 1280, 720, 0, 0 },
	{ 1920, 1080, 0, 0 }, { 3840, 2160, 0, 0 },
	{ VIRTCAM_SETTING_MIN_SIDE, VIRTCAM_SETTING_MIN_SIDE,
	  VIRTCAM_SETTING_MAX_WIDTH, VIRTCAM_SETTING_MAX_HEIGHT },
};

static const struct feed_interval default_intervals[] = {
	{ .shortest = { 1, 30 } }, { .shortest = { 1, 60 } },
	{ .shortest = { 1, 25 } }, { .shortest = { 1, 15 } },
	{ { 1, VIRTCAM_SETTING_SHORTEST }, { VIRTCAM_SETTING_LONGEST, 1 } },
};

#define DEFAULT_TIMEOUT 500

/**
 * feed_config_init() - what a feed offers unless it is told otherwise
 * @config: is set as a whole
 */
void feed_config_init(struct feed_config *config)
{
	memset(config, 0, sizeof(*config));
	memcpy(config->formats, default_formats, sizeof(default_formats));
	config->num_formats = ARRAY_SIZE(default_formats);
	memcpy(config->sizes, default_sizes, sizeof(default_sizes));
	config->num_sizes = ARRAY_SIZE(default_sizes);
	memcpy(config->intervals, default_intervals, sizeof(default_intervals));
	config->num_intervals = ARRAY_SIZE(default_intervals);
	config->timeout = DEFAULT_TIMEOUT;
	config->placeholder = FEED_PLACEHOLDER_PICTURE;
	config->viewers = 1;
}

static int format_parse(const char *word, void *element)
{
	return virtcam_setting_parse_format(word, element);
}

static const struct virtcam_list format_list = {
	FEED_MAX_FORMATS, sizeof(u32),
	format_parse, virtcam_setting_same_format, virtcam_setting_print_format,
};

static int formats_parse(void *object, char *text)
{
	struct feed_config *config = object;

	return virtcam_list_parse(&format_list, config->formats,
				  &config->num_formats, text);
}

static int formats_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return virtcam_list_print(&format_list, config->formats,
				  config->num_formats, text, size);
}

static int formats_allow(char *text, size_t size)
{
	return virtcam_setting_allow_formats(text, size, true);
}

/* The two halves of a range, or @word and NULL. @copy is cut up. */
static int range_split(const char *word, char copy[WORD_SIZE], char **second)
{
	if (strlen(word) >= WORD_SIZE)
		return -EINVAL;
	strcpy(copy, word);
	*second = strchr(copy, '-');
	if (*second)
		*(*second)++ = 0;
	return 0;
}

static int size_parse(const char *word, void *element)
{
	struct feed_size *s = element;
	char copy[WORD_SIZE], *second;

	memset(s, 0, sizeof(*s));
	if (range_split(word, copy, &second) ||
	    virtcam_setting_parse_size(copy, &s->width, &s->height))
		return -EINVAL;
	if (second && (virtcam_setting_parse_size(second, &s->max_width,
						  &s->max_height) ||
		       s->max_width < s->width || s->max_height < s->height))
		return -EINVAL;
	return 0;
}

/* All ranges are the same: there is one at most. */
static bool size_is_same(const void *a, const void *b)
{
	const struct feed_size *s = a, *t = b;

	if (s->max_width || t->max_width)
		return s->max_width && t->max_width;
	return s->width == t->width && s->height == t->height;
}

static int size_print(const void *element, char *text, size_t size)
{
	const struct feed_size *s = element;

	if (s->max_width)
		return snprintf(text, size, "%ux%u-%ux%u", s->width, s->height,
				s->max_width, s->max_height);
	return snprintf(text, size, "%ux%u", s->width, s->height);
}

static const struct virtcam_list size_list = {
	FEED_MAX_SIZES, sizeof(struct feed_size),
	size_parse, size_is_same, size_print,
};

static const struct feed_size *sizes_range(const struct feed_size *sizes,
					   unsigned int num)
{
	while (num--)
		if (sizes[num].max_width)
			return &sizes[num];
	return NULL;
}

/* A producer could not give what a viewer may choose outside of the range. */
static bool sizes_fit(const struct feed_size *sizes, unsigned int num)
{
	const struct feed_size *range = sizes_range(sizes, num);

	for (; range && num--; sizes++)
		if (sizes->width < range->width ||
		    sizes->height < range->height ||
		    sizes->width > range->max_width ||
		    sizes->height > range->max_height)
			return false;
	return true;
}

static int sizes_parse(void *object, char *text)
{
	struct feed_config *config = object;
	struct feed_size sizes[FEED_MAX_SIZES];
	unsigned int num;

	if (virtcam_list_parse(&size_list, sizes, &num, text) ||
	    !sizes_fit(sizes, num))
		return -EINVAL;
	memcpy(config->sizes, sizes, num * sizeof(*sizes));
	config->num_sizes = num;
	return 0;
}

static int sizes_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return virtcam_list_print(&size_list, config->sizes, config->num_sizes,
				  text, size);
}

static int sizes_allow(char *text, size_t size)
{
	return snprintf(text, size,
			"1 to %d different WIDTHxHEIGHT, both even, %dx%d to %dx%d; one may be a range, SIZE-SIZE, in which the others lie",
			FEED_MAX_SIZES, VIRTCAM_SETTING_MIN_SIDE,
			VIRTCAM_SETTING_MIN_SIDE, VIRTCAM_SETTING_MAX_WIDTH,
			VIRTCAM_SETTING_MAX_HEIGHT);
}

static int interval_parse(const char *word, void *element)
{
	struct feed_interval *i = element;
	char copy[WORD_SIZE], *second;

	memset(i, 0, sizeof(*i));
	if (range_split(word, copy, &second) ||
	    virtcam_setting_parse_interval(copy, &i->shortest))
		return -EINVAL;
	if (second &&
	    (virtcam_setting_parse_interval(second, &i->longest) ||
	     (u64)i->longest.numerator * i->shortest.denominator <
	     (u64)i->shortest.numerator * i->longest.denominator))
		return -EINVAL;
	return 0;
}

static bool interval_is_same(const void *a, const void *b)
{
	const struct feed_interval *s = a, *t = b;

	if (s->longest.numerator || t->longest.numerator)
		return s->longest.numerator && t->longest.numerator;
	return virtcam_setting_same_interval(&s->shortest, &t->shortest);
}

static int interval_print(const void *element, char *text, size_t size)
{
	const struct feed_interval *i = element;
	int used = snprintf(text, size, "%u/%u", i->shortest.numerator,
			    i->shortest.denominator);

	if (i->longest.numerator)
		used += snprintf(text + used, size - used, "-%u/%u",
				 i->longest.numerator, i->longest.denominator);
	return used;
}

static const struct virtcam_list interval_list = {
	FEED_MAX_INTERVALS, sizeof(struct feed_interval),
	interval_parse, interval_is_same, interval_print,
};

static int intervals_parse(void *object, char *text)
{
	struct feed_config *config = object;

	return virtcam_list_parse(&interval_list, config->intervals,
				  &config->num_intervals, text);
}

static int intervals_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return virtcam_list_print(&interval_list, config->intervals,
				  config->num_intervals, text, size);
}

static int intervals_allow(char *text, size_t size)
{
	return snprintf(text, size,
			"1 to %d different SECONDS as N/M with N and M to %d, 1/%d to %d/1; one may be a range, SHORTEST-LONGEST",
			FEED_MAX_INTERVALS, VIRTCAM_SETTING_MAX_TERM,
			VIRTCAM_SETTING_SHORTEST, VIRTCAM_SETTING_LONGEST);
}

static int timeout_parse(void *object, char *text)
{
	struct feed_config *config = object;

	return virtcam_setting_parse_number(text, MAX_TIMEOUT,
					    &config->timeout);
}

static int timeout_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return snprintf(text, size, "%u", config->timeout);
}

static int timeout_allow(char *text, size_t size)
{
	return snprintf(text, size, "1 to %d milliseconds", MAX_TIMEOUT);
}

static const char * const placeholder_names[FEED_NUM_PLACEHOLDERS] = {
	[FEED_PLACEHOLDER_PICTURE] = "picture",
	[FEED_PLACEHOLDER_LAST] = "last",
	[FEED_PLACEHOLDER_NONE] = "none",
};

static int placeholder_parse(void *object, char *text)
{
	struct feed_config *config = object;
	int i = virtcam_setting_parse_name(placeholder_names,
					   FEED_NUM_PLACEHOLDERS, text);

	if (i < 0)
		return i;
	config->placeholder = i;
	return 0;
}

static int placeholder_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return snprintf(text, size, "%s",
			placeholder_names[config->placeholder]);
}

static int placeholder_allow(char *text, size_t size)
{
	return snprintf(text, size, "picture, last or none");
}

/* From its first mark to its last: a program may have been killed half way. */
static bool file_is_jpeg(const u8 *data, size_t size)
{
	return size > 4 && data[0] == 0xff && data[1] == 0xd8 &&
	       data[size - 2] == 0xff && data[size - 1] == 0xd9;
}

/* A start code: 00 00 01 or 00 00 00 01 */
static bool file_is_byte_stream(const u8 *data, size_t size)
{
	return size > 4 && !data[0] && !data[1] &&
	       (data[2] == 1 || (!data[2] && data[3] == 1));
}

static bool placeholder_file_is_allowed(const u8 *data, size_t size)
{
	return file_is_jpeg(data, size) || file_is_byte_stream(data, size);
}

/**
 * feed_config_has_file() - whether the placeholder is a file
 * @config: the config
 * @mode: what a viewer gets
 *
 * Return: whether the user has given one that is of the mode's compressed format, and
 * not larger than its frames.
 */
bool feed_config_has_file(const struct feed_config *config,
			  const struct virtcam_mode *mode)
{
	const struct virtcam_file *file = &config->placeholder_file;

	return mode->format->compressed && file->size &&
	       file->size <= mode->sizeimage &&
	       file_is_jpeg(file->data, file->size) ==
	       (mode->format->fourcc == V4L2_PIX_FMT_MJPEG ||
		mode->format->fourcc == V4L2_PIX_FMT_JPEG);
}

static int viewers_parse(void *object, char *text)
{
	struct feed_config *config = object;

	return virtcam_setting_parse_number(text, FEED_MAX_VIEWERS,
					    &config->viewers);
}

static int viewers_print(const void *object, char *text, size_t size)
{
	const struct feed_config *config = object;

	return snprintf(text, size, "%u", config->viewers);
}

static int viewers_allow(char *text, size_t size)
{
	return snprintf(text, size, "1 to %d", FEED_MAX_VIEWERS);
}

static void offer_set_sizes(const struct feed_config *config, bool ranges,
			    struct feed_offer *offer,
			    struct virtcam_format_modes *modes)
{
	const struct feed_size *range = sizes_range(config->sizes,
						    config->num_sizes);
	unsigned int i;

	modes->num = 0;
	modes->discrete = offer->sizes;
	modes->intervals = &offer->intervals;
	if (range)
		modes->stepwise = (struct v4l2_frmsize_stepwise) {
			range->width, range->max_width, 2,
			range->height, range->max_height, 2,
		};
	for (i = 0; i < config->num_sizes && !(range && ranges); i++)
		if (!config->sizes[i].max_width)
			offer->sizes[modes->num++] = (struct virtcam_size) {
				config->sizes[i].width, config->sizes[i].height,
				&offer->intervals,
			};
}

static void offer_set_intervals(const struct feed_config *config, bool ranges,
				struct feed_offer *offer)
{
	struct virtcam_intervals *intervals = &offer->intervals;
	const struct feed_interval *i = config->intervals, *range = NULL;

	intervals->num = 0;
	intervals->discrete = offer->fractions;
	for (; i < config->intervals + config->num_intervals; i++)
		if (i->longest.numerator)
			range = i;
		else
			offer->fractions[intervals->num++] = i->shortest;
	if (!range)
		return;
	intervals->stepwise.min = range->shortest;
	intervals->stepwise.max = range->longest;
	/* As fine as a timestamp: a microsecond */
	intervals->stepwise.step = (struct v4l2_fract) { 1, 1000000 };
	if (ranges)
		intervals->num = 0;
}

/**
 * feed_config_offer() - make a config modes
 * @config: the config
 * @ranges: where there is a range, offer that, and not what lies in it
 * @offer: is set as a whole
 */
void feed_config_offer(const struct feed_config *config, bool ranges,
		       struct feed_offer *offer)
{
	unsigned int i;

	offer_set_intervals(config, ranges, offer);
	for (i = 0; i < config->num_formats; i++) {
		offer->formats[i].fourcc = config->formats[i];
		offer_set_sizes(config, ranges, offer, &offer->formats[i]);
	}
	offer->modes.num = config->num_formats;
	offer->modes.formats = offer->formats;
}

const struct virtcam_setting feed_formats = {
	"formats", formats_allow, formats_parse, formats_print,
};

const struct virtcam_setting feed_sizes = {
	"sizes", sizes_allow, sizes_parse, sizes_print,
};

const struct virtcam_setting feed_intervals = {
	"intervals", intervals_allow, intervals_parse, intervals_print,
};

const struct virtcam_setting feed_timeout = {
	"timeout", timeout_allow, timeout_parse, timeout_print,
};

const struct virtcam_setting feed_placeholder = {
	"placeholder", placeholder_allow, placeholder_parse, placeholder_print,
};

const struct virtcam_file_setting feed_placeholder_file = {
	"placeholder_file",
	"a whole JPEG picture, a frame of H.264 or HEVC that begins with a start code, or a newline for none",
	placeholder_file_is_allowed,
	offsetof(struct feed_config, placeholder_file),
};

const struct virtcam_setting feed_viewers = {
	"viewers", viewers_allow, viewers_parse, viewers_print,
};
