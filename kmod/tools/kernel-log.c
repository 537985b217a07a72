// SPDX-License-Identifier: GPL-2.0-only
#include "kernel-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A record is never longer (CONSOLE_EXT_LOG_MAX). */
#define RECORD_SIZE 8192

/**
 * kernel_log_open() - open the kernel log
 * @from_now: leave out what it has already
 *
 * Return: a file descriptor; -1 if the caller may not read it.
 */
int kernel_log_open(gboolean from_now)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && from_now)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Lines of others that may name virtcam, and tell of things that are not its business */
static gboolean is_private(const char *line)
{
	return strstr(line, "ommand line") || g_str_has_prefix(line, "audit");
}

/*
 * A record has \xNN for each byte that is not printable ASCII, and for a backslash
 * (Documentation/ABI/testing/dev-kmsg). What is not for a terminal stays so.
 */
static char *with_backslashes(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\\x5c", -1);

	return g_strjoinv("\\", parts);
}

/* "6,1234,5678,-;text\n SUBSYSTEM=..." becomes "text"; of others NULL. */
static char *line_of_record(char *record)
{
	char *text = strchr(record, ';');

	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = 0;
	text++;
	if (!strstr(text, "virtcam") || is_private(text))
		return NULL;
	return with_backslashes(text);
}

/**
 * kernel_log_read() - read the lines that name virtcam, as far as there are some now
 * @fd: of kernel_log_open(), or -1
 *
 * Return: the lines, the caller's to unref.
 */
GPtrArray *kernel_log_read(int fd)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	char record[RECORD_SIZE + 1];
	ssize_t size;

	if (fd < 0)
		return lines;
	/* EPIPE: records were lost meanwhile, and the next call gives the next one. */
	while ((size = read(fd, record, RECORD_SIZE)) > 0 ||
	       (size < 0 && errno == EPIPE)) {
		char *line;

		if (size < 0)
			continue;
		record[size] = 0;
		line = line_of_record(record);
		if (line)
			g_ptr_array_add(lines, line);
	}
	return lines;
}

/**
 * kernel_log_reason() - what the module said of something that it refused
 * @fd: of kernel_log_open()
 * @part: what the line has in it; the reason begins there
 *
 * Return: the reason, the caller's to free; or NULL.
 */
char *kernel_log_reason(int fd, const char *part)
{
	g_autoptr(GPtrArray) lines = kernel_log_read(fd);

	for (guint i = lines->len; i--;) {
		const char *reason = strstr(lines->pdata[i], part);

		if (reason)
			return g_strdup(reason);
	}
	return NULL;
}
