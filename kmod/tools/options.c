// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <string.h>

#include "error.h"
#include "rate.h"
#include "settings.h"

static gboolean take_text(const char *option, const char *value, gpointer data,
			  GError **error)
{
	g_autofree char *name = g_strdelimit(g_strdup(option + 2), "-", '_');

	(void)error;
	settings_put(data, name, value);
	return TRUE;
}

/* A list that gets no word is there all the same, for the kernel to refuse. */
static void begin_list(GPtrArray *settings, const char *name)
{
	if (!settings_get(settings, name))
		settings_put(settings, name, "");
}

/* One word more of a list, whose option may be there several times */
static void add_word(GPtrArray *settings, const char *name, const char *word)
{
	const char *before = settings_get(settings, name);
	g_autofree char *list = *before ? g_strjoin(" ", before, word, NULL) :
					 g_strdup(word);

	settings_put(settings, name, list);
}

/* --format NV12 --format YUYV, --format NV12,YUYV and --format "NV12 YUYV" alike */
static gboolean take_words(const char *option, const char *value, gpointer data,
			   GError **error)
{
	g_autofree char *name = g_strconcat(option + 2, "s", NULL);
	g_auto(GStrv) words = g_strsplit_set(value, ", ", -1);

	(void)error;
	begin_list(data, name);
	for (guint i = 0; words[i]; i++)
		if (*words[i])
			add_word(data, name, words[i]);
	return TRUE;
}

static gboolean take_rates(const char *option, const char *value, gpointer data,
			   GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(value, ", ", -1);

	(void)option;
	begin_list(data, "intervals");
	for (guint i = 0; words[i]; i++) {
		g_autofree char *interval = NULL;

		if (!*words[i])
			continue;
		interval = rate_to_interval(words[i], error);
		if (!interval)
			return FALSE;
		add_word(data, "intervals", interval);
	}
	return TRUE;
}

/* As it was typed: GLib would refuse what the locale, such as C, does not have. */
#define TAKE(how) 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, how
#define TEXT TAKE(take_text)
#define WORDS TAKE(take_words)

static const GOptionEntry settings_entries[] = {
	{ "card", TEXT, "Its name for people", "TEXT" },
	{ "format", WORDS, "Pixel formats, the default first",
	  "FOURCC[,...]" },
	{ "size", WORDS, "Sizes; of a feed also a range, 16x16-1920x1080",
	  "WxH[,...]" },
	{ "rate", TAKE(take_rates),
	  "Frames a second; of a feed also a range, 5-60", "N[,...]" },
	{ "memory", TEXT, "pattern: vmalloc or dma-sg", "WHERE" },
	{ "pacing", TEXT, "pattern: interval or none", "HOW" },
	{ "timeout", TEXT, "feed: until viewers get the placeholder",
	  "MILLISECONDS" },
	{ "placeholder", TEXT, "feed: picture, last or none", "WHAT" },
	{ "placeholder-file", TEXT,
	  "feed: a JPEG, or a frame of H.264 or HEVC; or none", "FILE" },
	{ "viewers", TEXT, "feed: how many can watch at once", "N" },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* GLib leaves "--" there where the word after it begins with a dash. */
static void drop_separator(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (!g_str_equal(argv[i], "--"))
			continue;
		memmove(argv + i, argv + i + 1, (*argc - i) * sizeof(*argv));
		(*argc)--;
		return;
	}
}

/* ATTRIBUTE=VALUE, which takes what modules of others have. */
static void take_assignments(int *argc, char **argv, GPtrArray *settings)
{
	int left = 1;

	for (int i = 1; i < *argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value) {
			argv[left++] = argv[i];
			continue;
		}
		*value = 0;
		settings_put(settings, argv[i], value + 1);
	}
	*argc = left;
	argv[left] = NULL;
}

/**
 * options_parse() - take the options of a verb
 * @usage: the words after the options
 * @summary: what the verb does
 * @entries: its own options; or NULL
 * @argc: how many words there are; those that are left, after the verb
 * @argv: the words; likewise
 * @settings: gets the settings; NULL: the verb takes none
 * @error: says what was not understood
 */
gboolean options_parse(const char *usage, const char *summary,
		       const GOptionEntry *entries, int *argc, char ***argv,
		       GPtrArray *settings, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(usage);
	g_autofree char *command = g_strconcat("virtcamctl ", **argv, NULL);
	g_autoptr(GError) cause = NULL;
	GOptionGroup *group = g_option_group_new("settings", "Settings:",
						 "The camera's settings",
						 settings, NULL);

	g_set_prgname(command);
	if (settings)
		g_option_group_add_entries(group, settings_entries);
	if (entries)
		g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	g_option_context_set_summary(context, summary);
	if (!g_option_context_parse(context, argc, argv, &cause)) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "%s; see %s --help",
			    cause->message, command);
		return FALSE;
	}
	drop_separator(argc, *argv);
	if (settings)
		take_assignments(argc, *argv, settings);
	return TRUE;
}
