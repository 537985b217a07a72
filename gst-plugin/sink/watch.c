/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/watch.h"

#define LOOK_NS (100 * G_GUINT64_CONSTANT (1000000))

/* Freed by its last holder, which are the thread and who started it. */
struct _GstVirtcamWatch {
  const GstVirtcamWatchCalls *calls;
  gpointer data;
  GstObject *owner; /* of data; a reference */
  GstVirtcamWaiter *waiter;
  GstVirtcamNode *node; /* the thread's reference; NULL: away */
  GThread *thread;
  gint stopped; /* atomic */
};

static gboolean
is_stopped (GstVirtcamWatch *self)
{
  return g_atomic_int_get (&self->stopped);
}

static void
tell_events (GstVirtcamWatch *self)
{
  struct v4l2_event event;

  while (
      !is_stopped (self) && gst_virtcam_node_dequeue_event (self->node, &event))
    self->calls->event (self->data, &event);
}

static void
lose (GstVirtcamWatch *self)
{
  gst_virtcam_waiter_forget (self->waiter);
  self->calls->lost (self->data, g_steal_pointer (&self->node));
}

/* An output node is never readable: a frame is an error. */
static void
handle (GstVirtcamWatch *self, GstVirtcamWait wait)
{
  if (wait == GST_VIRTCAM_WAIT_INTERRUPTED)
    gst_virtcam_waiter_resume (self->waiter);
  if (self->node && wait == GST_VIRTCAM_WAIT_EVENT)
    tell_events (self);
  if (self->node &&
      (wait == GST_VIRTCAM_WAIT_FRAME || wait == GST_VIRTCAM_WAIT_EVENT) &&
      !gst_virtcam_node_check_present (self->node, NULL))
    lose (self);
  else if (wait == GST_VIRTCAM_WAIT_FRAME || wait == GST_VIRTCAM_WAIT_FAILED)
    g_usleep (LOOK_NS / 1000);
}

static void
clear (gpointer data)
{
  GstVirtcamWatch *self = data;

  gst_virtcam_waiter_free (self->waiter);
  gst_object_unref (self->owner);
}

static gpointer
run (gpointer data)
{
  GstVirtcamWatch *self = data;

  while (!is_stopped (self)) {
    guint64 timeout = self->calls->tick (self->data);
    GstVirtcamWait wait = gst_virtcam_waiter_wait (self->waiter, self->node, -1,
        self->node ? timeout : MIN (timeout, LOOK_NS), NULL);

    handle (self, wait);
    if (self->node == NULL && !is_stopped (self))
      self->node = self->calls->look (self->data);
  }
  gst_virtcam_waiter_forget (self->waiter);
  g_clear_pointer (&self->node, gst_virtcam_node_unref);
  g_atomic_rc_box_release_full (self, clear);
  return NULL;
}

/* Takes references of its own to node and to owner, with which data lives. */
GstVirtcamWatch *
gst_virtcam_watch_start (GstVirtcamNode *node,
    const GstVirtcamWatchCalls *calls, gpointer data, GstObject *owner)
{
  GstVirtcamWatch *self = g_atomic_rc_box_new0 (GstVirtcamWatch);

  self->owner = gst_object_ref (owner);
  self->calls = calls;
  self->data = data;
  self->waiter = gst_virtcam_waiter_new ();
  self->node = gst_virtcam_node_ref (node);
  self->thread =
      g_thread_new ("virtcam-watch", run, g_atomic_rc_box_acquire (self));
  return self;
}

/* Nothing is called any more when it returns; but where a call of the thread's led
 * here, that one goes on. Takes NULL. */
void
gst_virtcam_watch_stop (GstVirtcamWatch *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->stopped, TRUE);
  gst_virtcam_watch_poke (self);
  if (g_thread_self () == self->thread)
    g_thread_unref (self->thread);
  else
    g_thread_join (self->thread);
  g_atomic_rc_box_release_full (self, clear);
}

void
gst_virtcam_watch_poke (GstVirtcamWatch *self)
{
  gst_virtcam_waiter_interrupt (self->waiter);
}
