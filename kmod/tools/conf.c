// SPDX-License-Identifier: GPL-2.0-only
#include "conf.h"

#include <glob.h>
#include <string.h>

#include "error.h"
#include "settings.h"

static void add_matches(GPtrArray *files, const char *pattern)
{
	glob_t found;

	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			g_ptr_array_add(files, g_strdup(found.gl_pathv[i]));
	globfree(&found);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* No pattern finds them: the folder's own name may have what a pattern has. */
static gboolean add_folder(GPtrArray *files, const char *folder, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (*name != '.' && g_str_has_suffix(name, ".conf"))
			g_ptr_array_add(found,
					g_build_filename(folder, name, NULL));
	g_ptr_array_sort(found, compare_names);
	g_ptr_array_extend_and_steal(files, found);
	return dir != NULL;
}

/* A folder stands for its *.conf; a pattern, as units have it, may match nothing. */
static gboolean add_word(GPtrArray *files, const char *word, GError **error)
{
	if (g_file_test(word, G_FILE_TEST_IS_DIR))
		return add_folder(files, word, error);
	if (g_file_test(word, G_FILE_TEST_EXISTS)) {
		g_ptr_array_add(files, g_strdup(word));
	} else if (strpbrk(word, "*?[")) {
		add_matches(files, word);
	} else {
		ctl_fail(error, "%s: there is no such file or folder", word);
		return FALSE;
	}
	return TRUE;
}

/**
 * conf_find() - find files
 * @words: files, folders and patterns, ended by NULL
 * @error: says what there is not
 *
 * Return: the files' names, which the array owns; or NULL.
 */
GPtrArray *conf_find(char *const *words, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	for (; *words; words++)
		if (!add_word(files, *words, error))
			return NULL;
	return g_steal_pointer(&files);
}

static void wanted_free(gpointer data)
{
	struct wanted *wanted = data;

	g_free(wanted->file);
	g_free(wanted->name);
	g_ptr_array_unref(wanted->settings);
	g_free(wanted);
}

static gboolean check_name(GPtrArray *cameras, const char *name, GError **error)
{
	/* The names of trials have two dots (directory.c). */
	if (*name == '.' || strchr(name, '/') || strstr(name, "..")) {
		ctl_fail(error, "no camera can be called so; allowed is NAME or KIND.NAME, such as door or feed.desk");
		return FALSE;
	}
	for (guint i = 0; i < cameras->len; i++) {
		struct wanted *other = cameras->pdata[i];

		if (g_str_equal(other->name, name)) {
			ctl_fail(error, "is described in %s already: let one of them go",
				 other->file);
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean read_settings(GKeyFile *file, const char *name,
			      GPtrArray *settings, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, name, NULL, NULL);

	for (guint i = 0; keys[i]; i++) {
		g_autofree char *value =
			g_key_file_get_string(file, name, keys[i], error);

		if (!value)
			return FALSE;
		settings_put(settings, keys[i], g_strstrip(value));
	}
	return TRUE;
}

static gboolean read_section(GPtrArray *cameras, const char *path,
			     GKeyFile *file, const char *name, GError **error)
{
	struct wanted *wanted;

	if (!check_name(cameras, name, error))
		return FALSE;
	wanted = g_new0(struct wanted, 1);
	wanted->file = g_strdup(path);
	wanted->name = g_strdup(name);
	wanted->settings = settings_new();
	g_ptr_array_add(cameras, wanted);
	return read_settings(file, name, wanted->settings, error);
}

static gboolean read_file(GPtrArray *cameras, const char *path, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) names = NULL;

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
		g_prefix_error(error, "%s: ", path);
		return FALSE;
	}
	names = g_key_file_get_groups(file, NULL);
	for (guint i = 0; names[i]; i++) {
		if (!read_section(cameras, path, file, names[i], error)) {
			g_prefix_error(error, "%s: [%s]: ", path, names[i]);
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * conf_read() - read files
 * @files: their names
 * @error: names the file, the section, and what is wrong there
 *
 * Return: the cameras, each a struct wanted, which the array owns; or NULL.
 */
GPtrArray *conf_read(GPtrArray *files, GError **error)
{
	g_autoptr(GPtrArray) cameras =
		g_ptr_array_new_with_free_func(wanted_free);

	for (guint i = 0; i < files->len; i++)
		if (!read_file(cameras, files->pdata[i], error))
			return NULL;
	return g_steal_pointer(&cameras);
}
