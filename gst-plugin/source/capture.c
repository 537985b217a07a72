/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "source/capture.h"

#include "source/stamper.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_trace_debug);

/* A mixer waits for each GAP: at the frame rate, but not more often nor more
 * seldom than this. */
#define GAP_MIN (10 * GST_MSECOND)
#define GAP_MAX (100 * GST_MSECOND)
#define GAP_UNKNOWN_RATE (50 * GST_MSECOND)

struct _GstVirtcamCapture {
  GstVirtcamCaptureParts parts;
  GstVirtcamWaiter *waiter;
  GstVirtcamSession *session;
  GstVirtcamAbsence *absence;
  GstVirtcamStamper *stamper;
  GstVirtcamNode *node; /* a reference; NULL while closed or away */
  /* of the last negotiation, whose virtual function returns a boolean only;
   * OK again once create() has returned it */
  GstFlowReturn negotiated;
  gint ending; /* atomic: who sends EOS events */
};

GstVirtcamCapture *
gst_virtcam_capture_new (const GstVirtcamCaptureParts *parts)
{
  GstVirtcamCapture *self = g_new0 (GstVirtcamCapture, 1);

  self->parts = *parts;
  self->waiter = gst_virtcam_waiter_new ();
  self->session =
      gst_virtcam_session_new (GST_BASE_SRC_PAD (parts->base), parts->report);
  self->absence = gst_virtcam_absence_new (parts->report);
  self->stamper =
      gst_virtcam_stamper_new (parts->base, parts->clock, parts->report);
  return self;
}

void
gst_virtcam_capture_free (GstVirtcamCapture *self)
{
  gst_virtcam_capture_close (self);
  gst_virtcam_stamper_free (self->stamper);
  gst_virtcam_absence_free (self->absence);
  gst_virtcam_session_free (self->session);
  gst_virtcam_waiter_free (self->waiter);
  g_free (self);
}

/* Opening and closing */

void
gst_virtcam_capture_open (GstVirtcamCapture *self, GstVirtcamNode *node)
{
  self->node = gst_virtcam_node_ref (node);
  gst_virtcam_session_open (self->session, node);
}

void
gst_virtcam_capture_close (GstVirtcamCapture *self)
{
  gst_virtcam_absence_forget (self->absence);
  gst_virtcam_session_close (self->session);
  gst_virtcam_waiter_forget (self->waiter);
  g_clear_pointer (&self->node, gst_virtcam_node_unref);
}

void
gst_virtcam_capture_start (GstVirtcamCapture *self)
{
  self->negotiated = GST_FLOW_OK;
  gst_virtcam_stamper_reset (self->stamper);
}

void
gst_virtcam_capture_stop (GstVirtcamCapture *self)
{
  gst_virtcam_session_stop (self->session);
}

/* Interruptions */

/* The streaming thread shall look whether it may go on: see may_go_on(). */
void
gst_virtcam_capture_interrupt (GstVirtcamCapture *self)
{
  gst_virtcam_waiter_interrupt (self->waiter);
}

static gboolean
is_flushing (GstVirtcamCapture *self)
{
  return GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (self->parts.base)) ||
         g_atomic_int_get (&self->ending) > 0;
}

/* The base class may call this long after the interruption, even in the
 * streaming thread (1.24 and newer), when the next one has come already. */
void
gst_virtcam_capture_resume (GstVirtcamCapture *self)
{
  gst_virtcam_waiter_resume (self->waiter);
  if (is_flushing (self))
    gst_virtcam_waiter_interrupt (self->waiter);
}

/* TRUE, then FALSE: the streaming thread has to make way for an EOS event that
 * is sent in between. */
void
gst_virtcam_capture_make_way (GstVirtcamCapture *self, gboolean begin)
{
  g_atomic_int_add (&self->ending, begin ? 1 : -1);
}

/* To be called when a wait was interrupted: sits out a pause. FALSE: it was no
 * pause.
 *
 * GstBaseSrc of some versions interrupts for a pause, too. If the pause is over
 * by the time that create() returns FLUSHING, the base class pauses its task
 * after the change to PLAYING has started it, and the stream stands still for
 * ever. So create() waits here for PLAYING. gst_base_src_wait_playing() does not
 * serve: in some versions it waits for the next change even if the pause is
 * over. */
