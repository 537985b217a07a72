/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/lender.h"

#include <errno.h>

#include "pixel/caps.h"
#include "sink/chain.h"
#include "sink/copy.h"
#include "sink/idle.h"
#include "sink/target.h"
#include "vhost/machine.h"
#include "vhost/offer.h"
#include "vhost/pool.h"
#include "vhost/pulse.h"
#include "vhost/tally.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_vm_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_vm_sink_debug

#define GREY 0x80
#define CLOSED (-1)

struct _GstVirtcamVmLender {
  GstBaseSink *base;
  GstVirtcamSettings *settings;
  GstVirtcamClock *clock;
  GstVirtcamVmMachine *machine;
  GstVirtcamVmTally *tally;
  GstVirtcamVmPulse *pulse; /* NULL while closed */
  GstVirtcamTarget target;  /* the streaming thread's */
  GstCaps *offered; /* what guests may choose from; the state's change and
                             * the streaming thread's, which exclude each other */

  GstVirtcamChain chain; /* as well */

  /* atomic, each on its own */
  gint viewers;  /* CLOSED, 0 or 1 */
  gint newcomer; /* the viewer has been given no frame */
  gint idle;     /* upstream was told that no frame is needed */
};

static GstVirtcamVmWishes
wishes_of (GstVirtcamVmLender *self)
{
  return gst_virtcam_vm_settings_get_wishes (self->settings);
}

gint
gst_virtcam_vm_lender_get_viewers (GstVirtcamVmLender *self)
{
  return g_atomic_int_get (&self->viewers);
}

/* Who watches */

static void
set_viewers (GstVirtcamVmLender *self, gint viewers)
{
  GstElement *element = GST_ELEMENT_CAST (self->base);

  if (g_atomic_int_get (&self->viewers) == viewers)
    return;
  g_atomic_int_set (&self->viewers, viewers);
  g_object_notify (G_OBJECT (element), "viewers");
  if (viewers == CLOSED)
    return;
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT_CAST (element),
                   gst_structure_new ("virtcam-viewers", "viewers", G_TYPE_INT,
                       viewers, NULL)));
}

/* Upstream is asked to conform to what the guest has chosen, or may choose itself
 * again. */
static void
handle_streaming (gpointer data)
{
  GstVirtcamVmLender *self = data;
  VmFormat format;
  gboolean streaming =
      gst_virtcam_vm_machine_get_format (self->machine, &format);

  if (streaming)
    GST_INFO_OBJECT (self->base, "a guest streams %" GST_FOURCC_FORMAT " %ux%u",
        GST_FOURCC_ARGS (format.fourcc), format.width, format.height);
  g_atomic_int_set (&self->newcomer, streaming);
  gst_virtcam_vm_tally_begin (self->tally);
  gst_pad_push_event (
      GST_BASE_SINK_PAD (self->base), gst_event_new_reconfigure ());
  set_viewers (self, streaming);
  gst_virtcam_vm_lender_review (self);
}

static void
handle_connected (gpointer data, gboolean is_there, const gchar *why)
{
  GstVirtcamVmLender *self = data;

  GST_INFO_OBJECT (self->base, "a virtual machine %s",
      is_there ? "has connected" : "has gone");
  if (why)
    GST_ELEMENT_WARNING (self->base, RESOURCE, READ,
        ("The virtual machine monitor was disconnected: %s.", why), (NULL));
}

static const GstVirtcamVmMachineCalls calls = {
  .streaming = handle_streaming,
  .connected = handle_connected,
};

/* What is to be done again and again */

static guint64
review_idleness (GstVirtcamVmLender *self)
{
  return gst_virtcam_idle_review (self->base, &self->idle,
      GST_STATE (self->base) == GST_STATE_PLAYING &&
          gst_virtcam_vm_lender_get_viewers (self) == 0 &&
          wishes_of (self).on_demand);
}

static void
give_placeholder (GstVirtcamVmLender *self, const GstVirtcamFrames *frames)
{
  g_autoptr (GstBuffer) buffer =
      gst_virtcam_vm_machine_take (self->machine, frames);

  if (buffer == NULL)
    return;
  gst_buffer_memset (buffer, 0, GREY, gst_buffer_get_size (buffer));
  if (gst_virtcam_vm_machine_give (
          self->machine, buffer, gst_util_get_timestamp ()))
    gst_virtcam_vm_tally_add (self->tally, GST_VIRTCAM_VM_PLACEHOLDERS);
}

