/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera goes away, and perhaps comes back.
 *
 * An absence begins where a call to the device fails because it is gone. The
 * node is hung up, so that the kernel has its number free again, and stays as
 * what the element remembers: the modes that it enumerated, its name. It ends
 * when a frame of the camera that came back is there; one that leaves again
 * before has not been back. All of this happens in the streaming thread. */

#include "gstvirtcamsrc.h"
#include "virtcam-watch.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* A mixer waits for each GAP: at the frame rate, but not more often nor more
 * seldom than this. */
#define GAP_MIN (10 * GST_MSECOND)
#define GAP_MAX (100 * GST_MSECOND)
#define GAP_UNKNOWN_RATE (50 * GST_MSECOND)

static GstVirtcamOnDisconnect
get_policy (GstVirtcamSrc *self, GstClockTime *timeout)
{
  GstVirtcamOnDisconnect policy;

  GST_OBJECT_LOCK (self);
  policy = self->settings.on_disconnect;
  *timeout = self->settings.reconnect_timeout;
  GST_OBJECT_UNLOCK (self);
  return policy;
}

/* With what an application needs to tell the user which camera it is. */
static void
post_message (GstVirtcamSrc *self, const gchar *name)
{
  const VirtcamIdentity *camera = virtcam_node_get_identity (self->node);
  GstStructure *structure = gst_structure_new (name, "device", G_TYPE_STRING,
      camera->path, "card", G_TYPE_STRING, camera->card, "bus-info",
      G_TYPE_STRING, camera->bus_info, "absence", GST_TYPE_CLOCK_TIME,
      gst_util_get_timestamp () - self->absent_since, NULL);

  gst_element_post_message (GST_ELEMENT_CAST (self),
      gst_message_new_element (GST_OBJECT_CAST (self), structure));
}

/* Once in an absence, and when the device's number is free if it will be. */
static void
tell_lost (GstVirtcamSrc *self)
{
  if (!self->loss_told)
    post_message (self, "virtcamsrc-disconnected");
  self->loss_told = TRUE;
}

/* To be called when the device turns out to be gone. FALSE: the user wants that
 * to be an error; else create() deals with it. */
gboolean
gst_virtcam_src_note_lost (GstVirtcamSrc *self)
{
  GstClockTime timeout;

  self->lost = get_policy (self, &timeout) != GST_VIRTCAM_ON_DISCONNECT_ERROR;
  if (!self->absent) {
    self->absent = TRUE;
    self->absent_since = gst_util_get_timestamp ();
    GST_OBJECT_LOCK (self);
    self->stats.disconnects++;
    GST_OBJECT_UNLOCK (self);
  }
  if (!self->lost)
    tell_lost (self);
  return self->lost;
}

/* To be called with the first frame after an absence. */
void
gst_virtcam_src_note_return (GstVirtcamSrc *self)
{
  post_message (self, "virtcamsrc-reconnected");
  gst_virtcam_src_forget_absence (self);
}

void
gst_virtcam_src_forget_absence (GstVirtcamSrc *self)
{
  self->lost = self->absent = self->loss_told = FALSE;
  g_clear_pointer (&self->watch, virtcam_watch_free);
}

/* Negotiation with a camera that is not there is put off until it is. */

gboolean
gst_virtcam_src_negotiate_if_present (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  if (self->lost)
    return TRUE;
  return gst_virtcam_src_check_convert (self) &&
         (gst_virtcam_src_negotiate (base) || self->lost);
}

gboolean
gst_virtcam_src_decide_if_present (GstBaseSrc *base, GstQuery *query)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);

  if (!self->lost && gst_virtcam_src_decide_allocation (base, query))
    return TRUE;
  /* the base class would run the peer's */
  while (self->lost && gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  return self->lost;
}

/* peer: what the next element takes. A camera that came back goes on as it was,
 * if it still can and the next element still takes that. */
void
gst_virtcam_src_prefer_last_caps (GstVirtcamSrc *self, GstCaps **peer)
{
  GstBaseSrc *base = GST_BASE_SRC (self);
  g_autoptr (GstCaps) last = NULL;
  g_autoptr (GstCaps) able = NULL;

  if (!self->absent)
    return;
  last = gst_pad_get_current_caps (GST_BASE_SRC_PAD (base));
  if (last == NULL || !gst_caps_can_intersect (last, *peer))
    return;
  able = gst_virtcam_src_get_caps (base, last);
  if (!gst_caps_is_empty (able))
    gst_caps_replace (peer, last);
}

/* What is known of a camera that is away: all that was asked, and what it did
 * at last. */
GstCaps *
gst_virtcam_src_add_last_caps (GstVirtcamSrc *self, GstCaps *caps)
{
  GstCaps *last = gst_pad_get_current_caps (GST_BASE_SRC_PAD (self));

  return last ? gst_caps_merge (caps, last) : caps;
}

/* GAP events */

/* Nothing but caps and a segment may precede a GAP. The base class sends its
 * segment with the next buffer, which may be long in coming. */
