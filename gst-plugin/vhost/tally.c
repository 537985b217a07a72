/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/tally.h"

struct _GstVirtcamVmTally {
  GMutex lock; /* guards the rest; held for no call out */
  guint64 counts[GST_VIRTCAM_VM_N_COUNTS];
  gint64 since; /* us of CLOCK_MONOTONIC */
};

static const gchar *const names[] = {
  [GST_VIRTCAM_VM_GIVEN] = "given",
  [GST_VIRTCAM_VM_COPIED] = "copied",
  [GST_VIRTCAM_VM_UNWATCHED] = "unwatched",
  [GST_VIRTCAM_VM_UNFIT] = "unfit",
  [GST_VIRTCAM_VM_NO_BUFFER] = "dropped",
  [GST_VIRTCAM_VM_PLACEHOLDERS] = "placeholders",
};

GstVirtcamVmTally *
gst_virtcam_vm_tally_new (void)
{
  GstVirtcamVmTally *self = g_new0 (GstVirtcamVmTally, 1);

  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_vm_tally_free (GstVirtcamVmTally *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_virtcam_vm_tally_reset (GstVirtcamVmTally *self)
{
  g_mutex_lock (&self->lock);
  memset (self->counts, 0, sizeof self->counts);
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_vm_tally_add (GstVirtcamVmTally *self, GstVirtcamVmCount what)
{
  g_mutex_lock (&self->lock);
  self->counts[what]++;
  if (what == GST_VIRTCAM_VM_GIVEN || what == GST_VIRTCAM_VM_PLACEHOLDERS)
    self->since = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_vm_tally_begin (GstVirtcamVmTally *self)
{
  g_mutex_lock (&self->lock);
  self->since = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

guint64
gst_virtcam_vm_tally_get_age (GstVirtcamVmTally *self)
{
  gint64 age;

  g_mutex_lock (&self->lock);
  age = g_get_monotonic_time () - self->since;
  g_mutex_unlock (&self->lock);
  return (guint64) age * 1000;
}

void
gst_virtcam_vm_tally_fill (GstVirtcamVmTally *self, GstStructure *structure)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < GST_VIRTCAM_VM_N_COUNTS; i++)
    gst_structure_set (
        structure, names[i], G_TYPE_UINT64, self->counts[i], NULL);
  g_mutex_unlock (&self->lock);
}