static gboolean
may_go_on (GstVirtcamCapture *self)
{
  GstBaseSrc *base = self->parts.base;
  gboolean flushing;

  g_mutex_lock (&base->live_lock);
  /* first: what comes after this look interrupts the next wait */
  gst_virtcam_waiter_resume (self->waiter);
  while (
      !(flushing = is_flushing (self)) &&
      !(gst_virtcam_clock_is_playing (self->parts.clock) && base->live_running))
    g_cond_wait (&base->live_cond, &base->live_lock);
  g_mutex_unlock (&base->live_lock);
  return !flushing;
}

/* Negotiation */

static GstVirtcamWishes
wishes_of (GstVirtcamCapture *self)
{
  return gst_virtcam_src_settings_get_wishes (self->parts.settings);
}

/* While the camera is away, the caps are the ones that the pad has: it must come
 * back with them, or negotiate anew. */
static GstCaps *
known_caps (GstVirtcamCapture *self, GstCaps *filter)
{
  GstPad *pad = GST_BASE_SRC_PAD (self->parts.base);
  g_autoptr (GstVirtcamNode) node =
      gst_virtcam_camera_ref_node (self->parts.camera);
  GstCaps *caps = NULL;

  if (node)
    return gst_virtcam_offer_caps (gst_virtcam_node_get_modes (node), filter,
        gst_virtcam_session_get_form (
            self->session, node, wishes_of (self).io_mode));
  if (gst_virtcam_camera_is_open (self->parts.camera))
    caps = gst_pad_get_current_caps (pad);
  return caps ? caps : gst_pad_get_pad_template_caps (pad);
}

GstCaps *
gst_virtcam_capture_get_caps (GstVirtcamCapture *self, GstCaps *filter)
{
  g_autoptr (GstCaps) caps = known_caps (self, filter);

  if (filter)
    return gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
  return g_steal_pointer (&caps);
}

gboolean
gst_virtcam_capture_answer_latency (GstVirtcamCapture *self, GstQuery *query)
{
  GstClockTime min, max;

  if (!gst_virtcam_session_get_latency (self->session, &min, &max))
    return FALSE;
  GST_DEBUG_OBJECT (self->parts.base,
      "latency %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, GST_TIME_ARGS (min),
      GST_TIME_ARGS (max));
  gst_query_set_latency (query, TRUE, min, max);
  return TRUE;
}

/* To the base class a camera that is gone has agreed: create() sees to it. */
static gboolean
note_negotiated (GstVirtcamCapture *self, GstFlowReturn flow)
{
  self->negotiated = flow;
  return flow == GST_FLOW_OK || flow == GST_VIRTCAM_FLOW_GONE;
}

/* With a camera that is not there it is put off until it is. */
gboolean
gst_virtcam_capture_negotiate (GstVirtcamCapture *self)
{
  g_autoptr (GstCaps) caps = NULL;
  GstFlowReturn flow;

  if (gst_virtcam_absence_is_away (self->absence))
    return TRUE;
  flow = gst_virtcam_session_negotiate (
      self->session, wishes_of (self).io_mode, &caps);
  if (flow == GST_FLOW_OK && caps &&
      !gst_base_src_set_caps (self->parts.base, caps))
    flow = GST_FLOW_NOT_NEGOTIATED;
  return note_negotiated (self, flow);
}

gboolean
gst_virtcam_capture_decide (GstVirtcamCapture *self, GstQuery *query)
{
  GstFlowReturn flow = self->negotiated;

  if (flow == GST_FLOW_OK && !gst_virtcam_absence_is_away (self->absence))
    flow = gst_virtcam_session_decide (
        self->session, wishes_of (self).io_mode, query);
  if (!gst_virtcam_session_has_stream (self->session))
    gst_virtcam_pools_remove (query);
  return note_negotiated (self, flow);
}

/* A negotiation may end with the wish for another one. */
static GstFlowReturn
ensure_stream (GstVirtcamCapture *self)
{
  GstBaseSrc *base = self->parts.base;
  gboolean ok = self->negotiated == GST_FLOW_OK;

  for (guint i = 0;
       i < 2 && ok && !gst_virtcam_session_has_stream (self->session); i++)
    ok = gst_base_src_negotiate (base) && self->negotiated == GST_FLOW_OK;
  if (gst_virtcam_session_has_stream (self->session))
    return GST_FLOW_OK;
  if (is_flushing (self))
    return GST_FLOW_FLUSHING;
  return self->negotiated == GST_FLOW_OK ? GST_FLOW_NOT_NEGOTIATED
                                         : self->negotiated;
}

