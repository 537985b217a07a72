// SPDX-License-Identifier: GPL-2.0-only
#include "system.h"

#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "error.h"

#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
/* include/uapi/linux/magic.h has no number of configfs; fs/configfs/mount.c has. */
#define CONFIGFS_MAGIC 0x62656570
/* What programs of administrators may lie in, which PATH often lacks */
#define MORE_PATH "/usr/sbin:/sbin:/usr/bin:/bin"

/**
 * system_read() - read a file of the kernel's
 * @path: the file
 *
 * Return: the text without white space at its ends, the caller's to free; or NULL.
 */
char *system_read(const char *path)
{
	char *text;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	return g_strstrip(text);
}

/**
 * system_run() - ask a program
 * @command: its words, ended by NULL
 * @failed: whether it did
 *
 * Return: what it prints, the caller's to free; NULL if it is not there.
 */
char *system_run(const char *const *command, gboolean *failed)
{
	g_auto(GStrv) environment = g_get_environ();
	g_autofree char *path = g_strconcat(
		g_environ_getenv(environment, "PATH") ?: "", ":" MORE_PATH, NULL);
	char *said = NULL;
	int status = 0;

	environment = g_environ_setenv(environment, "PATH", path, TRUE);
	*failed = !g_spawn_sync(NULL, (char **)command, environment,
				G_SPAWN_SEARCH_PATH_FROM_ENVP |
				G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &said,
				NULL, &status, NULL) || status;
	return said;
}

gboolean system_is_loaded(void)
{
	return g_file_test("/sys/module/virtcam", G_FILE_TEST_IS_DIR);
}

/* Four bytes of attributes, then whether it is on */
gboolean system_has_secure_boot(void)
{
	g_autofree char *variable = NULL;
	gsize size;

	return g_file_get_contents(SECURE_BOOT, &variable, &size, NULL) &&
	       size == 5 && variable[4] == 1;
}

static gboolean wants_signatures(void)
{
	g_autofree char *enforce =
		system_read("/sys/module/module/parameters/sig_enforce");
	g_autofree char *lockdown =
		system_read("/sys/kernel/security/lockdown");

	return (enforce && *enforce == 'Y') ||
	       (lockdown && !strstr(lockdown, "[none]"));
}

static gboolean is_configfs_mounted(void)
{
	struct statfs status;

	return !statfs(SYSTEM_CONFIGFS, &status) &&
	       (guint32)status.f_type == CONFIGFS_MAGIC;
}

static void find_module(struct facts *facts)
{
	const char *const command[] = { "modinfo", "-F", "signer", "virtcam",
					NULL };

	gboolean failed;

	facts->signer = system_run(command, &failed);
	facts->installed = !failed;
	if (facts->signer && !*g_strstrip(facts->signer))
		g_clear_pointer(&facts->signer, g_free);
}

static void gather_facts(struct facts *facts)
{
	struct utsname kernel;

	uname(&kernel);
	facts->kernel = g_strdup(kernel.release);
	facts->loaded = system_is_loaded();
	facts->configfs = is_configfs_mounted();
	facts->directories = g_file_test(SYSTEM_DIRECTORIES, G_FILE_TEST_IS_DIR);
	if (facts->loaded)
		return;
	find_module(facts);
	facts->signed_only = wants_signatures();
	facts->secure_boot = system_has_secure_boot();
	facts->dkms_key = g_file_test("/var/lib/dkms/mok.pub",
				      G_FILE_TEST_EXISTS);
}

/**
 * system_can_make() - whether directories make cameras here
 * @error: says why not, and what to do
 */
gboolean system_can_make(GError **error)
{
	struct facts facts = { 0 };
	g_autofree char *trouble = NULL;

	gather_facts(&facts);
	trouble = trouble_explain(&facts);
	g_free(facts.kernel);
	g_free(facts.signer);
	if (trouble)
		ctl_fail(error, "%s", trouble);
	return !trouble;
}
