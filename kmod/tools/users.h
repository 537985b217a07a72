/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs have nodes open, as far as the caller may see that. */
#ifndef TOOLS_USERS_H
#define TOOLS_USERS_H

#include <glib.h>
#include <sys/types.h>

/**
 * struct user - a program that has a node open
 * @device: the node's number
 * @node: what the node is called, such as video2
 * @pid: its process
 * @program: what that is called
 */
struct user {
	dev_t device;
	char *node;
	int pid;
	char *program;
};

/* Each of them once, but for this program. The array owns them. */
GPtrArray *users_find(void);

#endif
