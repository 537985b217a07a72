// SPDX-License-Identifier: GPL-2.0-only
#include "openings.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "users.h"

/* The kernel tells of an open just before it shows in /proc: so long, so often */
#define PATIENCE_MS 50
#define LOOKS 4

/**
 * struct openings - who has nodes open
 * @fd: inotify tells of opens and closes; it opens no node, and so disturbs none
 * @users: those who had nodes open when it was looked last
 * @looks: how often it is still to be looked for one that does not show yet
 */
struct openings {
	int fd;
	GPtrArray *users;
	guint looks;
	openings_tell tell;
	gpointer data;
};

struct openings *openings_create(openings_tell tell, gpointer data)
{
	struct openings *openings = g_new0(struct openings, 1);

	openings->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	openings->users = users_find();
	openings->tell = tell;
	openings->data = data;
	return openings;
}

void openings_destroy(struct openings *openings)
{
	close(openings->fd);
	g_ptr_array_unref(openings->users);
	g_free(openings);
}

/* A node that goes takes its watch along; one that may not be read has none. */
void openings_watch(struct openings *openings, const char *node)
{
	g_autofree char *path = g_build_filename("/dev", node, NULL);

	inotify_add_watch(openings->fd, path, IN_OPEN | IN_CLOSE);
}

int openings_fd(const struct openings *openings)
{
	return openings->fd;
}

/* How long poll() may wait: milliseconds, or -1 for ever */
int openings_patience(const struct openings *openings)
{
	return openings->looks ? PATIENCE_MS : -1;
}

static gboolean has(GPtrArray *users, const struct user *user)
{
	for (guint i = 0; i < users->len; i++) {
		struct user *other = users->pdata[i];

		if (other->pid == user->pid && other->device == user->device)
			return TRUE;
	}
	return FALSE;
}

/* Tells of those that are in one list and not in the other. */
static void tell_missing(struct openings *openings, GPtrArray *users,
			 GPtrArray *others, const char *what)
{
	for (guint i = 0; i < users->len; i++)
		if (!has(others, users->pdata[i]))
			openings->tell(what, users->pdata[i], openings->data);
}

static gboolean read_events(struct openings *openings)
{
	char events[4096];
	gboolean some = FALSE;

	while (read(openings->fd, events, sizeof(events)) > 0)
		some = TRUE;
	return some;
}

/* After poll(), also when its time is up */
void openings_update(struct openings *openings)
{
	GPtrArray *users;

	if (read_events(openings))
		openings->looks = LOOKS;
	else if (openings->looks)
		openings->looks--;
	else
		return;
	users = users_find();
	tell_missing(openings, openings->users, users, "closed");
	tell_missing(openings, users, openings->users, "opened");
	g_ptr_array_unref(openings->users);
	openings->users = users;
}
