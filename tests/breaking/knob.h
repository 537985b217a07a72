/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's files that take a word: in /sys, /proc and debugfs.
 */
#ifndef KNOB_H
#define KNOB_H

#include <glib.h>

/**
 * knob_write:
 *
 * Writes @length bytes by one write(2), also what holds a NUL.
 *
 * Returns: 0, or the errno with which the kernel refused
 */
int knob_write (const char *path, const char *value, gsize length);

/** The same of a text. */
int knob_try (const char *path, const char *value);

/**
 * knob_read:
 *
 * Reads one line, as an attribute in configfs is.
 *
 * Returns: (transfer full) (nullable): it, without its newline; or NULL with errno
 *   set
 */
char *knob_read (const char *path);

/** The same where a refusal ends the program. */
void knob_set (const char *path, const char *value);

/**
 * knob_offers:
 *
 * Returns: whether the file is there and @word is among what it says
 */
gboolean knob_offers (const char *path, const char *word);

#endif
