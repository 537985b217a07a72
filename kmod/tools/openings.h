/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that open and close nodes. */
#ifndef TOOLS_OPENINGS_H
#define TOOLS_OPENINGS_H

#include <glib.h>
#include <sys/types.h>

struct openings;
struct user;

typedef void (*openings_tell)(const char *what, const struct user *user,
			      gpointer data);

struct openings *openings_create(openings_tell tell, gpointer data);
void openings_destroy(struct openings *openings);
void openings_watch(struct openings *openings, const char *node);
int openings_fd(const struct openings *openings);
int openings_patience(const struct openings *openings);
void openings_update(struct openings *openings);

#endif
