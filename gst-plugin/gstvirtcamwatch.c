/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstvirtcamwatch.h"

#include <string.h>

static const gchar *const subsystems[] = { "video4linux", NULL };

/* Freed by its last holder, which are the thread and who started it. */
struct _GstVirtcamWatch {
  gatomicrefcount references;
  const GstVirtcamWatchCalls *calls;
  GObject *owner;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gint stopped; /* atomic */

  GMutex lock;
  GCond listed_cond;
  gboolean listed; /* guarded by lock */
};

static void
watch_unref (GstVirtcamWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->listed_cond);
  g_object_unref (self->owner);
  g_free (self);
}

static gboolean
is_stopped (GstVirtcamWatch *self)
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

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint64 x =
      g_ascii_strtoull (g_udev_device_get_number ((GUdevDevice *) a), NULL, 10);
  guint64 y =
      g_ascii_strtoull (g_udev_device_get_number ((GUdevDevice *) b), NULL, 10);

  return x < y ? -1 : x > y;
}

GList *
gst_virtcam_watch_list (GUdevClient *client)
{
  GList *all = g_udev_client_query_by_subsystem (client, subsystems[0]);
  GList *nodes = NULL;

  for (GList *item = all; item; item = item->next) {
    if (is_video_node (item->data))
      nodes = g_list_prepend (nodes, g_object_ref (item->data));
  }
  g_list_free_full (all, g_object_unref);
  return g_list_sort (nodes, compare_numbers);
}

static gboolean
handle_idle (gpointer data)
{
  GstVirtcamWatch *self = data;

  return !is_stopped (self) && self->calls->idle (self->owner);
}

/* Low: whatever udev has to tell comes first. */
static void
wake_idle (GstVirtcamWatch *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, handle_idle, self, NULL);
  g_source_attach (source, self->context);
}

/* "change" may be the end of what kept a node from being opened. */
static void
handle_event (
    GUdevClient *client, const gchar *action, GUdevDevice *node, gpointer data)
{
  GstVirtcamWatch *self = data;

  (void) client;
  if (is_stopped (self) || !is_video_node (node))
    return;
  if (g_str_equal (action, "remove")) {
    self->calls->lost (self->owner, node);
    return;
  }
  self->calls->found (self->owner, node);
  wake_idle (self);
}

/* What comes up meanwhile waits as an event in the client. */
static void
tell_all (GstVirtcamWatch *self, GUdevClient *client)
{
  GList *nodes = gst_virtcam_watch_list (client);

  for (GList *item = nodes; item && !is_stopped (self); item = item->next) {
    if (!is_still_coming (item->data))
      self->calls->found (self->owner, item->data);
  }
  g_list_free_full (nodes, g_object_unref);
}

static void
note_listed (GstVirtcamWatch *self)
{
  g_mutex_lock (&self->lock);
  self->listed = TRUE;
  g_cond_signal (&self->listed_cond);
  g_mutex_unlock (&self->lock);
}

static gpointer
run (gpointer data)
{
  GstVirtcamWatch *self = data;
  GUdevClient *client;

  g_main_context_push_thread_default (self->context);
  client = g_udev_client_new (subsystems);
  g_signal_connect (client, "uevent", G_CALLBACK (handle_event), self);
  tell_all (self, client);
  note_listed (self);
  wake_idle (self);
  /* a quit before the loop runs would be lost, so stop comes as a source */
  g_main_loop_run (self->loop);
  g_object_unref (client);
  g_main_context_pop_thread_default (self->context);
  watch_unref (self);
  return NULL;
}

GstVirtcamWatch *
gst_virtcam_watch_start (const GstVirtcamWatchCalls *calls, GObject *owner)
{
  GstVirtcamWatch *self = g_new0 (GstVirtcamWatch, 1);

  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->calls = calls;
  self->owner = g_object_ref (owner);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  g_mutex_init (&self->lock);
  g_cond_init (&self->listed_cond);
  self->thread = g_thread_new ("virtcam-watch", run, self);

  g_mutex_lock (&self->lock);
  while (!self->listed)
    g_cond_wait (&self->listed_cond, &self->lock);
  g_mutex_unlock (&self->lock);
  return self;
}

static gboolean
quit (gpointer data)
{
  GstVirtcamWatch *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
gst_virtcam_watch_stop (GstVirtcamWatch *self)
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
  watch_unref (self);
}
