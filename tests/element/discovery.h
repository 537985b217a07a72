/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtcamdeviceprovider, alone or behind a GstDeviceMonitor, whose messages a
 * test takes one by one. */
#pragma once

#include <gst/check/gstcheck.h>

#include "camera.h"

typedef struct {
  GstDeviceProvider *provider; /* NULL behind a monitor */
  GstDeviceMonitor *monitor;   /* NULL without */
  GstBus *bus;
  gboolean started;
} Discovery;

Discovery *discovery_new (void);
Discovery *discovery_new_monitor (const gchar *caps);
void discovery_free (Discovery *discovery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Discovery, discovery_free)

void discovery_start (Discovery *discovery);
void discovery_stop (Discovery *discovery);

/* The next message of that type about a device at that path; those of others
 * are passed over. */
GstDevice *discovery_wait (
    Discovery *discovery, GstMessageType type, const gchar *path);

/* The device at that path in the present list, or NULL. */
GstDevice *discovery_get (Discovery *discovery, const gchar *path);
guint discovery_count (Discovery *discovery);

gchar *discovery_device_path (GstDevice *device);
void discovery_assert_caps (GstDevice *device, const gchar *text);
