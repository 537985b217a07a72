/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gudev/gudev.h>

/* Tells of the machine's video nodes: of those that there are in the thread that
 * starts the monitor, then of those that come and go in a thread of its own. One
 * call out at a time, with no lock held. */
typedef struct _GstVirtcamMonitor GstVirtcamMonitor;

/* path: of a node in /dev; node: what udev knows of it, or NULL. */
typedef void (*GstVirtcamMonitorFound) (
    gpointer owner, const gchar *path, GUdevDevice *node);
typedef void (*GstVirtcamMonitorLost) (gpointer owner, GUdevDevice *node);

/* Returns when found has been called for every node that there is. A
 * reference to owner is held while the thread runs. */
GstVirtcamMonitor *gst_virtcam_monitor_start (
    GstVirtcamMonitorFound found, GstVirtcamMonitorLost lost, GObject *owner);

/* Frees self. When this returns, no call of found or lost is under way and none
 * will come. One of them may call this itself: then it is the last. */
void gst_virtcam_monitor_stop (GstVirtcamMonitor *self);

/* Calls found for the nodes that there are, by their numbers. */
void gst_virtcam_monitor_list (
    GUdevClient *client, GstVirtcamMonitorFound found, gpointer data);
