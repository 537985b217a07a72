/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Providers in modules of their own, which a test loads and takes away.
 */
#ifndef TEST_PROVIDER_H
#define TEST_PROVIDER_H

#include <glib.h>

/**
 * provider_load:
 * @module: the module's name
 * @parameter: (nullable): one parameter for it
 *
 * Returns: whether modprobe succeeded; udev is done with the node then
 */
gboolean provider_load (const char *module, const char *parameter);

/**
 * provider_unload:
 *
 * Returns: whether rmmod succeeded
 */
gboolean provider_unload (const char *module);

/**
 * provider_node:
 * @device: the name of the camera's platform device
 *
 * Returns: (transfer full) (nullable): the camera's node, or %NULL if it has none
 */
char *provider_node (const char *device);

#endif