static GstFlowReturn
ensure_streaming (GstVirtcamCapture *self)
{
  GstFlowReturn flow = ensure_stream (self);
  GstClockTime since = GST_CLOCK_TIME_NONE;

  self->negotiated = GST_FLOW_OK;
  if (flow == GST_FLOW_OK)
    flow = gst_virtcam_session_start (self->session, &since);
  if (flow == GST_FLOW_OK && GST_CLOCK_TIME_IS_VALID (since))
    gst_virtcam_stamper_continue (self->stamper, since);
  return flow;
}

/* A frame's way */

static GstFlowReturn
handle_events (GstVirtcamCapture *self)
{
  GstFlowReturn flow = GST_FLOW_OK;
  gboolean source_changed = FALSE;
  struct v4l2_event event;

  while (gst_virtcam_node_dequeue_event (self->node, &event)) {
    GST_LOG_OBJECT (self->parts.base, "event %u of %u", event.type, event.id);
    if (event.type == V4L2_EVENT_CTRL)
      gst_virtcam_panel_notify (self->parts.panel, event.id);
    source_changed |= event.type == V4L2_EVENT_SOURCE_CHANGE;
  }
  if (source_changed)
    flow = gst_virtcam_session_follow_source (self->session);
  return flow == GST_FLOW_OK ? ensure_streaming (self) : flow;
}

/* A buffer with a frame in it, however long that takes. */
static GstFlowReturn
wait_for_frame (
    GstVirtcamCapture *self, GstVirtcamTaken *taken, GstBuffer **buffer)
{
  GstVirtcamWait wait;
  GstFlowReturn flow;

  do {
    flow = ensure_streaming (self);
    if (flow == GST_FLOW_OK)
      flow = gst_virtcam_session_wait (self->session, self->waiter, &wait);
    if (flow != GST_FLOW_OK)
      return flow;
    if (wait == GST_VIRTCAM_WAIT_INTERRUPTED && !may_go_on (self))
      return GST_FLOW_FLUSHING;
    if (wait == GST_VIRTCAM_WAIT_EVENT)
      flow = handle_events (self);
    if (wait == GST_VIRTCAM_WAIT_FRAME)
      flow = gst_virtcam_session_take (self->session, taken, buffer);
  } while (flow == GST_FLOW_OK && *buffer == NULL);
  return flow;
}

static GstFlowReturn
capture (GstVirtcamCapture *self, GstBuffer **buffer)
{
  GstVirtcamTaken taken;
  GstVirtcamPace pace;
  GstClockTime captured;
  gboolean stale = TRUE;

  while (stale) {
    GstFlowReturn flow = wait_for_frame (self, &taken, buffer);

    if (flow != GST_FLOW_OK)
      return flow;
    pace.duration = gst_virtcam_session_get_duration (self->session);
    pace.field = gst_virtcam_session_get_field (self->session);
    captured = gst_virtcam_stamper_judge (self->stamper, &taken.frame, &pace);
    stale = gst_virtcam_stamper_is_stale (self->stamper, captured);
    if (stale)
      gst_clear_buffer (buffer);
  }
  gst_virtcam_stamper_stamp (
      self->stamper, *buffer, &taken.frame, &pace, captured);
  gst_virtcam_panel_sync (self->parts.panel, *buffer);
  gst_virtcam_absence_see (self->absence);
  GST_CAT_TRACE_OBJECT (gst_virtcam_trace_debug, self->parts.base,
      "push: buffer %u, frame %u", taken.frame.index, taken.frame.sequence);
  return GST_FLOW_OK;
}

/* An absence */

/* From where the stream is to now. */
static void
push_gap (GstVirtcamCapture *self)
{
  GstBaseSrc *base = self->parts.base;
  GstPad *pad = GST_BASE_SRC_PAD (base);
  GstClockTime now =
      gst_element_get_current_running_time (GST_ELEMENT_CAST (base));
  GstClockTime position;

  if (!GST_CLOCK_TIME_IS_VALID (now) || !gst_virtcam_segment_ensure (base))
    return;
  GST_OBJECT_LOCK (base);
  position = base->segment.position;
  if (now > position)
    base->segment.position = now;
  GST_OBJECT_UNLOCK (base);
  if (now > position)
    gst_pad_push_event (pad, gst_event_new_gap (position, now - position));
}

static GstClockTime
gap_interval (GstVirtcamCapture *self)
{
  GstClockTime duration = gst_virtcam_session_get_duration (self->session);

  if (!GST_CLOCK_TIME_IS_VALID (duration))
    return GAP_UNKNOWN_RATE;
  return CLAMP (duration, GAP_MIN, GAP_MAX);
}