static guint64
review_placeholder (GstVirtcamVmLender *self)
{
  guint64 timeout = wishes_of (self).timeout;
  guint64 age = gst_virtcam_vm_tally_get_age (self->tally);
  GstVirtcamFrames frames;

  if (timeout == 0 ||
      !gst_virtcam_vm_machine_get_frames (self->machine, &frames) ||
      !frames.has_layout)
    return G_MAXUINT64;
  if (age < timeout)
    return timeout - age;
  give_placeholder (self, &frames);
  return timeout;
}

static guint64
tick (gpointer data)
{
  GstVirtcamVmLender *self = data;

  return MIN (review_idleness (self), review_placeholder (self));
}

void
gst_virtcam_vm_lender_review (GstVirtcamVmLender *self)
{
  GST_OBJECT_LOCK (self->base);
  if (self->pulse)
    gst_virtcam_vm_pulse_poke (self->pulse);
  GST_OBJECT_UNLOCK (self->base);
}

/* Life */

GstVirtcamVmLender *
gst_virtcam_vm_lender_new (
    GstBaseSink *base, GstVirtcamSettings *settings, GstVirtcamClock *clock)
{
  GstVirtcamVmLender *self = g_new0 (GstVirtcamVmLender, 1);

  self->base = base;
  self->settings = settings;
  self->clock = clock;
  self->viewers = CLOSED;
  self->machine = gst_virtcam_vm_machine_new (&calls, self);
  self->tally = gst_virtcam_vm_tally_new ();
  gst_virtcam_idle_install (base, &self->idle);
  return self;
}

void
gst_virtcam_vm_lender_free (GstVirtcamVmLender *self)
{
  gst_virtcam_vm_lender_close (self);
  gst_virtcam_vm_machine_free (self->machine);
  gst_virtcam_vm_tally_free (self->tally);
  g_free (self);
}

/* All that there could be for a guest. */
static GstCaps *
get_possible (GstVirtcamVmLender *self)
{
  g_autoptr (GstCaps) all =
      gst_pad_get_pad_template_caps (GST_BASE_SINK_PAD (self->base));
  g_autoptr (GstCaps) limit = NULL;

  g_object_get (self->base, "caps", &limit, NULL);
  return limit ? gst_caps_intersect_full (limit, all, GST_CAPS_INTERSECT_FIRST)
               : g_steal_pointer (&all);
}

/* What of it upstream can send, as far as that is known. */
static GstCaps *
get_offer (GstVirtcamVmLender *self)
{
  g_autoptr (GstCaps) possible = get_possible (self);
  g_autoptr (GstCaps) peer =
      gst_pad_peer_query_caps (GST_BASE_SINK_PAD (self->base), possible);
  g_autoptr (GstCaps) both = gst_caps_intersect (peer, possible);

  return gst_caps_is_empty (both) ? g_steal_pointer (&possible)
                                  : g_steal_pointer (&both);
}

static void
set_pulse (GstVirtcamVmLender *self, GstVirtcamVmPulse *pulse)
{
  GstVirtcamVmPulse *before;

  GST_OBJECT_LOCK (self->base);
  before = self->pulse;
  self->pulse = pulse;
  GST_OBJECT_UNLOCK (self->base);
  gst_virtcam_vm_pulse_stop (before);
}

static void
report_open (GstVirtcamVmLender *self, const gchar *socket, gint error)
{
  switch (error) {
  case -EINVAL:
    GST_ELEMENT_ERROR (self->base, RESOURCE, SETTINGS,
        ("A virtual machine can choose nothing of the property \"caps\"."),
        ("no mode of V4L2 is in it"));
    return;
  case -EADDRINUSE:
    GST_ELEMENT_ERROR (self->base, RESOURCE, BUSY,
        ("Another program listens on the socket %s, or something else than a "
         "socket is there.",
            socket),
        (NULL));
    return;
  default:
    GST_ELEMENT_ERROR (self->base, RESOURCE, OPEN_READ_WRITE,
        ("The socket %s cannot be made: %s.", socket, g_strerror (-error)),
        (NULL));
  }
}

