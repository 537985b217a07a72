/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What the application wants of virtcamvmsink, from any thread. */
typedef struct _GstVirtcamVmSettings GstVirtcamVmSettings;

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

void gst_virtcam_vm_settings_install (GObjectClass *object_class);
void gst_virtcam_vm_settings_notify_viewers (GObject *element);

GstVirtcamVmSettings *gst_virtcam_vm_settings_new (void);
void gst_virtcam_vm_settings_free (GstVirtcamVmSettings *self);

/* FALSE: the property is no setting. */
gboolean gst_virtcam_vm_settings_set (
    GstVirtcamVmSettings *self, guint id, const GValue *value);
gboolean gst_virtcam_vm_settings_get (
    GstVirtcamVmSettings *self, guint id, GValue *value);

/* To be freed; NULL: unset. */
gchar *gst_virtcam_vm_settings_dup_socket (GstVirtcamVmSettings *self);
gchar *gst_virtcam_vm_settings_dup_card (GstVirtcamVmSettings *self);
/* A reference, or NULL: any. */
GstCaps *gst_virtcam_vm_settings_ref_caps (GstVirtcamVmSettings *self);
gboolean gst_virtcam_vm_settings_is_on_demand (GstVirtcamVmSettings *self);
GstClockTime gst_virtcam_vm_settings_get_timeout (GstVirtcamVmSettings *self);
gboolean gst_virtcam_vm_settings_has_shared_memory (GstVirtcamVmSettings *self);
