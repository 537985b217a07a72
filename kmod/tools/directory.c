// SPDX-License-Identifier: GPL-2.0-only
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "kernel-log.h"
#include "settings.h"
#include "system.h"

/*
 * What a directory is called in which values are tried; no camera is made of it.
 * No name of a camera begins with a dot.
 */
#define TRIAL_NAME ".virtcamctl"
#define TRIAL "." TRIAL_NAME

static char *path_of(const char *name, const char *setting)
{
	return g_build_filename(SYSTEM_DIRECTORIES, name, setting, NULL);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of what is in a folder, sorted */
static GPtrArray *names_in(const char *path)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return names;
}

/* All cameras that directories make, but for a trial */
GPtrArray *directory_list(void)
{
	GPtrArray *names = names_in(SYSTEM_DIRECTORIES);

	for (guint i = names->len; i--;)
		if (g_str_has_suffix(names->pdata[i], TRIAL))
			g_ptr_array_remove_index(names, i);
	return names;
}

gboolean directory_exists(const char *name)
{
	g_autofree char *path = path_of(name, NULL);

	return *name && g_file_test(path, G_FILE_TEST_IS_DIR);
}

/*
 * A name that begins with no kind's is of the kind pattern, which alone has the
 * setting pacing.
 */
char *directory_kind(const char *name)
{
	g_autofree char *path = path_of(name, "pacing");
	const char *dot = strchr(name, '.');

	if (!dot || g_file_test(path, G_FILE_TEST_EXISTS))
		return g_strdup("pattern");
	return g_strndup(name, dot - name);
}

/**
 * directory_get() - read a setting
 * @name: the directory
 * @setting: the setting
 *
 * Return: its value, the caller's to free; of a file how long it is; or NULL.
 */
char *directory_get(const char *name, const char *setting)
{
	g_autofree char *path = path_of(name, setting);
	g_autofree char *bytes = NULL;
	gsize size;

	if (!setting_is_file(setting))
		return system_read(path);
	if (!g_file_get_contents(path, &bytes, &size, NULL))
		return NULL;
	return size ? g_strdup_printf("%zu bytes", size) : g_strdup("none");
}

static gboolean is_writable(const char *name, const char *setting)
{
	g_autofree char *path = path_of(name, setting);
	struct stat status;

	return !stat(path, &status) && status.st_mode & 0222;
}

/* All that can be set, and whether there is a camera */
GPtrArray *directory_settings(const char *name)
{
	g_autofree char *path = path_of(name, NULL);
	g_autoptr(GPtrArray) names = names_in(path);
	GPtrArray *settings = settings_new();

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *value = NULL;

		if (!is_writable(name, names->pdata[i]))
			continue;
		value = directory_get(name, names->pdata[i]);
		settings_put(settings, names->pdata[i], value ?: "");
	}
	return settings;
}

static GBytes *read_bytes(const char *path)
{
	char *bytes;
	gsize size;

	if (!g_file_get_contents(path, &bytes, &size, NULL))
		return NULL;
	return g_bytes_new_take(bytes, size);
}

/* Whether two directories have the same setting, to the byte */
gboolean directory_same(const char *a, const char *b, const char *setting)
{
	g_autofree char *path = path_of(a, setting);
	g_autofree char *other = path_of(b, setting);
	g_autoptr(GBytes) bytes = read_bytes(path);
	g_autoptr(GBytes) others = read_bytes(other);

	return bytes && others && g_bytes_equal(bytes, others);
}

static void fail_errno(GError **error, const char *what, int code)
{
	if (code == EACCES || code == EPERM || code == EROFS)
		ctl_fail(error, "%s: only root may change cameras: sudo virtcamctl ...",
			 what);
	else
		ctl_fail(error, "%s: %s", what, g_strerror(code));
}

/**
 * directory_lock() - keep other virtcamctls from changing cameras until this one ends
 * @error: says what is missing, and what to do
 */
gboolean directory_lock(GError **error)
{
	int fd;

	if (!system_can_make(error))
		return FALSE;
	fd = open(SYSTEM_DIRECTORIES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || euidaccess(SYSTEM_DIRECTORIES, W_OK) ||
	    flock(fd, LOCK_EX)) {
		fail_errno(error, SYSTEM_DIRECTORIES, errno);
		return FALSE;
	}
	return TRUE;
}

/**
 * directory_make() - make a directory, of which a camera can be made
 * @name: KIND.NAME, or NAME of the kind pattern
 * @error: says what is wrong
 */
gboolean directory_make(const char *name, GError **error)
{
	g_autofree char *path = path_of(name, NULL);
	g_autofree char *reason = NULL;
	int log, code = 0;

	if (!*name || strchr(name, '/')) {
		ctl_fail(error, "name: '%s' is refused; allowed is UTF-8 without control characters and /",
			 name);
		return FALSE;
	}
	log = kernel_log_open(TRUE);
	if (mkdir(path, 0755))
		code = errno;
	if (code == EINVAL)
		reason = kernel_log_reason(log, "name: ");
	if (log >= 0)
		close(log);
	if (code == EEXIST)
		ctl_fail(error, "there is a camera '%s' already: virtcamctl set changes it, virtcamctl remove takes it away",
			 name);
	else if (reason)
		ctl_fail(error, "%s", reason);
	else if (code)
		fail_errno(error, name, code);
	return !code;
}

