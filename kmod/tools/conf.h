/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that describe cameras: a section for each, whose name is the camera's
 * directory, with a setting a line.
 */
#ifndef TOOLS_CONF_H
#define TOOLS_CONF_H

#include <glib.h>

/**
 * struct wanted - a camera that a file describes
 * @file: the file
 * @name: the section
 * @settings: its lines
 */
struct wanted {
	char *file;
	char *name;
	GPtrArray *settings;
};

GPtrArray *conf_find(char *const *words, GError **error);
GPtrArray *conf_read(GPtrArray *files, GError **error);

#endif
