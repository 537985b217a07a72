// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/format.h>
#include <virtcam/memory.h>
#include <virtcam/mode-setting.h>
#include <virtcam/pacing.h>

#include "settings.h"

/* Of all that can be drawn, what a camera offers unless it is told otherwise */
static const u32 default_formats[] = {
	V4L2_PIX_FMT_YUYV,   V4L2_PIX_FMT_UYVY,	 V4L2_PIX_FMT_NV12,
	V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24,
	V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_GREY,	 V4L2_PIX_FMT_SRGGB8,
};

static const u16 default_sizes[][2] = {
	{ 160, 120 },  { 320, 240 },   { 640, 480 },
	{ 1280, 720 }, { 1920, 1080 }, { 3840, 2160 },
};

static const u32 default_rates[] = { 5, 10, 15, 24, 25, 30, 50, 60 };

/*
 * vmalloc is cheapest. Where devices are not coherent with the processor's
 * caches, they would read old bytes of it.
 */
#define HAS_DMA_SG IS_REACHABLE(CONFIG_VIDEOBUF2_DMA_SG)
#define DEFAULT_MEMORY                                                 \
	(IS_ENABLED(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) && HAS_DMA_SG \
		 ? VIRTCAM_MEMORY_DMA_SG                               \
		 : VIRTCAM_MEMORY_VMALLOC)

/**
 * pattern_config_init() - what a camera offers unless it is told otherwise
 * @config: is set as a whole
 */
void pattern_config_init(struct pattern_config *config)
{
	unsigned int i;

	memset(config, 0, sizeof(*config));
	memcpy(config->formats, default_formats, sizeof(default_formats));
	config->num_formats = ARRAY_SIZE(default_formats);
	for (i = 0; i < ARRAY_SIZE(default_sizes); i++) {
		config->sizes[i].width = default_sizes[i][0];
		config->sizes[i].height = default_sizes[i][1];
	}
	config->num_sizes = i;
	for (i = 0; i < ARRAY_SIZE(default_rates); i++)
		config->intervals[i] =
			(struct v4l2_fract){ 1, default_rates[i] };
	config->num_intervals = i;
	config->memory = DEFAULT_MEMORY;
}

/* None that is compressed can be drawn. */
static int format_parse(const char *word, void *element)
{
	u32 fourcc;

	if (virtcam_setting_parse_format(word, &fourcc) ||
	    virtcam_format_find(fourcc)->compressed)
		return -EINVAL;
	*(u32 *)element = fourcc;
	return 0;
}

static const struct virtcam_list format_list = {
	PATTERN_MAX_FORMATS,
	sizeof(u32),
	format_parse,
	virtcam_setting_same_format,
	virtcam_setting_print_format,
};

static int formats_parse(void *object, char *text)
{
	struct pattern_config *config = object;

	return virtcam_list_parse(&format_list, config->formats,
				  &config->num_formats, text);
}

static int formats_print(const void *object, char *text, size_t size)
{
	const struct pattern_config *config = object;

	return virtcam_list_print(&format_list, config->formats,
				  config->num_formats, text, size);
}

static int formats_allow(char *text, size_t size)
{
	return virtcam_setting_allow_formats(text, size, false);
}

static int size_parse(const char *word, void *element)
{
	struct virtcam_size *s = element;

	s->intervals = NULL;
	return virtcam_setting_parse_size(word, &s->width, &s->height);
}

static bool size_is_same(const void *a, const void *b)
{
	const struct virtcam_size *s = a, *t = b;

	return s->width == t->width && s->height == t->height;
}

static int size_print(const void *element, char *text, size_t size)
{
	const struct virtcam_size *s = element;

	return snprintf(text, size, "%ux%u", s->width, s->height);
}

static const struct virtcam_list size_list = {
	PATTERN_MAX_SIZES, sizeof(struct virtcam_size),
	size_parse,	   size_is_same,
	size_print,
};

static int sizes_parse(void *object, char *text)
{
	struct pattern_config *config = object;

	return virtcam_list_parse(&size_list, config->sizes, &config->num_sizes,
				  text);
}

static int sizes_print(const void *object, char *text, size_t size)
{
	const struct pattern_config *config = object;

	return virtcam_list_print(&size_list, config->sizes, config->num_sizes,
				  text, size);
}

