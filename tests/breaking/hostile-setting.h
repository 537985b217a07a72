/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values for the attributes of a camera's directory, a drawn one's or a feed's, and
 * what must be true of those that the kernel took.
 */
#ifndef HOSTILE_SETTING_H
#define HOSTILE_SETTING_H

#include "hostile-chance.h"

/**
 * HostileSetting:
 * @words: good and bad ones, ended by NULL
 * @good: how many good ones they begin with
 * @most: words that a value may have
 * @limit: the largest number, where a value is one; else 0
 * @ranges: a word may be two, with a hyphen between them
 */
typedef struct {
  const char *name;
  const char *const *words;
  guint good;
  guint most;
  guint limit;
  gboolean ranges;
} HostileSetting;

/** All of them; the last has no name. */
extern const HostileSetting hostile_settings[];
extern const HostileSetting hostile_feed_settings[];

/**
 * hostile_setting_value:
 *
 * Returns: (transfer full): a value, good or bad; never empty
 */
GString *hostile_setting_value (const HostileSetting *setting, Chance *chance);

/**
 * hostile_setting_normal:
 *
 * Returns: (transfer full) (nullable): how the attribute reads if it took
 *   @value; NULL if it must refuse it
 */
char *hostile_setting_normal (
    const HostileSetting *setting, const GString *value);

#endif
