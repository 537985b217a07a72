/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/audience.h"

#include "sink/offering.h"
#include "sink/settings.h"
#include "v4l2/controls.h"
#include "v4l2/modes.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

/* How many programs watch: a control of virtcam's own. */
#define CID_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
/* Viewers have fixed a mode, or let go of it: an event of virtcam's own. */
#define EVENT_MODE (V4L2_EVENT_PRIVATE_START + 0x1f00)
#define UNKNOWN (-1)

struct _GstVirtcamAudience {
  GstPad *pad; /* which upstream is linked to */
  GstVirtcamClaim *claim;
  GstVirtcamReport *report;

  /* guards what fits is about; held over ioctls, over no call out */
  GMutex lock;
  gboolean has_target;
  GstVirtcamTarget target;

  /* atomic, each on its own */
  gint viewers;  /* UNKNOWN: the camera does not say, or is not open */
  gint newcomer; /* somebody has begun to watch: see has_newcomer() */
  gint fits;  /* the target is what viewers can have now; set under the lock */
  gint rigid; /* upstream cannot send all that viewers could choose */
  gint told;  /* what was told since the last change: see is_news() */
};

/* All outlive the audience. */
GstVirtcamAudience *
gst_virtcam_audience_new (
    GstPad *pad, GstVirtcamClaim *claim, GstVirtcamReport *report)
{
  GstVirtcamAudience *self = g_new0 (GstVirtcamAudience, 1);

  self->pad = pad;
  self->claim = claim;
  self->report = report;
  self->viewers = UNKNOWN;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_audience_free (GstVirtcamAudience *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

static GstElement *
element_of (GstVirtcamAudience *self)
{
  return gst_virtcam_report_get_element (self->report);
}

gint
gst_virtcam_audience_get_viewers (GstVirtcamAudience *self)
{
  return g_atomic_int_get (&self->viewers);
}

/* A camera that does not say is watched. */
gboolean
gst_virtcam_audience_is_there (GstVirtcamAudience *self)
{
  return gst_virtcam_audience_get_viewers (self) != 0;
}

/* Since the last call. */
gboolean
gst_virtcam_audience_has_newcomer (GstVirtcamAudience *self)
{
  return g_atomic_int_compare_and_exchange (&self->newcomer, TRUE, FALSE);
}

/* Whether upstream's mode is one that viewers can have now. */
gboolean
gst_virtcam_audience_fits (GstVirtcamAudience *self)
{
  return g_atomic_int_get (&self->fits);
}

/* What the user is told once, until it is over */

#define TOLD_UNFIT (1 << 0)
#define TOLD_BUSY (1 << 1)
#define TOLD_MISFIT (1 << 2)
#define TOLD_ALL (-1)

static gboolean
is_news (GstVirtcamAudience *self, gint what)
{
  return !(g_atomic_int_or (&self->told, what) & what);
}

/* TRUE: it was told. */
static gboolean
forget (GstVirtcamAudience *self, gint what)
{
  return g_atomic_int_get (&self->told) & what &&
         g_atomic_int_and (&self->told, ~what) & what;
}

static void
tell_unfit (GstVirtcamAudience *self, GstVirtcamNode *node, const GError *why)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);
  g_autoptr (GstCaps) wanted = NULL;
  g_autofree gchar *text = NULL;

  if (!is_news (self, TOLD_UNFIT))
    return;
  wanted = gst_virtcam_offering_get_caps (node, NULL);
  text = gst_caps_to_string (wanted);
  if (why->code == GST_VIRTCAM_NODE_ERROR_OTHER_MODE)
    GST_ELEMENT_WARNING (element_of (self), STREAM, FORMAT,
        ("Viewers of camera %s have chosen another mode than upstream can "
         "make: its frames are dropped until they leave. videoconvert and "
         "videoscale before virtcamsink would make it.",
            camera),
        ("viewers want %s", text));
  else
    GST_ELEMENT_WARNING (element_of (self), STREAM, FORMAT,
        ("Camera %s came back with other modes than upstream can make: its "
         "frames are dropped. videoconvert and videoscale before virtcamsink "
         "would make one.",
            camera),
        ("%s; the camera takes %s", why->message, text));
}

void
gst_virtcam_audience_tell_busy (GstVirtcamAudience *self, const GError *error)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);

  if (is_news (self, TOLD_BUSY))
    GST_ELEMENT_WARNING (element_of (self), RESOURCE, BUSY,
        ("Camera %s is busy: another program feeds it. Frames are dropped "
         "until that one stops.",
            camera),
        ("%s", error->message));
}

