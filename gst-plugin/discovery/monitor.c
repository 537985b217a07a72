/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "discovery/monitor.h"

#include <sys/stat.h>

#include "v4l2/find.h"

static const gchar *const subsystems[] = { "video4linux", NULL };

/* Freed by its last holder, which are the thread and who started it. */
struct _GstVirtcamMonitor {
  GstVirtcamMonitorFound found;
  GstVirtcamMonitorLost lost;
  GObject *owner;
  GUdevClient *client; /* the thread's, once there is one */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gint stopped; /* atomic */
};

static void
clear (gpointer data)
{
  GstVirtcamMonitor *self = data;

  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->owner);
}

static gboolean
is_stopped (GstVirtcamMonitor *self)
{
  return g_atomic_int_get (&self->stopped);
}

/* Other names are those of subdevices, of VBI, radio and touch. */
static gboolean
is_video_node (GUdevDevice *node)
{
  return g_str_has_prefix (g_udev_device_get_name (node), "video") &&
         g_udev_device_get_device_file (node) != NULL;
}

/* Not yet through udev's rules: without its rights and its properties. It is
 * announced when it is, if there is a udev to do so. */
static gboolean
is_still_coming (GUdevDevice *node)
{
  return !g_udev_device_get_is_initialized (node) &&
         g_file_test ("/run/udev/control", G_FILE_TEST_EXISTS);
}

/* In a container a node's number may be another device's than udev has by that
 * name: what udev knows is looked up by the number. */
void
gst_virtcam_monitor_list (
    GUdevClient *client, GstVirtcamMonitorFound found, gpointer data)
{
  g_autoptr (GPtrArray) paths = gst_virtcam_find_nodes ();

  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (GUdevDevice) node = NULL;
    struct stat status;

    if (stat (paths->pdata[i], &status) < 0)
      continue;
    node = g_udev_client_query_by_device_number (
        client, G_UDEV_DEVICE_TYPE_CHAR, status.st_rdev);
    found (data, paths->pdata[i], node);
  }
}

/* "change" may be the end of what kept a node from being opened. */
static void
handle_event (
    GUdevClient *client, const gchar *action, GUdevDevice *node, gpointer data)
{
  GstVirtcamMonitor *self = data;

  (void) client;
  if (is_stopped (self) || !is_video_node (node))
    return;
  if (g_str_equal (action, "remove")) {
    self->lost (self->owner, node);
    return;
  }
  self->found (self->owner, g_udev_device_get_device_file (node), node);
}

/* What comes up meanwhile waits as an event in the client. */
static void
tell (gpointer data, const gchar *path, GUdevDevice *node)
{
  GstVirtcamMonitor *self = data;

  if (!is_stopped (self) && !(node && is_still_coming (node)))
    self->found (self->owner, path, node);
}

static gpointer
run (gpointer data)
{
  GstVirtcamMonitor *self = data;

  g_main_context_push_thread_default (self->context);
  /* a quit before the loop runs would be lost, so stop comes as a source */
  g_main_loop_run (self->loop);
  g_object_unref (self->client);
  g_main_context_pop_thread_default (self->context);
  g_atomic_rc_box_release_full (self, clear);
  return NULL;
}

GstVirtcamMonitor *
gst_virtcam_monitor_start (
    GstVirtcamMonitorFound found, GstVirtcamMonitorLost lost, GObject *owner)
{
  GstVirtcamMonitor *self = g_atomic_rc_box_new0 (GstVirtcamMonitor);

  self->found = found;
  self->lost = lost;
  self->owner = g_object_ref (owner);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  /* its events are dispatched where this context is run */
  g_main_context_push_thread_default (self->context);
  self->client = g_udev_client_new (subsystems);
  g_main_context_pop_thread_default (self->context);
  g_signal_connect (self->client, "uevent", G_CALLBACK (handle_event), self);
  gst_virtcam_monitor_list (self->client, tell, self);
  self->thread =
      g_thread_new ("virtcam-monitor", run, g_atomic_rc_box_acquire (self));
  return self;
}

static gboolean
quit (gpointer data)
{
  GstVirtcamMonitor *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
gst_virtcam_monitor_stop (GstVirtcamMonitor *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_atomic_int_set (&self->stopped, TRUE);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, quit, self, NULL);
  g_source_attach (source, self->context);
  if (g_thread_self () == self->thread)
    g_thread_unref (self->thread);
  else
    g_thread_join (self->thread);
  g_atomic_rc_box_release_full (self, clear);
}
