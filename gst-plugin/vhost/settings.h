/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/settings.h"

/* The element's properties; the settings come first. */
enum {
  GST_VIRTCAM_VM_PROP_0,
  GST_VIRTCAM_VM_PROP_SOCKET,
  GST_VIRTCAM_VM_PROP_CARD,
  GST_VIRTCAM_VM_PROP_CAPS,
  GST_VIRTCAM_VM_PROP_ON_DEMAND,
  GST_VIRTCAM_VM_PROP_TIMEOUT,
  GST_VIRTCAM_VM_PROP_SHARED_MEMORY,
  GST_VIRTCAM_VM_N_SETTINGS,
  GST_VIRTCAM_VM_PROP_VIEWERS = GST_VIRTCAM_VM_N_SETTINGS,
  GST_VIRTCAM_VM_PROP_STATS,
  GST_VIRTCAM_VM_N_PROPS,
};

/* The settings but for names and caps. */
typedef struct {
  gboolean on_demand;
  GstClockTime timeout;
  gboolean shared_memory;
} GstVirtcamVmWishes;

void gst_virtcam_vm_settings_install (GObjectClass *object_class);

GstVirtcamSettings *gst_virtcam_vm_settings_new (void);
GstVirtcamVmWishes gst_virtcam_vm_settings_get_wishes (
    GstVirtcamSettings *settings);