static gboolean
ensure_segment (GstVirtcamSrc *self, GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  g_autoptr (GstEvent) segment =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);

  if (caps == NULL)
    return FALSE;
  return segment || gst_pad_push_event (pad,
                        gst_event_new_segment (&GST_BASE_SRC (self)->segment));
}

/* From where the stream is to now. */
static void
push_gap (GstVirtcamSrc *self)
{
  GstPad *pad = GST_BASE_SRC_PAD (self);
  GstSegment *segment = &GST_BASE_SRC (self)->segment;
  GstClockTime now =
      gst_element_get_current_running_time (GST_ELEMENT_CAST (self));
  GstClockTime position;

  if (!GST_CLOCK_TIME_IS_VALID (now) || !ensure_segment (self, pad))
    return;
  GST_OBJECT_LOCK (self);
  position = segment->position;
  if (now > position)
    segment->position = now;
  GST_OBJECT_UNLOCK (self);
  if (now > position)
    gst_pad_push_event (pad, gst_event_new_gap (position, now - position));
}

static GstClockTime
gap_interval (GstVirtcamSrc *self)
{
  GstClockTime duration = self->mode.duration;

  if (self->mode.format == NULL || !GST_CLOCK_TIME_IS_VALID (duration))
    return GAP_UNKNOWN_RATE;
  return CLAMP (duration, GAP_MIN, GAP_MAX);
}

/* Waiting */

static gboolean
let_go (GstVirtcamSrc *self)
{
  g_autoptr (GError) error = NULL;

  gst_virtcam_src_drop_buffers (self);
  gst_virtcam_src_hang_up (self);
  if (self->watch == NULL)
    self->watch = virtcam_watch_new (virtcam_node_get_identity (self->node),
        virtcam_node_get_opening_time (self->node), &error);
  if (error)
    gst_virtcam_src_post_error (self, "be waited for", error);
  return error == NULL;
}

static gboolean
take_back (GstVirtcamSrc *self)
{
  g_autofree gchar *path = virtcam_watch_look (self->watch);
  g_autoptr (GError) error = NULL;
  VirtcamNode *node;

  if (path == NULL)
    return FALSE;
  node =
      virtcam_node_open (path, virtcam_node_is_converting (self->node), &error);
  if (node == NULL) {
    GST_INFO_OBJECT (self, "back, but not yet: %s", error->message);
    virtcam_watch_look_again (self->watch, path);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "the camera is back as %s", path);
  gst_virtcam_src_replace_node (self, node);
  gst_virtcam_src_restore_controls (self);
  self->lost = FALSE;
  return TRUE;
}

static GstFlowReturn
fail_for_absence (GstVirtcamSrc *self, GstClockTime timeout)
{
  const VirtcamIdentity *camera = virtcam_node_get_identity (self->node);

  if (GST_CLOCK_TIME_IS_VALID (timeout))
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("Camera %s was unplugged, and did not come back in time.",
            camera->path),
        ("no \"%s\" at %s within %" GST_TIME_FORMAT, camera->card,
            camera->bus_info, GST_TIME_ARGS (timeout)));
  else
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("Camera %s was unplugged.", camera->path),
        ("on-disconnect was set to error while it was away"));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
wait_for_return (GstVirtcamSrc *self)
{
  for (;;) {
    GstClockTime timeout, left, away;
    GstVirtcamOnDisconnect policy = get_policy (self, &timeout);

    if (policy == GST_VIRTCAM_ON_DISCONNECT_EOS)
      return GST_FLOW_EOS;
    if (policy == GST_VIRTCAM_ON_DISCONNECT_ERROR)
      return fail_for_absence (self, GST_CLOCK_TIME_NONE);
    if (take_back (self))
      return GST_FLOW_OK;

    away = gst_util_get_timestamp () - self->absent_since;
    if (away >= timeout)
      return fail_for_absence (self, timeout);
    left = timeout - away;
    push_gap (self);
    if (virtcam_node_wait_without (self->node,
            virtcam_watch_get_fd (self->watch),
            MIN (gap_interval (self), left)) == VIRTCAM_WAIT_INTERRUPTED &&
        gst_virtcam_src_sit_out_pause (self) != GST_FLOW_OK)
      return GST_FLOW_FLUSHING;
  }
}

/* The camera is lost. OK: it is back and negotiated, or lost again. */
GstFlowReturn
gst_virtcam_src_recover (GstVirtcamSrc *self)
{
  GstFlowReturn flow;

  if (!let_go (self))
    return GST_FLOW_ERROR;
  tell_lost (self);
  flow = wait_for_return (self);
  if (flow != GST_FLOW_OK)
    return flow;
  if (gst_base_src_negotiate (GST_BASE_SRC (self)))
    return GST_FLOW_OK;
  return GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (self))
             ? GST_FLOW_FLUSHING
             : GST_FLOW_NOT_NEGOTIATED;
}