static int sizes_allow(char *text, size_t size)
{
	return snprintf(text, size,
			"1 to %d different WIDTHxHEIGHT, both even, %dx%d to %dx%d",
			PATTERN_MAX_SIZES, VIRTCAM_SETTING_MIN_SIDE,
			VIRTCAM_SETTING_MIN_SIDE, VIRTCAM_SETTING_MAX_WIDTH,
			VIRTCAM_SETTING_MAX_HEIGHT);
}

static int interval_parse(const char *word, void *element)
{
	return virtcam_setting_parse_interval(word, element);
}

static bool interval_is_same(const void *a, const void *b)
{
	return virtcam_setting_same_interval(a, b);
}

static int interval_print(const void *element, char *text, size_t size)
{
	const struct v4l2_fract *t = element;

	return snprintf(text, size, "%u/%u", t->numerator, t->denominator);
}

static const struct virtcam_list interval_list = {
	PATTERN_MAX_INTERVALS, sizeof(struct v4l2_fract),
	interval_parse,	       interval_is_same,
	interval_print,
};

static int intervals_parse(void *object, char *text)
{
	struct pattern_config *config = object;

	return virtcam_list_parse(&interval_list, config->intervals,
				  &config->num_intervals, text);
}

static int intervals_print(const void *object, char *text, size_t size)
{
	const struct pattern_config *config = object;

	return virtcam_list_print(&interval_list, config->intervals,
				  config->num_intervals, text, size);
}

static int intervals_allow(char *text, size_t size)
{
	return snprintf(text, size,
			"1 to %d different SECONDS as N/M with N and M to %d, 1/%d to %d/1",
			PATTERN_MAX_INTERVALS, VIRTCAM_SETTING_MAX_TERM,
			VIRTCAM_SETTING_SHORTEST, VIRTCAM_SETTING_LONGEST);
}

static const char * const memory_names[2] = {
	[VIRTCAM_MEMORY_VMALLOC] = "vmalloc",
	[VIRTCAM_MEMORY_DMA_SG] = "dma-sg",
};

static const char *const pace_names[VIRTCAM_NUM_PACES] = {
	[VIRTCAM_PACE_INTERVAL] = "interval",
	[VIRTCAM_PACE_NONE] = "none",
};

static int names_parse(const char *const names[2], const char *text,
		       unsigned int *value)
{
	int i = virtcam_setting_parse_name(names, 2, text);

	if (i < 0)
		return i;
	*value = i;
	return 0;
}

static int names_allow(const char *const names[2], char *text, size_t size)
{
	return snprintf(text, size, "%s or %s", names[0], names[1]);
}

static int memory_parse(void *object, char *text)
{
	struct pattern_config *config = object;
	unsigned int memory;

	if (names_parse(memory_names, text, &memory) ||
	    (memory == VIRTCAM_MEMORY_DMA_SG && !HAS_DMA_SG))
		return -EINVAL;
	config->memory = memory;
	return 0;
}

static int memory_print(const void *object, char *text, size_t size)
{
	const struct pattern_config *config = object;

	return snprintf(text, size, "%s", memory_names[config->memory]);
}

static int memory_allow(char *text, size_t size)
{
	if (!HAS_DMA_SG)
		return snprintf(text, size,
				"vmalloc; for dma-sg this kernel lacks CONFIG_VIDEOBUF2_DMA_SG");
	return names_allow(memory_names, text, size);
}

static int pacing_parse(void *object, char *text)
{
	struct pattern_config *config = object;

	return names_parse(pace_names, text, &config->pace);
}

static int pacing_print(const void *object, char *text, size_t size)
{
	const struct pattern_config *config = object;

	return snprintf(text, size, "%s", pace_names[config->pace]);
}

static int pacing_allow(char *text, size_t size)
{
	return names_allow(pace_names, text, size);
}

const struct virtcam_setting pattern_formats = {
	"formats",
	formats_allow,
	formats_parse,
	formats_print,
};

const struct virtcam_setting pattern_sizes = {
	"sizes",
	sizes_allow,
	sizes_parse,
	sizes_print,
};

const struct virtcam_setting pattern_intervals = {
	"intervals",
	intervals_allow,
	intervals_parse,
	intervals_print,
};

const struct virtcam_setting pattern_memory = {
	"memory",
	memory_allow,
	memory_parse,
	memory_print,
};

const struct virtcam_setting pattern_pacing = {
	"pacing",
	pacing_allow,
	pacing_parse,
	pacing_print,
};
