// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/config.h>

#define MIN_SIDE 16
#define MAX_WIDTH 3840
#define MAX_HEIGHT 2160
/* Small enough for virtcam_pacing_elapsed() not to overflow. */
#define MAX_TERM 100000

static const struct virtcam_size default_sizes[] = {
	{ 160, 120 },	{ 320, 240 },	{ 640, 480 },
	{ 1280, 720 },	{ 1920, 1080 },	{ 3840, 2160 },
};

static const u32 default_rates[] = { 5, 10, 15, 24, 25, 30, 50, 60 };

/**
 * virtcam_config_init() - all that a camera can do
 * @config: is set as a whole
 * @card: the camera's name; cut to VIRTCAM_CARD_SIZE - 1 bytes
 */
void virtcam_config_init(struct virtcam_config *config, const char *card)
{
	unsigned int i;

	memset(config, 0, sizeof(*config));
	snprintf(config->card, sizeof(config->card), "%s", card);
	for (i = 0; i < VIRTCAM_NUM_DEFAULT_FORMATS; i++)
		config->formats[config->num_formats++] = i;
	for (i = 0; i < ARRAY_SIZE(default_sizes); i++)
		config->sizes[config->num_sizes++] = default_sizes[i];
	for (i = 0; i < ARRAY_SIZE(default_rates); i++)
		config->intervals[config->num_intervals++] =
			(struct v4l2_fract) { 1, default_rates[i] };
}

/**
 * virtcam_config_default_mode() - what a camera delivers when nobody asked
 * @config: a valid configuration
 * @mode: is set as a whole: the first format, 640x480 at 30 frames a second,
 *	or the first size and interval if that is not among them
 */
void virtcam_config_default_mode(const struct virtcam_config *config,
				 struct virtcam_mode *mode)
{
	unsigned int size = 0, interval = 0, i;

	for (i = 0; i < config->num_sizes; i++)
		if (config->sizes[i].width == 640 &&
		    config->sizes[i].height == 480)
			size = i;
	for (i = 0; i < config->num_intervals; i++)
		if (config->intervals[i].numerator * 30 ==
		    config->intervals[i].denominator)
			interval = i;

	mode->format = &virtcam_formats[config->formats[0]];
	mode->width = config->sizes[size].width;
	mode->height = config->sizes[size].height;
	mode->interval = config->intervals[interval];
	virtcam_mode_set_layout(mode, 0);
}

/**
 * virtcam_config_largest_image() - the size of the largest frame
 * @config: a valid configuration
 *
 * Return: bytes of a frame of any of its formats and sizes, without padding.
 */
u32 virtcam_config_largest_image(const struct virtcam_config *config)
{
	struct virtcam_mode mode = {};
	unsigned int f, s;
	u32 largest = 0;

	for (f = 0; f < config->num_formats; f++)
		for (s = 0; s < config->num_sizes; s++) {
			mode.format = &virtcam_formats[config->formats[f]];
			mode.width = config->sizes[s].width;
			mode.height = config->sizes[s].height;
			virtcam_mode_set_layout(&mode, 0);
			if (mode.sizeimage > largest)
				largest = mode.sizeimage;
		}
	return largest;
}

static int parse_card(struct virtcam_config *config, char *text)
{
	size_t length = strlen(text);
	size_t i;

	if (!length || length >= sizeof(config->card))
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return -EINVAL;
	memset(config->card, 0, sizeof(config->card));
	memcpy(config->card, text, length);
	return 0;
}

static int print_card(const struct virtcam_config *config, char *text,
		      size_t size)
{
	return snprintf(text, size, "%s", config->card);
}

/* The next word of *@text, or NULL; the text is cut up. */
static char *next_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t");
	} while (word && !*word);
	return word;
}

