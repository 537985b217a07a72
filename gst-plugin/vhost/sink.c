/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-virtcamvmsink
 * @title: virtcamvmsink
 * @short_description: lends a camera to a virtual machine
 *
 * virtcamvmsink gives its frames to a camera of a virtual machine. On a socket it
 * speaks vhost-user with the virtual machine monitor (QEMU, crosvm, Cloud Hypervisor),
 * and virtio-media with the guest, where programs find a V4L2 camera.
 *
 * ## Launch line
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! videoconvert ! virtcamvmsink socket=/run/cam.sock
 * ]| A test picture, in whatever format and size a guest chooses.
 *
 * ## Who chooses the mode
 * What upstream can send, within #GstVirtcamVmSink:caps, is what a guest may choose. Once
 * a guest streams its mode is the only one in this element's caps, and upstream is asked
 * to conform; until it does its frames are dropped, and counted in `stats`.
 *
 * ## Memory
 * Upstream is handed the guest's own pages, so that what it draws, decodes or converts
 * is written into the guest. Frames in other memory are copied once. No guest is ever
 * waited for: what has no place is dropped, and its number is left out.
 *
 * ## Coming and going
 * One virtual machine at a time has the camera; another can connect when it has gone.
 * #GstVirtcamVmSink:viewers says whether a guest streams, and is told by the element
 * message "virtcam-viewers" (`viewers`, a gint) as well. While none does frames are
 * dropped; with on-demand=true upstream is told by QoS events that it need not make
 * them. A guest that streams while no frames come is given a grey one now and then
 * (#GstVirtcamVmSink:timeout).
 */

#include "vhost/sink.h"

#include "pixel/caps.h"
#include "vhost/lender.h"

GST_DEBUG_CATEGORY (gst_virtcam_vm_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_vm_sink_debug

struct _GstVirtcamVmSink {
  GstBaseSink parent;

  /* each has its own lock, or says which thread may use it */
  GstVirtcamSettings *settings;
  GstVirtcamClock *clock;
  GstVirtcamVmLender *lender;
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamVmSink, gst_virtcam_vm_sink,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_virtcam_vm_sink_debug, "virtcamvmsink", 0,
        "virtcam sink for virtual machines"))
GST_ELEMENT_REGISTER_DEFINE (
    virtcamvmsink, "virtcamvmsink", GST_RANK_NONE, GST_TYPE_VIRTCAM_VM_SINK)

#define PARENT_SINK (GST_BASE_SINK_CLASS (gst_virtcam_vm_sink_parent_class))
#define PARENT_ELEMENT (GST_ELEMENT_CLASS (gst_virtcam_vm_sink_parent_class))

static GstStateChangeReturn
gst_virtcam_vm_sink_change_state (
    GstElement *element, GstStateChange transition)
{
  GstVirtcamVmSink *self = GST_VIRTCAM_VM_SINK (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY &&
      !gst_virtcam_vm_lender_open (self->lender))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    gst_virtcam_vm_lender_start (self->lender);

  result = PARENT_ELEMENT->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_virtcam_vm_lender_stop (self->lender);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          result == GST_STATE_CHANGE_FAILURE))
    gst_virtcam_vm_lender_close (self->lender);
  else
    gst_virtcam_vm_lender_review (self->lender);
  return result;
}

static gboolean
gst_virtcam_vm_sink_set_clock (GstElement *element, GstClock *clock)
{
  gst_virtcam_clock_set (GST_VIRTCAM_VM_SINK (element)->clock, clock);
  return PARENT_ELEMENT->set_clock (element, clock);
}

/* Negotiation and frames */

static GstCaps *
gst_virtcam_vm_sink_get_caps (GstBaseSink *base, GstCaps *filter)
{
  return gst_virtcam_vm_lender_get_caps (
      GST_VIRTCAM_VM_SINK (base)->lender, filter);
}

static gboolean
gst_virtcam_vm_sink_set_caps (GstBaseSink *base, GstCaps *caps)
{
  return gst_virtcam_vm_lender_set_caps (
      GST_VIRTCAM_VM_SINK (base)->lender, caps);
}

static gboolean
gst_virtcam_vm_sink_propose_allocation (GstBaseSink *base, GstQuery *query)
{
  return gst_virtcam_vm_lender_propose (
      GST_VIRTCAM_VM_SINK (base)->lender, query);
}

