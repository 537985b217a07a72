/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/pulse.h"

struct _GstVirtcamVmPulse {
  guint64 (*tick) (gpointer data);
  gpointer data;
  GThread *thread;

  GMutex lock; /* guards the rest; held for no tick */
  GCond cond;
  gboolean stopped, poked;
};

/* FALSE: it is over. */
static gboolean
wait_locked (GstVirtcamVmPulse *self, guint64 ns)
{
  gint64 end = g_get_monotonic_time () + (gint64) (ns / 1000);
  gboolean due = FALSE;

  while (!self->stopped && !self->poked && !due) {
    if (ns == G_MAXUINT64)
      g_cond_wait (&self->cond, &self->lock);
    else
      due = !g_cond_wait_until (&self->cond, &self->lock, end);
  }
  self->poked = FALSE;
  return !self->stopped;
}

static gpointer
run (gpointer data)
{
  GstVirtcamVmPulse *self = data;
  gboolean goes_on = TRUE;

  while (goes_on) {
    guint64 ns = self->tick (self->data);

    g_mutex_lock (&self->lock);
    goes_on = wait_locked (self, ns);
    g_mutex_unlock (&self->lock);
  }
  return NULL;
}

GstVirtcamVmPulse *
gst_virtcam_vm_pulse_start (guint64 (*tick) (gpointer data), gpointer data)
{
  GstVirtcamVmPulse *self = g_new0 (GstVirtcamVmPulse, 1);

  self->tick = tick;
  self->data = data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("virtcam-vm-pulse", run, self);
  return self;
}

static void
set (GstVirtcamVmPulse *self, gboolean *what)
{
  g_mutex_lock (&self->lock);
  *what = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_vm_pulse_stop (GstVirtcamVmPulse *self)
{
  if (self == NULL)
    return;
  set (self, &self->stopped);
  g_thread_join (self->thread);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_virtcam_vm_pulse_poke (GstVirtcamVmPulse *self)
{
  set (self, &self->poked);
}