/* A whole number from 1 to @max, as its digits and nothing else. */
static int parse_number(const char **at, u32 max, u32 *number)
{
	const char *p = *at;
	u32 n = 0;

	for (; *p >= '0' && *p <= '9' && n <= max; p++)
		n = n * 10 + (*p - '0');
	if (p == *at || !n || n > max)
		return -EINVAL;
	*number = n;
	*at = p;
	return 0;
}

/* Two numbers with @mark between them. */
static int parse_pair(const char *word, char mark, u32 max, u32 *a, u32 *b)
{
	if (parse_number(&word, max, a) || *word++ != mark ||
	    parse_number(&word, max, b) || *word)
		return -EINVAL;
	return 0;
}

/*
 * The list settings share this: each word goes through @add into a copy, and
 * the copy replaces @config only when every word was right.
 */
static int parse_list(struct virtcam_config *config, char *text,
		      int (*add)(struct virtcam_config *to, const char *word))
{
	const char *word = next_word(&text);
	int err;

	if (!word)
		return -EINVAL;
	for (; word; word = next_word(&text)) {
		err = add(config, word);
		if (err)
			return err;
	}
	return 0;
}

static u32 word_to_fourcc(const char *word)
{
	return strlen(word) == 4 ?
	       v4l2_fourcc(word[0], word[1], word[2], word[3]) : 0;
}

static int add_format(struct virtcam_config *config, const char *word)
{
	const struct virtcam_format *format =
		virtcam_format_find(word_to_fourcc(word));
	unsigned int i;

	if (!format || format->compressed ||
	    config->num_formats == VIRTCAM_MAX_FORMATS)
		return -EINVAL;
	for (i = 0; i < config->num_formats; i++)
		if (&virtcam_formats[config->formats[i]] == format)
			return -EINVAL;
	config->formats[config->num_formats++] = format - virtcam_formats;
	return 0;
}

static int parse_formats(struct virtcam_config *config, char *text)
{
	struct virtcam_config to = { .num_formats = 0 };
	int err = parse_list(&to, text, add_format);

	if (err)
		return err;
	memcpy(config->formats, to.formats, sizeof(to.formats));
	config->num_formats = to.num_formats;
	return 0;
}

static int print_formats(const struct virtcam_config *config, char *text,
			 size_t size)
{
	unsigned int i;
	int used = 0;
	u32 f;

	for (i = 0; i < config->num_formats; i++) {
		f = virtcam_formats[config->formats[i]].fourcc;
		used += snprintf(text + used, size - used, "%s%c%c%c%c",
				 i ? " " : "", f & 0xff, (f >> 8) & 0xff,
				 (f >> 16) & 0xff, (f >> 24) & 0xff);
	}
	return used;
}

static int add_size(struct virtcam_config *config, const char *word)
{
	struct virtcam_size size;
	unsigned int i;

	if (parse_pair(word, 'x', MAX_WIDTH, &size.width, &size.height) ||
	    size.width < MIN_SIDE || size.height < MIN_SIDE ||
	    size.height > MAX_HEIGHT || size.width % 2 || size.height % 2 ||
	    config->num_sizes == VIRTCAM_MAX_SIZES)
		return -EINVAL;
	for (i = 0; i < config->num_sizes; i++)
		if (config->sizes[i].width == size.width &&
		    config->sizes[i].height == size.height)
			return -EINVAL;
	config->sizes[config->num_sizes++] = size;
	return 0;
}

static int parse_sizes(struct virtcam_config *config, char *text)
{
	struct virtcam_config to = { .num_sizes = 0 };
	int err = parse_list(&to, text, add_size);

	if (err)
		return err;
	memcpy(config->sizes, to.sizes, sizeof(to.sizes));
	config->num_sizes = to.num_sizes;
	return 0;
}

static int print_sizes(const struct virtcam_config *config, char *text,
		       size_t size)
{
	unsigned int i;
	int used = 0;

	for (i = 0; i < config->num_sizes; i++)
		used += snprintf(text + used, size - used, "%s%ux%u",
				 i ? " " : "", config->sizes[i].width,
				 config->sizes[i].height);
	return used;
}