static GstFlowReturn
gst_virtcam_vm_sink_render (GstBaseSink *base, GstBuffer *buffer)
{
  return gst_virtcam_vm_lender_render (
      GST_VIRTCAM_VM_SINK (base)->lender, buffer);
}

static gboolean
gst_virtcam_vm_sink_query (GstBaseSink *base, GstQuery *query)
{
  GstCaps *caps;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ACCEPT_CAPS)
    return PARENT_SINK->query (base, query);
  gst_query_parse_accept_caps (query, &caps);
  gst_query_set_accept_caps_result (query,
      gst_virtcam_vm_lender_accepts (GST_VIRTCAM_VM_SINK (base)->lender, caps));
  return TRUE;
}

/* Properties */

static void
gst_virtcam_vm_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVirtcamVmSink *self = GST_VIRTCAM_VM_SINK (object);

  if (!gst_virtcam_settings_set (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  else
    gst_virtcam_vm_lender_review (self->lender);
}

static void
gst_virtcam_vm_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVirtcamVmSink *self = GST_VIRTCAM_VM_SINK (object);

  if (id == GST_VIRTCAM_VM_PROP_STATS)
    g_value_take_boxed (value, gst_virtcam_vm_lender_make_stats (self->lender));
  else if (id == GST_VIRTCAM_VM_PROP_VIEWERS)
    g_value_set_int (value, gst_virtcam_vm_lender_get_viewers (self->lender));
  else if (!gst_virtcam_settings_get (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Class */

static void
gst_virtcam_vm_sink_finalize (GObject *object)
{
  GstVirtcamVmSink *self = GST_VIRTCAM_VM_SINK (object);

  gst_virtcam_vm_lender_free (self->lender);
  gst_virtcam_clock_free (self->clock);
  gst_virtcam_settings_free (self->settings);
  G_OBJECT_CLASS (gst_virtcam_vm_sink_parent_class)->finalize (object);
}

/* What virtio-media can carry in one piece of memory that is a guest's. */
static GstCaps *
make_template (void)
{
  GstCaps *caps = gst_caps_new_empty ();
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    GstStructure *structure = gst_virtcam_format_to_structure (format);

    gst_structure_remove_field (structure, "multiview-mode");
    gst_structure_set (structure, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT,
        "height", GST_TYPE_INT_RANGE, 1, G_MAXINT, "framerate",
        GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
    if (format->n_memories == 1)
      caps = gst_caps_merge_structure (caps, structure);
    else
      gst_structure_free (structure);
  }
  /* Not simplified: that would sort them. */
  return caps;
}

static void
gst_virtcam_vm_sink_class_init (GstVirtcamVmSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);
  g_autoptr (GstCaps) caps = make_template ();

  object_class->set_property = gst_virtcam_vm_sink_set_property;
  object_class->get_property = gst_virtcam_vm_sink_get_property;
  object_class->finalize = gst_virtcam_vm_sink_finalize;
  gst_virtcam_vm_settings_install (object_class);

  element_class->change_state = gst_virtcam_vm_sink_change_state;
  element_class->set_clock = gst_virtcam_vm_sink_set_clock;
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class,
      "virtcam sink for virtual machines", "Sink/Video",
      "Lends a camera to a virtual machine", "The virtcam developers");

  base_class->get_caps = gst_virtcam_vm_sink_get_caps;
  base_class->set_caps = gst_virtcam_vm_sink_set_caps;
  base_class->propose_allocation = gst_virtcam_vm_sink_propose_allocation;
  base_class->render = gst_virtcam_vm_sink_render;
  base_class->query = gst_virtcam_vm_sink_query;
}

/* As virtcamsink: a frame that is late is better than none, a last sample would keep
 * a buffer of the guest's, and no frame takes long. */
static void
gst_virtcam_vm_sink_init (GstVirtcamVmSink *self)
{
  GstBaseSink *base = GST_BASE_SINK (self);

  self->settings = gst_virtcam_vm_settings_new ();
  self->clock = gst_virtcam_clock_new ();
  self->lender = gst_virtcam_vm_lender_new (base, self->settings, self->clock);
  gst_base_sink_set_qos_enabled (base, TRUE);
  gst_base_sink_set_last_sample_enabled (base, FALSE);
  gst_base_sink_set_processing_deadline (base, 0);
}