/* An interval goes by without a frame, or less of it. */
static GstFlowReturn
pass_gap (GstVirtcamCapture *self, GstClockTime most)
{
  GstVirtcamWait wait;

  push_gap (self);
  wait = gst_virtcam_waiter_wait (
      self->waiter, NULL, -1, MIN (gap_interval (self), most), NULL);
  return wait == GST_VIRTCAM_WAIT_INTERRUPTED && !may_go_on (self)
             ? GST_FLOW_FLUSHING
             : GST_FLOW_OK;
}

/* The camera turned out to be gone. OK: it is waited for. */
static GstFlowReturn
lose (GstVirtcamCapture *self)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->parts.report);
  GstVirtcamOnDisconnect policy = wishes_of (self).on_disconnect;
  gboolean again = gst_virtcam_absence_lose (self->absence, self->node);

  /* the kernel has its number free again then */
  gst_virtcam_session_close (self->session);
  gst_virtcam_waiter_forget (self->waiter);
  gst_virtcam_camera_set_node (self->parts.camera, NULL);
  g_clear_pointer (&self->node, gst_virtcam_node_unref);
  if (!again)
    gst_virtcam_absence_tell (self->absence);
  if (policy == GST_VIRTCAM_ON_DISCONNECT_ERROR) {
    GST_ELEMENT_ERROR (self->parts.base, RESOURCE, READ,
        ("Camera %s was unplugged.", camera), (NULL));
    return GST_FLOW_ERROR;
  }
  if (policy == GST_VIRTCAM_ON_DISCONNECT_EOS)
    return GST_FLOW_EOS;
  /* it may be there, and another program's, for long */
  return again ? pass_gap (self, G_MAXUINT64) : GST_FLOW_OK;
}

static gboolean
take_back (GstVirtcamCapture *self)
{
  GstVirtcamNode *node = gst_virtcam_absence_look (self->absence);

  if (node == NULL)
    return FALSE;
  self->node = node;
  gst_virtcam_camera_set_node (self->parts.camera, node);
  gst_virtcam_report_set_camera (
      self->parts.report, gst_virtcam_node_get_path (node));
  gst_virtcam_session_resume (self->session, node);
  gst_virtcam_panel_restore (self->parts.panel);
  return TRUE;
}

static GstFlowReturn
fail_for_absence (GstVirtcamCapture *self, GstClockTime timeout)
{
  const GstVirtcamIdentity *camera =
      gst_virtcam_absence_get_camera (self->absence);

  if (GST_CLOCK_TIME_IS_VALID (timeout))
    GST_ELEMENT_ERROR (self->parts.base, RESOURCE, READ,
        ("Camera %s was unplugged, and did not come back in time.",
            camera->path),
        ("no \"%s\" at %s within %" GST_TIME_FORMAT, camera->card,
            camera->bus_info, GST_TIME_ARGS (timeout)));
  else
    GST_ELEMENT_ERROR (self->parts.base, RESOURCE, READ,
        ("Camera %s was unplugged.", camera->path),
        ("on-disconnect was set to error while it was away"));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
wait_for_return (GstVirtcamCapture *self)
{
  while (!take_back (self)) {
    GstClockTime away = gst_virtcam_absence_get_age (self->absence);
    GstVirtcamWishes wishes = wishes_of (self);
    GstClockTime timeout = wishes.reconnect_timeout;
    GstFlowReturn flow;

    if (wishes.on_disconnect == GST_VIRTCAM_ON_DISCONNECT_EOS)
      return GST_FLOW_EOS;
    if (wishes.on_disconnect == GST_VIRTCAM_ON_DISCONNECT_ERROR)
      return fail_for_absence (self, GST_CLOCK_TIME_NONE);
    if (away >= timeout)
      return fail_for_absence (self, timeout);
    flow = pass_gap (self, timeout - away);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  return GST_FLOW_OK;
}

/* The next frame, through an unplug and a return; GstBaseSrc's create(). */
GstFlowReturn
gst_virtcam_capture_create (GstVirtcamCapture *self, GstBuffer **buffer)
{
  GstFlowReturn flow;

  do {
    flow = GST_FLOW_OK;
    if (gst_virtcam_absence_is_away (self->absence))
      flow = wait_for_return (self);
    if (flow == GST_FLOW_OK)
      flow = capture (self, buffer);
    if (flow == GST_VIRTCAM_FLOW_GONE)
      flow = lose (self);
  } while (flow == GST_FLOW_OK && *buffer == NULL);
  return flow;
}