/* The camera takes frames. While another program fed it upstream was offered no
 * memory of the camera's. */
void
gst_virtcam_audience_forget_busy (GstVirtcamAudience *self)
{
  if (forget (self, TOLD_BUSY))
    gst_pad_push_event (self->pad, gst_event_new_reconfigure ());
}

void
gst_virtcam_audience_tell_misfit (GstVirtcamAudience *self, const GError *error)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);

  if (is_news (self, TOLD_MISFIT))
    GST_ELEMENT_WARNING (element_of (self), STREAM, WRONG_TYPE,
        ("Camera %s is not given frames that are not of the size agreed on. "
         "They are dropped, and counted in \"stats\".",
            camera),
        ("first: %s", error->message));
}

/* Who watches, and in which mode */

/* While nobody watches viewers may choose their mode, if upstream can send what
 * they choose. Where it cannot, they have what it sends; as they have while upstream
 * has to have buffers of the camera's at all times. */
void
gst_virtcam_audience_review_claim (GstVirtcamAudience *self)
{
  g_autoptr (GError) error = NULL;

  if (gst_virtcam_audience_is_there (self))
    return;
  if (!g_atomic_int_get (&self->rigid) || !g_atomic_int_get (&self->fits))
    gst_virtcam_claim_release (self->claim);
  else if (gst_virtcam_claim_make (self->claim, &error))
    gst_virtcam_audience_forget_busy (self);
  else if (error->code == GST_VIRTCAM_NODE_ERROR_BUSY)
    gst_virtcam_audience_tell_busy (self, error);
  else
    GST_INFO_OBJECT (element_of (self), "not claimed: %s", error->message);
}

/* Told of as many as before: one has left, and another has come. */
static void
set_viewers (GstVirtcamAudience *self, gint viewers)
{
  GstElement *element = element_of (self);
  gint before = g_atomic_int_get (&self->viewers);

  if (viewers >= MAX (before, 1))
    g_atomic_int_set (&self->newcomer, TRUE);
  if (before == viewers)
    return;
  g_atomic_int_set (&self->viewers, viewers);
  GST_INFO_OBJECT (element, "%d viewers", viewers);
  gst_virtcam_audience_review_claim (self);
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT_CAST (element),
                   gst_structure_new ("virtcam-viewers", "viewers", G_TYPE_INT,
                       viewers, NULL)));
  g_object_notify (G_OBJECT (element), "viewers");
}

/* Where another program feeds the camera each frame tries again. */
static void
try_locked (GstVirtcamAudience *self, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  gboolean fits =
      gst_virtcam_claim_set_target (self->claim, &self->target, &refusal) ||
      refusal->code == GST_VIRTCAM_NODE_ERROR_BUSY;

  g_atomic_int_set (&self->fits, fits);
  if (refusal)
    g_propagate_error (error, g_steal_pointer (&refusal));
}

/* What upstream sends against what the camera takes now. The camera is tried for
 * what it does not list, which says why, and for what fits again: so upstream can be
 * offered its memory. FALSE: upstream has not said yet what it sends. */
static gboolean
review_fit (GstVirtcamAudience *self, GstVirtcamNode *node, gboolean *again,
    GError **error)
{
  gboolean has_target, fitted;

  g_mutex_lock (&self->lock);
  gst_virtcam_modes_forget (gst_virtcam_node_get_modes (node));
  has_target = self->has_target;
  fitted = gst_virtcam_audience_fits (self);
  if (has_target &&
      !(fitted && gst_virtcam_target_is_offered (&self->target, node)))
    try_locked (self, error);
  *again = !fitted && gst_virtcam_audience_fits (self);
  g_mutex_unlock (&self->lock);
  return has_target;
}

static void
review_rigidity (GstVirtcamAudience *self, GstVirtcamNode *node)
{
  gboolean rigid = gst_virtcam_claim_is_exported (self->claim) ||
                   !gst_virtcam_offering_is_all_of (node, self->pad);

  g_atomic_int_set (&self->rigid, rigid);
  GST_DEBUG_OBJECT (element_of (self), "upstream can send %s",
      rigid ? "less than the camera takes" : "all that the camera takes");
}

/* FALSE: upstream can make nothing that the camera takes now. */
static gboolean
ask (GstVirtcamAudience *self, GstVirtcamNode *node)
{
  if (!gst_virtcam_offering_is_any_of (node, self->pad))
    return FALSE;
  gst_pad_push_event (self->pad, gst_event_new_reconfigure ());
  return TRUE;
}

/* Upstream's mode does not fit: viewers have chosen another one, or the camera was
 * away and has changed. */