static int add_interval(struct virtcam_config *config, const char *word)
{
	struct v4l2_fract t;
	unsigned int i;

	if (parse_pair(word, '/', MAX_TERM, &t.numerator, &t.denominator) ||
	    t.numerator > 10ULL * t.denominator ||
	    t.numerator * 1000ULL < t.denominator ||
	    config->num_intervals == VIRTCAM_MAX_INTERVALS)
		return -EINVAL;
	for (i = 0; i < config->num_intervals; i++)
		if ((u64)config->intervals[i].numerator * t.denominator ==
		    (u64)config->intervals[i].denominator * t.numerator)
			return -EINVAL;
	config->intervals[config->num_intervals++] = t;
	return 0;
}

static int parse_intervals(struct virtcam_config *config, char *text)
{
	struct virtcam_config to = { .num_intervals = 0 };
	int err = parse_list(&to, text, add_interval);

	if (err)
		return err;
	memcpy(config->intervals, to.intervals, sizeof(to.intervals));
	config->num_intervals = to.num_intervals;
	return 0;
}

static int print_intervals(const struct virtcam_config *config, char *text,
			   size_t size)
{
	unsigned int i;
	int used = 0;

	for (i = 0; i < config->num_intervals; i++)
		used += snprintf(text + used, size - used, "%s%u/%u",
				 i ? " " : "", config->intervals[i].numerator,
				 config->intervals[i].denominator);
	return used;
}

/* The place of @text among @names, or -EINVAL */
static int find_name(const char * const *names, unsigned int count,
		     const char *text)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(text, names[i]))
			return i;
	return -EINVAL;
}

static const char * const memory_names[] = {
	[VIRTCAM_MEMORY_VMALLOC] = "vmalloc",
	[VIRTCAM_MEMORY_DMA_SG] = "dma-sg",
};

static int parse_memory(struct virtcam_config *config, char *text)
{
	int i = find_name(memory_names, ARRAY_SIZE(memory_names), text);

	if (i < 0)
		return i;
	config->memory = i;
	return 0;
}

static int print_memory(const struct virtcam_config *config, char *text,
			size_t size)
{
	return snprintf(text, size, "%s", memory_names[config->memory]);
}

static const char * const pacing_names[] = {
	[VIRTCAM_PACE_INTERVAL] = "interval",
	[VIRTCAM_PACE_NONE] = "none",
};

static int parse_pacing(struct virtcam_config *config, char *text)
{
	int i = find_name(pacing_names, ARRAY_SIZE(pacing_names), text);

	if (i < 0)
		return i;
	config->pacing = i;
	return 0;
}

static int print_pacing(const struct virtcam_config *config, char *text,
			size_t size)
{
	return snprintf(text, size, "%s", pacing_names[config->pacing]);
}

const struct virtcam_setting virtcam_settings[VIRTCAM_NUM_SETTINGS] = {
	[VIRTCAM_SETTING_CARD] = {
		"card", "1 to 31 printable ASCII characters",
		parse_card, print_card,
	},
	[VIRTCAM_SETTING_FORMATS] = {
		"formats",
		"one or more of YUYV UYVY NV12 YU12 RGB3 BGR3 XR24 GREY RGGB, each once",
		parse_formats, print_formats,
	},
	[VIRTCAM_SETTING_SIZES] = {
		"sizes",
		"1 to 16 different WIDTHxHEIGHT, both even, 16x16 to 3840x2160",
		parse_sizes, print_sizes,
	},
	[VIRTCAM_SETTING_INTERVALS] = {
		"intervals",
		"1 to 16 different SECONDS as N/M with N and M to 100000, 1/1000 to 10/1",
		parse_intervals, print_intervals,
	},
	[VIRTCAM_SETTING_MEMORY] = {
		"memory", "vmalloc or dma-sg", parse_memory, print_memory,
	},
	[VIRTCAM_SETTING_PACING] = {
		"pacing", "interval or none", parse_pacing, print_pacing,
	},
};
