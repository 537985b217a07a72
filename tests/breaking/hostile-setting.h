/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values for the attributes of a camera's directory, and what must be true of
 * those that the kernel took.
 */
#ifndef HOSTILE_SETTING_H
#define HOSTILE_SETTING_H

#include "hostile-chance.h"

typedef struct {
  const char *name;
  const char *const *words; /* good and bad ones, ended by NULL */
  guint most;               /* words that a value may have */
} HostileSetting;

extern const HostileSetting hostile_settings[];
extern const guint hostile_n_settings;

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