gboolean
gst_virtcam_vm_lender_open (GstVirtcamVmLender *self)
{
  g_autofree gchar *socket = NULL;
  g_autofree gchar *card = NULL;
  g_autoptr (GArray) modes = NULL;
  gint error;

  gst_virtcam_vm_tally_reset (self->tally);
  g_object_get (self->base, "socket", &socket, "card", &card, NULL);
  if (socket == NULL || socket[0] == '\0') {
    GST_ELEMENT_ERROR (self->base, RESOURCE, SETTINGS,
        ("Set the property \"socket\" to the path that the virtual machine is "
         "given."),
        (NULL));
    return FALSE;
  }
  self->offered = get_offer (self);
  modes = gst_virtcam_vm_offer_from_caps (self->offered);
  error = gst_virtcam_vm_machine_open (self->machine, socket, card ? card : "",
      modes, !wishes_of (self).shared_memory);
  if (error < 0) {
    gst_clear_caps (&self->offered);
    report_open (self, socket, error);
    return FALSE;
  }
  set_viewers (self, 0);
  set_pulse (self, gst_virtcam_vm_pulse_start (tick, self));
  return TRUE;
}

void
gst_virtcam_vm_lender_close (GstVirtcamVmLender *self)
{
  gst_virtcam_vm_machine_close (self->machine);
  set_pulse (self, NULL);
  set_viewers (self, CLOSED);
  gst_clear_caps (&self->offered);
}

/* Guests are told where it is another one than before. */
void
gst_virtcam_vm_lender_start (GstVirtcamVmLender *self)
{
  g_autoptr (GstCaps) offer = get_offer (self);
  g_autoptr (GArray) modes = NULL;

  if (self->offered && gst_caps_is_equal (offer, self->offered))
    return;
  GST_DEBUG_OBJECT (self->base, "guests may choose %" GST_PTR_FORMAT, offer);
  gst_caps_replace (&self->offered, offer);
  modes = gst_virtcam_vm_offer_from_caps (offer);
  gst_virtcam_vm_machine_set_modes (self->machine, modes);
}

void
gst_virtcam_vm_lender_stop (GstVirtcamVmLender *self)
{
  self->target = (GstVirtcamTarget){ 0 };
  self->chain = (GstVirtcamChain){ 0 };
}

/* Negotiation */

GstCaps *
gst_virtcam_vm_lender_get_caps (GstVirtcamVmLender *self, GstCaps *filter)
{
  g_autoptr (GstCaps) caps = NULL;
  VmFormat format;

  caps = gst_virtcam_vm_machine_get_format (self->machine, &format)
             ? gst_virtcam_vm_offer_to_caps (&format)
             : get_possible (self);
  return filter
             ? gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST)
             : g_steal_pointer (&caps);
}

gboolean
gst_virtcam_vm_lender_accepts (GstVirtcamVmLender *self, GstCaps *caps)
{
  g_autoptr (GstCaps) possible = get_possible (self);

  return gst_caps_can_intersect (caps, possible);
}

gboolean
gst_virtcam_vm_lender_set_caps (GstVirtcamVmLender *self, GstCaps *caps)
{
  gst_virtcam_vm_lender_start (self);
  return gst_virtcam_target_from_caps (&self->target, NULL, caps);
}

/* Frames that upstream writes into the guest's buffers need no copy. */
gboolean
gst_virtcam_vm_lender_propose (GstVirtcamVmLender *self, GstQuery *query)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstVirtcamFrames frames;
  gboolean need_pool;
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, &need_pool);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  if (caps == NULL ||
      !gst_virtcam_vm_machine_get_frames (self->machine, &frames) ||
      !gst_virtcam_target_is_of (&self->target, &frames) || !frames.has_layout)
    return TRUE;
  if (need_pool)
    pool = gst_virtcam_vm_pool_new (self->base, self->machine);
  gst_query_add_allocation_pool (query, pool, frames.layout.size, 2, 0);
  return TRUE;
}

/* A frame's way */

static GstFlowReturn
drop (GstVirtcamVmLender *self, GstVirtcamVmCount why)
{
  gst_virtcam_vm_tally_add (self->tally, why);
  gst_virtcam_chain_break (&self->chain);
  if (why == GST_VIRTCAM_VM_NO_BUFFER)
    gst_virtcam_vm_machine_skip (self->machine);
  return GST_FLOW_OK;
}

/* FALSE: it is not what was agreed on. */
static gboolean
read_layout (GstVirtcamVmLender *self, const GstVirtcamFrames *frames,
    GstBuffer *buffer, GstVirtcamLayout *layout)
{
  return !frames->has_layout ||
         (gst_virtcam_target_get_usual_layout (&self->target, layout) &&
             gst_virtcam_target_read_layout (&self->target, buffer, layout));
}

