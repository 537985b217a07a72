/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Something that is to be done after a while, by another thread, unless its
 * owner comes to it before then. */

#include "gstvirtcamlater.h"

typedef enum { WAITING, RUNNING, CANCELLED, OVER } State;

struct _GstVirtcamLater {
  gatomicrefcount refs; /* the owner's and the thread's */
  gboolean has_thread;
  gint64 when; /* of g_get_monotonic_time() */
  GFunc func;
  gpointer data, user_data;

  /* guards state; not held while func runs */
  GMutex lock;
  GCond changed;
  State state;
};

static void
unref (GstVirtcamLater *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
set_state (GstVirtcamLater *self, State state)
{
  self->state = state;
  g_cond_broadcast (&self->changed);
}

static void
run (gpointer data, G_GNUC_UNUSED gpointer user_data)
{
  GstVirtcamLater *self = data;
  gboolean due;

  g_mutex_lock (&self->lock);
  while (self->state == WAITING &&
         g_cond_wait_until (&self->changed, &self->lock, self->when))
    continue;
  due = self->state == WAITING;
  if (due)
    set_state (self, RUNNING);
  g_mutex_unlock (&self->lock);

  if (due)
    self->func (self->data, self->user_data);
  g_mutex_lock (&self->lock);
  set_state (self, OVER);
  g_mutex_unlock (&self->lock);
  unref (self);
}

/* GLib keeps idle threads for who needs one next; without a limit a pool never
 * makes anybody wait for one. */
static GThreadPool *
get_pool (void)
{
  static gsize pool = 0;

  if (g_once_init_enter (&pool))
    g_once_init_leave (
        &pool, (gsize) g_thread_pool_new (run, NULL, -1, FALSE, NULL));
  return (GThreadPool *) pool;
}

/* Where there can be no thread it is not done before its owner comes. */
GstVirtcamLater *
gst_virtcam_later_new (
    GstClockTime delay, GFunc func, gpointer data, gpointer user_data)
{
  GstVirtcamLater *self = g_new0 (GstVirtcamLater, 1);

  self->when = g_get_monotonic_time () + GST_TIME_AS_USECONDS (delay);
  self->func = func;
  self->data = data;
  self->user_data = user_data;
  g_atomic_ref_count_init (&self->refs);
  g_atomic_ref_count_inc (&self->refs);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  /* without one it is left in the queue, for the thread of another */
  self->has_thread = g_thread_pool_push (get_pool (), self, NULL);
  return self;
}

/* After this func does not run, or not any more, and the thread is free. Takes
 * NULL. */
void
gst_virtcam_later_free (GstVirtcamLater *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (self->state == WAITING)
    set_state (self, CANCELLED);
  while (self->has_thread ? self->state != OVER : self->state == RUNNING)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  unref (self);
}
