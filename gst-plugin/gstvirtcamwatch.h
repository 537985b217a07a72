/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gudev/gudev.h>

G_BEGIN_DECLS

/* A thread that tells of the machine's video nodes: those that there are, then
 * those that come and go. All calls out come from that thread, one at a time,
 * with no lock held. */
typedef struct _GstVirtcamWatch GstVirtcamWatch;

typedef struct {
  void (*found) (GObject *owner, GUdevDevice *node);
  void (*lost) (GObject *owner, GUdevDevice *node);
  /* when nothing else is to be done; FALSE: not again until woken */
  gboolean (*idle) (GObject *owner);
} GstVirtcamWatchCalls;

/* Returns when found has been called for every node that there is. calls must
 * live on; a reference to owner is held while the thread runs. */
GstVirtcamWatch *gst_virtcam_watch_start (
    const GstVirtcamWatchCalls *calls, GObject *owner);

/* Frees self. When this returns no call is under way and none will come; only
 * when one of them stops the watch itself, that one still returns. */
void gst_virtcam_watch_stop (GstVirtcamWatch *self);

/* The nodes that there are, by their numbers; free with g_list_free_full() and
 * g_object_unref(). */
GList *gst_virtcam_watch_list (GUdevClient *client);

G_END_DECLS