/* Whether the guest has the frame where it wants it. */
static gboolean
is_in_place (GstVirtcamVmLender *self, const GstVirtcamFrames *frames,
    GstBuffer *buffer, const GstVirtcamLayout *layout)
{
  return gst_virtcam_vm_machine_has_made (self->machine, buffer) &&
         (!frames->has_layout ||
             (gst_buffer_get_size (buffer) == frames->layout.size &&
                 gst_virtcam_layout_equal (layout, &frames->layout)));
}

/* NULL: there is no buffer, or the frame is too large. */
static GstBuffer *
copy (GstVirtcamVmLender *self, const GstVirtcamFrames *frames,
    GstBuffer *buffer, const GstVirtcamLayout *layout)
{
  g_autoptr (GstBuffer) copied =
      gst_virtcam_vm_machine_take (self->machine, frames);

  if (copied == NULL || !gst_virtcam_copy (copied, frames, buffer, layout))
    return NULL;
  GST_BUFFER_FLAGS (copied) |=
      GST_BUFFER_FLAGS (buffer) & GST_BUFFER_FLAG_CORRUPTED;
  return g_steal_pointer (&copied);
}

static GstFlowReturn
give (
    GstVirtcamVmLender *self, const GstVirtcamFrames *frames, GstBuffer *buffer)
{
  const GstClockTime captured = gst_virtcam_clock_monotonic_time (self->clock,
      gst_element_get_base_time (GST_ELEMENT_CAST (self->base)),
      &self->base->segment, GST_BUFFER_PTS (buffer));
  g_autoptr (GstBuffer) given = NULL;
  GstVirtcamLayout layout;
  gboolean in_place;

  if (!read_layout (self, frames, buffer, &layout))
    return drop (self, GST_VIRTCAM_VM_NO_BUFFER);
  in_place = is_in_place (self, frames, buffer, &layout);
  given =
      in_place ? gst_buffer_ref (buffer) : copy (self, frames, buffer, &layout);
  if (given == NULL ||
      !gst_virtcam_vm_machine_give (self->machine, given, captured))
    return drop (self, GST_VIRTCAM_VM_NO_BUFFER);
  gst_virtcam_vm_tally_add (self->tally, GST_VIRTCAM_VM_GIVEN);
  if (!in_place)
    gst_virtcam_vm_tally_add (self->tally, GST_VIRTCAM_VM_COPIED);
  return GST_FLOW_OK;
}

static gboolean
continues (GstVirtcamVmLender *self, GstBuffer *buffer)
{
  gboolean newcomer =
      g_atomic_int_compare_and_exchange (&self->newcomer, TRUE, FALSE);

  return gst_virtcam_chain_continues (
      &self->chain, GST_BASE_SINK_PAD (self->base), newcomer, TRUE, buffer);
}

/* Waits for nobody: what has no place is dropped. */
GstFlowReturn
gst_virtcam_vm_lender_render (GstVirtcamVmLender *self, GstBuffer *buffer)
{
  GstVirtcamFrames frames;

  gst_virtcam_chain_see (&self->chain, buffer);
  if (gst_buffer_get_size (buffer) == 0 &&
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    return GST_FLOW_OK;
  if (!gst_virtcam_vm_machine_get_frames (self->machine, &frames)) {
    if (!g_atomic_int_get (&self->idle) && wishes_of (self).on_demand)
      gst_virtcam_vm_lender_review (self);
    return drop (self, GST_VIRTCAM_VM_UNWATCHED);
  }
  if (!gst_virtcam_target_is_of (&self->target, &frames))
    return drop (self, GST_VIRTCAM_VM_UNFIT);
  return continues (self, buffer) ? give (self, &frames, buffer)
                                  : drop (self, GST_VIRTCAM_VM_NO_BUFFER);
}

GstStructure *
gst_virtcam_vm_lender_make_stats (GstVirtcamVmLender *self)
{
  GstStructure *stats = gst_structure_new_empty ("virtcamvmsink-stats");
  VmCameraCounts counts;

  gst_virtcam_vm_machine_get_counts (self->machine, &counts);
  gst_virtcam_vm_tally_fill (self->tally, stats);
  gst_structure_set (stats, "scattered", G_TYPE_UINT64, counts.copied,
      "revoked", G_TYPE_UINT64, counts.revoked, "commands", G_TYPE_UINT64,
      counts.commands, "events", G_TYPE_UINT64, counts.events, "machines",
      G_TYPE_UINT64, counts.front_ends, NULL);
  gst_virtcam_stats_add_base (stats, self->base);
  return stats;
}
