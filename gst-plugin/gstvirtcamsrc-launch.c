/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controls in a launch line. The parser sets controls::brightness, say, when
 * "child-added" tells it that there is a child "controls". Of a control that
 * is not there it warns without saying which there are, and a text that is no
 * value for a control it drops without a word that anybody sees. Both are
 * errors of the line, so both become errors of the element. */

#include "gstvirtcamsrc.h"

#include <string.h>

static guint
child_added (void)
{
  return g_signal_lookup ("child-added", GST_TYPE_CHILD_PROXY);
}

/* Whether the parser, or somebody else, waits for the child. */
gboolean
gst_virtcam_src_is_launched (GstVirtcamSrc *self)
{
  return g_signal_handler_find (
             self, G_SIGNAL_MATCH_ID, child_added (), 0, NULL, NULL, NULL) != 0;
}

/* GObject only finds the first handler; so each is blocked for a moment. */
static guint
count_handlers (GstVirtcamSrc *self)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (gulong));
  gulong id;

  while ((id = g_signal_handler_find (self,
              G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_UNBLOCKED, child_added (), 0,
              NULL, NULL, NULL)) != 0) {
    g_signal_handler_block (self, id);
    g_array_append_val (found, id);
  }
  for (guint i = 0; i < found->len; i++)
    g_signal_handler_unblock (self, g_array_index (found, gulong, i));
  return found->len;
}

/* The camera has been opened; the parser's work is watched in this thread. */
void
gst_virtcam_src_begin_launch (GstVirtcamSrc *self)
{
  g_atomic_pointer_set (&self->launch.thread, g_thread_self ());
}

static gboolean
is_watched (GstVirtcamSrc *self)
{
  return g_atomic_pointer_get (&self->launch.thread) == g_thread_self ();
}

/* The child is about to be announced: what the last one lacked is forgotten. */
void
gst_virtcam_src_reset_launch (GstVirtcamSrc *self)
{
  GstVirtcamLaunch *launch = &self->launch;

  if (!is_watched (self))
    return;
  g_clear_pointer (&launch->unknown, g_free);
  launch->n_unknown = launch->n_lookups = launch->n_sets = 0;
  launch->n_handlers = count_handlers (self);
}

/* The child was looked up, or one of its properties set. */
void
gst_virtcam_src_note_launch (GstVirtcamSrc *self, gboolean set)
{
  if (!is_watched (self))
    return;
  if (set)
    self->launch.n_sets++;
  else
    self->launch.n_lookups++;
}

/* The parser looks the child up, disconnects its handler, and sets unless the
 * text is no value; it looks twice for what is not there, and stays. */
static gboolean
is_value_lost (GstVirtcamSrc *self)
{
  const GstVirtcamLaunch *launch = &self->launch;
  guint gone, lookups;

  if (launch->n_handlers == 0)
    return FALSE;
  gone = launch->n_handlers - MIN (launch->n_handlers, count_handlers (self));
  lookups = launch->n_lookups - MIN (launch->n_lookups, 2 * launch->n_unknown);
  return MIN (gone, lookups) > launch->n_sets;
}

static void
post_unknown (GstVirtcamSrc *self)
{
  g_autoptr (GstVirtcamControls) controls = gst_virtcam_src_get_controls (self);
  g_autofree gchar *names = gst_virtcam_controls_list_names (controls);
  g_autofree gchar *path = gst_virtcam_src_get_path (self);

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("Camera %s has no control \"%s\". It has: %s.", path,
          self->launch.unknown, names),
      (NULL));
}

static void
post_lost_value (GstVirtcamSrc *self)
{
  g_autofree gchar *path = gst_virtcam_src_get_path (self);

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("A control of camera %s is set to what is no value for it. "
       "GST_DEBUG=GST_PIPELINE:1 names the control.",
          path),
      ("%u controls were set", self->launch.n_sets));
}

/* FALSE after posting what is wrong with the line. */
gboolean
gst_virtcam_src_end_launch (GstVirtcamSrc *self)
{
  g_atomic_pointer_set (&self->launch.thread, NULL);
  if (self->launch.unknown) {
    post_unknown (self);
    return FALSE;
  }
  if (is_value_lost (self)) {
    post_lost_value (self);
    return FALSE;
  }
  return TRUE;
}

/* Of the parser's "no property "controls::x" in element", which says less than
 * we can, only the name is kept. TRUE: message was one, and is freed. */
gboolean
gst_virtcam_src_note_unknown_control (GstVirtcamSrc *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  const gchar *name;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING || !is_watched (self))
    return FALSE;
  gst_message_parse_warning (message, &error, &debug);
  name = debug ? strstr (debug, GST_VIRTCAM_CONTROLS_NAME "::") : NULL;
  if (!g_error_matches (
          error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_PROPERTY) ||
      name == NULL)
    return FALSE;
  name += strlen (GST_VIRTCAM_CONTROLS_NAME "::");
  g_free (self->launch.unknown);
  self->launch.unknown = g_strndup (name, strcspn (name, "\" \n"));
  self->launch.n_unknown++;
  gst_message_unref (message);
  return TRUE;
}
