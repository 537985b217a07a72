// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl report */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "describe.h"
#include "error.h"
#include "kernel-log.h"
#include "options.h"
#include "system.h"
#include "users.h"
#include "verbs.h"

#define LEFT_OUT \
	"Left out: the names of this machine, of people and of keys, command lines, other\n" \
	"cameras, other programs' lines of the kernel log, and pictures. Home folders are\n" \
	"called /home/USER. Programs that have a camera open are named, and so are the cards and\n" \
	"settings of virtcam's cameras: look whether they tell more than you want.\n"

static void add_heading(GString *report, const char *heading)
{
	g_string_append_printf(report, "\n== %s\n", heading);
}

static void add_line(GString *report, const char *name, const char *value)
{
	g_string_append_printf(report, "%s: %s\n", name,
			       value && *value ? value : "-");
}

static void add_file(GString *report, const char *name, const char *path)
{
	g_autofree char *text = system_read(path);

	add_line(report, name, text);
}

/* What a program says, or that it does not */
static void add_output(GString *report, const char *const *command)
{
	g_autofree char *words = g_strjoinv(" ", (char **)command);
	gboolean failed;
	g_autofree char *said = system_run(command, &failed);

	g_string_append_printf(report, "$ %s\n%s%s", words,
			       said ?: "(is not installed)\n",
			       said && failed ? "(failed)\n" : "");
}

static void add_system(GString *report)
{
	g_autofree char *system = g_get_os_info(G_OS_INFO_KEY_PRETTY_NAME);
	struct utsname kernel;

	add_heading(report, "versions");
	add_line(report, "virtcamctl", VIRTCAM_VERSION);
	add_file(report, "module", "/sys/module/virtcam/version");
	add_file(report, "module's source", "/sys/module/virtcam/srcversion");
	uname(&kernel);
	add_line(report, "kernel", kernel.release);
	add_line(report, "kernel's build", kernel.version);
	add_line(report, "machine", kernel.machine);
	add_line(report, "system", system);
	add_output(report, (const char *const[]){
		"dpkg-query", "-W", "-f=${Package} ${Version} ${db:Status-Abbrev}\\n",
		"virtcam-*", "gstreamer1.0-virtcam", NULL });
}

static void add_names_in(GString *report, const char *name, const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GString) names = g_string_new(NULL);
	const char *entry;

	while (dir && (entry = g_dir_read_name(dir)))
		g_string_append_printf(names, "%s%s", names->len ? " " : "",
				       entry);
	add_line(report, name, names->str);
}

static void add_module(GString *report)
{
	g_autoptr(GError) trouble = NULL;

	add_heading(report, "module");
	add_line(report, "cameras can be made",
		 system_can_make(&trouble) ? "yes" : trouble->message);
	add_line(report, "loaded", system_is_loaded() ? "yes" : "no");
	add_file(report, "its taint", "/sys/module/virtcam/taint");
	add_file(report, "the kernel's taint", "/proc/sys/kernel/tainted");
	add_file(report, "devices=", "/sys/module/virtcam/parameters/devices");
	add_file(report, "feeds=", "/sys/module/virtcam/parameters/feeds");
	add_file(report, "in use", "/sys/module/virtcam/refcnt");
	add_names_in(report, "used by", "/sys/module/virtcam/holders");
	add_line(report, "Secure Boot",
		 system_has_secure_boot() ? "on" : "off, or unknown");
	add_file(report, "lockdown", "/sys/kernel/security/lockdown");
	add_file(report, "only signed modules",
		 "/sys/module/module/parameters/sig_enforce");
	add_output(report, (const char *const[]){ "modinfo", "virtcam", NULL });
}

static void add_cameras(GString *report, GPtrArray *cameras)
{
	g_autoptr(GPtrArray) users = users_find();
	g_autofree char *table = describe_table(cameras, users);

	add_heading(report, "cameras, their settings and status");
	g_string_append(report, table);
	for (guint i = 0; i < cameras->len; i++) {
		g_autofree char *text =
			describe_camera(cameras->pdata[i], users);

		g_string_append_printf(report, "\n%s", text);
	}
}

/* Groups of the system. What is above may be a person's own, and is called as that one. */
#define LAST_OF_SYSTEM 999

static const char *name_group(gid_t id)
{
	struct group *group = getgrgid(id);

	if (id > LAST_OF_SYSTEM)
		return "OTHER";
	return group ? group->gr_name : "?";
}

static void add_caller(GString *report)
{
	gid_t groups[256];
	int num = getgroups(G_N_ELEMENTS(groups), groups);

	g_string_append_printf(report, "the caller: %s, in the group",
			       geteuid() ? "not root" : "root");
	for (int i = 0; i < num; i++)
		g_string_append_printf(report, " %s", name_group(groups[i]));
	g_string_append_c(report, '\n');
}