static void
ask_for_other (
    GstVirtcamAudience *self, GstVirtcamNode *node, const GError *why)
{
  if (why->code != GST_VIRTCAM_NODE_ERROR_GONE && !ask (self, node))
    tell_unfit (self, node, why);
}

/* A viewer has fixed the mode, or let go of it; or the camera is back. */
void
gst_virtcam_audience_follow (GstVirtcamAudience *self, GstVirtcamNode *node)
{
  g_autoptr (GError) error = NULL;
  gboolean again;

  if (!review_fit (self, node, &again, &error))
    return;
  if (error && error->code != GST_VIRTCAM_NODE_ERROR_BUSY) {
    ask_for_other (self, node, error);
    return;
  }
  forget (self, TOLD_UNFIT);
  review_rigidity (self, node);
  gst_virtcam_audience_review_claim (self);
  if (again)
    gst_pad_push_event (self->pad, gst_event_new_reconfigure ());
}

/* What the camera tells. */
void
gst_virtcam_audience_hear (GstVirtcamAudience *self, GstVirtcamNode *node,
    const struct v4l2_event *event)
{
  if (event->type == EVENT_MODE)
    gst_virtcam_audience_follow (self, node);
  if (event->type == V4L2_EVENT_CTRL && event->id == CID_VIEWERS)
    set_viewers (self, event->u.ctrl.value);
}

/* Others may have something else by that number. */
static gboolean
has_viewers (GstVirtcamNode *node)
{
  struct v4l2_query_ext_ctrl query;

  return gst_virtcam_node_query_control (node, CID_VIEWERS, &query) == 0 &&
         g_str_equal (query.name, "Viewers");
}

/* A camera is there. First the events, then the value: so no change goes by. */
void
gst_virtcam_audience_open (GstVirtcamAudience *self, GstVirtcamNode *node)
{
  struct v4l2_ext_control control = { .id = CID_VIEWERS };

  gst_virtcam_node_subscribe (node, EVENT_MODE, 0);
  if (!has_viewers (node))
    return;
  gst_virtcam_node_subscribe (node, V4L2_EVENT_CTRL, CID_VIEWERS);
  if (gst_virtcam_node_get_control (node, &control) == 0)
    set_viewers (self, control.value);
}

/* It has gone, or is to be closed. */
void
gst_virtcam_audience_close (GstVirtcamAudience *self)
{
  set_viewers (self, UNKNOWN);
}

/* The stream ends: viewers may choose. */
void
gst_virtcam_audience_stop (GstVirtcamAudience *self)
{
  g_mutex_lock (&self->lock);
  self->has_target = FALSE;
  g_atomic_int_set (&self->fits, FALSE);
  gst_virtcam_claim_forget_target (self->claim);
  g_mutex_unlock (&self->lock);
  g_atomic_int_set (&self->rigid, FALSE);
  forget (self, TOLD_ALL);
}

/* Posts an error: the camera takes something else, whoever watches. */
void
gst_virtcam_audience_refuse (
    GstVirtcamAudience *self, GstVirtcamNode *node, const gchar *why)
{
  g_autoptr (GstCaps) caps = gst_virtcam_offering_get_caps (node, NULL);

  gst_virtcam_report_unwanted (self->report, caps, why);
}

/* What upstream will send. FALSE: it cannot, and an error has been posted. That
 * another program feeds the camera is one at the beginning of a stream alone. */
gboolean
gst_virtcam_audience_set_target (GstVirtcamAudience *self, GstVirtcamNode *node,
    const GstVirtcamTarget *target)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->lock);
  self->target = *target;
  self->has_target = TRUE;
  try_locked (self, &error);
  g_mutex_unlock (&self->lock);
  if (error == NULL)
    forget (self, TOLD_ALL);
  if (error == NULL || (error->code == GST_VIRTCAM_NODE_ERROR_BUSY &&
                           gst_pad_has_current_caps (self->pad))) {
    review_rigidity (self, node);
    gst_virtcam_audience_review_claim (self);
    return TRUE;
  }
  switch (error->code) {
  case GST_VIRTCAM_NODE_ERROR_GONE:
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
    ask_for_other (self, node, error);
    return TRUE;
  case GST_VIRTCAM_NODE_ERROR_LOST_MODE:
  case GST_VIRTCAM_NODE_ERROR_UNSUPPORTED:
    if (error->code == GST_VIRTCAM_NODE_ERROR_LOST_MODE && ask (self, node))
      return TRUE;
    gst_virtcam_audience_refuse (self, node, error->message);
    return FALSE;
  default:
    break;
  }
  gst_virtcam_report_error (self->report, "take this video", error);
  return FALSE;
}