/* The bytes that are to be written; NULL: the file that they are in has none. */
static char *bytes_of_value(const char *setting, const char *value, gsize *size,
			    GError **error)
{
	g_autoptr(GError) cause = NULL;
	char *bytes;

	if (!setting_is_file(setting) || !*value || g_str_equal(value, "none")) {
		bytes = setting_is_file(setting) ? g_strdup("\n")
						 : g_strdup(value);
		*size = strlen(bytes);
		return bytes;
	}
	if (g_file_get_contents(value, &bytes, size, &cause) && *size)
		return bytes;
	ctl_fail(error, "%s: %s", setting, cause ? cause->message :
		 "the file is empty");
	return NULL;
}

/* 0 or an errno. The kernel takes text in one write; what is longer is a file. */
static int write_bytes(const char *path, const char *bytes, gsize size)
{
	int code = 0, fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0) {
			code = errno;
			break;
		}
		bytes += written;
		size -= written;
	}
	if (close(fd) && !code)
		code = errno;
	return code;
}

static char *list_settings(const char *name)
{
	g_autoptr(GPtrArray) settings = directory_settings(name);
	GString *list = g_string_new(NULL);

	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];

		g_string_append_printf(list, "%s%s", i ? ", " : "",
				       setting->name);
	}
	return g_string_free(list, FALSE);
}

static gboolean check_setting(const char *name, const char *setting,
			      GError **error)
{
	g_autofree char *kind = NULL;
	g_autofree char *list = NULL;

	if (*setting && !strchr(setting, '/') && is_writable(name, setting))
		return TRUE;
	kind = directory_kind(name);
	list = list_settings(name);
	ctl_fail(error, "a camera of the kind %s has no setting '%s'; it has %s",
		 kind, setting, list);
	return FALSE;
}

static void fail_setting(GError **error, const char *setting,
			 const char *value, const char *reason, int code)
{
	if (reason)
		ctl_fail(error, "%s", reason);
	else if (code == EINVAL)
		ctl_fail(error, "%s: '%s' is refused; the kernel log says what is allowed: sudo dmesg",
			 setting, value);
	else
		fail_errno(error, setting, code);
}

/**
 * directory_set() - write a setting
 * @name: the directory
 * @setting: the setting; or "enabled"
 * @value: its value; of a file its path, or "none"
 * @error: says what is allowed
 *
 * Where configfs hands a file on it does not tell what became of it (docs/feed.md),
 * the kernel log does.
 */
gboolean directory_set(const char *name, const char *setting, const char *value,
		       GError **error)
{
	g_autofree char *path = path_of(name, setting);
	g_autofree char *part = NULL;
	g_autofree char *reason = NULL;
	g_autofree char *bytes = NULL;
	gsize size;
	int log, code;

	if (!check_setting(name, setting, error))
		return FALSE;
	bytes = bytes_of_value(setting, value, &size, error);
	if (!bytes)
		return FALSE;
	log = kernel_log_open(TRUE);
	/* A write of nothing does not reach the kernel module. */
	code = write_bytes(path, size ? bytes : "\n", size ?: 1);
	part = g_strdup_printf("%s: '", setting);
	if (code == EINVAL || setting_is_file(setting))
		reason = kernel_log_reason(log, part);
	if (log >= 0)
		close(log);
	if (code || reason)
		fail_setting(error, setting, value, reason, code);
	return !code && !reason;
}

gboolean directory_set_all(const char *name, GPtrArray *settings,
			   GError **error)
{
	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];

		if (!directory_set(name, setting->name, setting->value, error))
			return FALSE;
	}
	return TRUE;
}

gboolean directory_remove(const char *name, GError **error)
{
	g_autofree char *path = path_of(name, NULL);

	if (!rmdir(path))
		return TRUE;
	fail_errno(error, name, errno);
	return FALSE;
}

/* Of the same kind as @name */
static char *trial_name(const char *name)
{
	g_autofree char *kind = NULL;
	const char *dot = strchr(name, '.');

	if (!dot)
		return g_strdup(TRIAL);
	kind = g_strndup(name, dot - name);
	return g_strconcat(kind, TRIAL, NULL);
}

/**
 * directory_check_kind() - whether there are cameras of the kind that a name begins with
 * @name: what the camera is to be called
 * @error: says which kinds there are
 *
 * Under the lock. An unknown kind is a part of the name to the kernel, and so it is in
 * the card that a new directory has.
 */
gboolean directory_check_kind(const char *name, GError **error)
{
	g_autofree char *trial = trial_name(name);
	g_autofree char *card = NULL;
	const char *dot = strchr(name, '.');

	if (!dot)
		return TRUE;
	directory_remove(trial, NULL);
	if (directory_make(trial, NULL)) {
		card = directory_get(trial, "card");
		directory_remove(trial, NULL);
	}
	if (!g_strcmp0(card, "virtcam " TRIAL_NAME))
		return TRUE;
	ctl_fail(error, "there is no kind '%.*s'; there are pattern and feed, and those of other modules that are loaded",
		 (int)(dot - name), name);
	return FALSE;
}

/**
 * directory_try() - try settings in a directory of the kind, where they do nothing
 * @name: what the camera is to be called, or is
 * @settings: the settings
 * @error: says what is allowed
 *
 * Under the lock. What an interrupted trial has left is taken away first.
 *
 * Return: the name of the trial, the caller's to remove and free; or NULL.
 */
char *directory_try(const char *name, GPtrArray *settings, GError **error)
{
	g_autofree char *trial = trial_name(name);

	directory_remove(trial, NULL);
	if (!directory_make(trial, error))
		return NULL;
	if (directory_set_all(trial, settings, error))
		return g_steal_pointer(&trial);
	directory_remove(trial, NULL);
	return NULL;
}