static void add_permissions(GString *report, const struct node *node)
{
	g_autofree char *path = g_strconcat("/dev/", node->name, NULL);
	struct stat status;

	if (stat(path, &status)) {
		add_line(report, path, g_strerror(errno));
		return;
	}
	g_string_append_printf(report, "%s: mode %04o, owner %s, group %s, the caller %s\n",
			       path, status.st_mode & 07777,
			       status.st_uid ? "not root" : "root",
			       name_group(status.st_gid),
			       access(path, R_OK | W_OK) ? "may not open it"
							 : "may open it");
}

static void add_udev(GString *report, const struct node *node)
{
	g_autofree char *path = g_strconcat("/dev/", node->name, NULL);
	const char *const command[] = { "udevadm", "info", "--query=property",
					path, NULL };

	add_output(report, command);
}

static void for_each_node(GString *report, GPtrArray *cameras,
			  void (*add)(GString *, const struct node *))
{
	for (guint i = 0; i < cameras->len; i++) {
		struct camera *camera = cameras->pdata[i];

		for (guint j = 0; j < camera->nodes->len; j++)
			add(report, camera->nodes->pdata[j]);
	}
}

static void add_log(GString *report)
{
	int fd = kernel_log_open(FALSE);
	g_autoptr(GPtrArray) lines = kernel_log_read(fd);

	add_heading(report, "lines of the kernel log that name virtcam");
	if (fd < 0)
		g_string_append(report, "(the caller may not read it: sudo virtcamctl report)\n");
	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(report, "%s\n", (char *)lines->pdata[i]);
	if (fd >= 0)
		close(fd);
}

/* A plugin that crashes its scanner is on the blacklist, and has no elements. */
static void add_gstreamer(GString *report)
{
	gboolean failed;
	g_autofree char *blacklist = system_run((const char *const[]){
		"timeout", "60", "gst-inspect-1.0", "--print-blacklist", NULL },
		&failed);

	add_heading(report, "GStreamer");
	add_output(report, (const char *const[]){
		"timeout", "60", "gst-inspect-1.0", "--version", NULL });
	add_output(report, (const char *const[]){
		"timeout", "60", "gst-inspect-1.0", "virtcam", NULL });
	add_line(report, "on its blacklist", !blacklist ? "?" :
		 strstr(blacklist, "libgstvirtcam") ? "yes" : "no");
	add_line(report, "GST_PLUGIN_PATH", g_getenv("GST_PLUGIN_PATH"));
}

/*
 * Names of people are in the names of their folders. A key of one machine has that
 * machine's name as a rule, and a number of its own.
 */
static const struct {
	const char *pattern;
	const char *shown;
} hidden[] = {
	{ "/home/[^/\\s:]+", "/home/USER" },
	{ "(?m)^((?:signer|sig_key|signature):[ \\t]*).*(?:\\n[ \\t].*)*", "\\1KEY" },
	{ "(is signed by ')[^']*", "\\1KEY" },
};

static char *hide_names(const char *report)
{
	char *text = g_strdup(report);

	for (guint i = 0; i < G_N_ELEMENTS(hidden); i++) {
		g_autoptr(GRegex) regex =
			g_regex_new(hidden[i].pattern, 0, 0, NULL);
		g_autofree char *before = text;

		text = g_regex_replace(regex, before, -1, 0, hidden[i].shown, 0,
				       NULL);
	}
	return text;
}

static char *collect(void)
{
	g_autoptr(GString) report = g_string_new(NULL);
	g_autoptr(GPtrArray) cameras = camera_list();
	g_autofree char *valid = NULL;
	g_autofree char *shown = NULL;

	add_system(report);
	add_module(report);
	add_cameras(report, cameras);
	add_heading(report, "permissions");
	add_caller(report);
	for_each_node(report, cameras, add_permissions);
	add_heading(report, "udev");
	for_each_node(report, cameras, add_udev);
	add_log(report);
	add_gstreamer(report);
	valid = g_utf8_make_valid(report->str, -1);
	shown = hide_names(valid);
	return g_strconcat("A report of virtcamctl.\n" LEFT_OUT, shown, NULL);
}

/* Into what is there, also where that is a link, a pipe or a device. */
static gboolean write_file(const char *path, const char *report, GError **error)
{
	FILE *file = fopen(path, "we");
	gboolean written = file && fputs(report, file) >= 0;

	/* What was not written yet is, when the file is closed. */
	if (file && fclose(file))
		written = FALSE;
	if (!written)
		ctl_fail(error, "%s: %s: write it elsewhere: virtcamctl report FILE",
			 path, g_strerror(errno));
	return written;
}

gboolean verb_report(int argc, char **argv, GError **error)
{
	const char *path;
	g_autofree char *report = NULL;

	if (!options_parse("[FILE]",
			   "Writes what a bug report wants to a file (virtcam-report.txt), or to - , the output.",
			   NULL, &argc, &argv, NULL, error))
		return FALSE;
	if (argc > 2) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "report takes one file");
		return FALSE;
	}
	path = argc == 2 ? argv[1] : "virtcam-report.txt";
	report = collect();
	if (g_str_equal(path, "-")) {
		fputs(report, stdout);
		return TRUE;
	}
	if (!write_file(path, report, error))
		return FALSE;
	printf("%s: written\n" LEFT_OUT, path);
	return TRUE;
}
