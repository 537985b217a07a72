// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl: makes, shows, changes and removes cameras. See virtcamctl.1. */
#include <locale.h>
#include <stdio.h>

#include "error.h"
#include "verbs.h"

static const struct {
	const char *name;
	verb_run run;
	const char *does;
} verbs[] = {
	{ "add", verb_add, "make a camera" },
	{ "list", verb_list, "list the cameras, and who uses them" },
	{ "show", verb_show, "show all of one camera" },
	{ "set", verb_set, "change a camera" },
	{ "remove", verb_remove, "take cameras away" },
	{ "apply", verb_apply, "make the cameras that files describe" },
	{ "monitor", verb_monitor, "tell of cameras that come and go" },
	{ "report", verb_report, "collect what a bug report wants" },
};

static void print_help(FILE *file)
{
	fprintf(file, "usage: virtcamctl VERB [OPTIONS] [WORDS]\n\n");
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
		fprintf(file, "  %-9s %s\n", verbs[i].name, verbs[i].does);
	fprintf(file, "\nvirtcamctl VERB --help tells more of one, virtcamctl --version which virtcam\nthis belongs to, and the manual page virtcamctl(1) has all of it.\n");
}

static int run(verb_run verb, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (verb(argc, argv, &error))
		return 0;
	fprintf(stderr, "virtcamctl: %s\n", error->message);
	return g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE) ? 2 : 1;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (g_str_equal(word, "--version")) {
		printf("virtcamctl %s\n", VIRTCAM_VERSION);
		return 0;
	}
	if (g_str_equal(word, "--help") || g_str_equal(word, "-h")) {
		print_help(stdout);
		return 0;
	}
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(word, verbs[i].name))
			return run(verbs[i].run, argc - 1, argv + 1);
	if (*word)
		fprintf(stderr, "virtcamctl: there is no verb '%s'\n", word);
	print_help(stderr);
	return 2;
}

int main(int argc, char **argv)
{
	int status;

	setlocale(LC_ALL, "");
	status = dispatch(argc, argv);
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "virtcamctl: the output cannot be written\n");
	return status ?: 1;
}
