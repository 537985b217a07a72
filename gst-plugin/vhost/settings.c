/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/settings.h"

#define FLAGS G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
#define READY FLAGS | GST_PARAM_MUTABLE_READY
#define PLAYING FLAGS | GST_PARAM_MUTABLE_PLAYING
#define RESULT G_PARAM_READABLE | G_PARAM_STATIC_STRINGS

static GParamSpec *properties[GST_VIRTCAM_VM_N_PROPS];

static void
describe_camera (void)
{
  properties[GST_VIRTCAM_VM_PROP_SOCKET] = g_param_spec_string ("socket",
      "Socket",
      "Path of the socket on which virtual machine monitors find the camera. "
      "It is made when the element leaves NULL, where one on which nobody "
      "listens is replaced, and removed when it is back in NULL. Changes take "
      "effect when the element next leaves NULL",
      NULL, READY);
  properties[GST_VIRTCAM_VM_PROP_CARD] = g_param_spec_string ("card", "Card",
      "What the guest calls the camera, up to 31 bytes. Changes take effect "
      "when the element next leaves NULL",
      "virtcam", READY);
  properties[GST_VIRTCAM_VM_PROP_CAPS] = g_param_spec_boxed ("caps", "Caps",
      "What of that which upstream can send a guest may choose. Unset: all. "
      "Changes take effect when the element next leaves NULL",
      GST_TYPE_CAPS, READY);
  properties[GST_VIRTCAM_VM_PROP_SHARED_MEMORY] = g_param_spec_boolean (
      "shared-memory", "Shared memory",
      "Offer guests memory of this process besides their own pages: some "
      "drivers know no other. QEMU 11.1.3 crashes where a camera that offers "
      "it is unplugged. Changes take effect when the element next leaves "
      "NULL",
      TRUE, READY);
}

static void
describe_frames (void)
{
  properties[GST_VIRTCAM_VM_PROP_ON_DEMAND] = g_param_spec_boolean ("on-demand",
      "On demand",
      "While no guest streams, tell upstream by QoS events that its frames are "
      "not needed: converters then drop them before they convert. Not for a "
      "tee's branch: what is before the tee would drop the other branches' "
      "frames as well. Changes take effect at once",
      FALSE, PLAYING);
  properties[GST_VIRTCAM_VM_PROP_TIMEOUT] = g_param_spec_uint64 ("timeout",
      "Timeout",
      "A guest that streams, and had no frame for so many nanoseconds, is "
      "given a grey one, and again after as many; 0: never. Of coded video it "
      "is given none. Changes take effect at the next frame",
      0, G_MAXUINT64, GST_SECOND, PLAYING);
}

static void
describe_results (void)
{
  properties[GST_VIRTCAM_VM_PROP_VIEWERS] =
      g_param_spec_int ("viewers", "Viewers",
          "How many guests stream, 0 or 1, told by notify and by the element "
          "message virtcam-viewers; -1: the element is in NULL",
          -1, 1, -1, RESULT);
  properties[GST_VIRTCAM_VM_PROP_STATS] = g_param_spec_boxed ("stats",
      "Statistics",
      "Structure virtcamvmsink-stats, counted since the element left NULL. "
      "guint64: given (frames that a guest was given), copied (those of them "
      "that were copied into the guest's buffers), unwatched (frames dropped "
      "because no guest streamed), unfit (frames dropped because a guest has "
      "another mode), dropped (frames dropped because a guest had no empty "
      "buffer, or they had not the size agreed on), placeholders (grey frames "
      "that were given), scattered (frames copied once more, since the pages "
      "of a guest's buffer could not be mapped), revoked (buffers that a guest "
      "took back while upstream held them), commands, events (of and to "
      "guests), machines (that connected); and of GstBaseSink's, since the "
      "stream began: rendered; gdouble: average-rate",
      GST_TYPE_STRUCTURE, RESULT);
}

/* To be called once. */
void
gst_virtcam_vm_settings_install (GObjectClass *object_class)
{
  describe_camera ();
  describe_frames ();
  describe_results ();
  g_object_class_install_properties (
      object_class, GST_VIRTCAM_VM_N_PROPS, properties);
}

GstVirtcamSettings *
gst_virtcam_vm_settings_new (void)
{
  return gst_virtcam_settings_new (properties, GST_VIRTCAM_VM_N_SETTINGS);
}

GstVirtcamVmWishes
gst_virtcam_vm_settings_get_wishes (GstVirtcamSettings *settings)
{
  const GValue *values = gst_virtcam_settings_lock (settings);
  GstVirtcamVmWishes wishes = {
    .on_demand = g_value_get_boolean (&values[GST_VIRTCAM_VM_PROP_ON_DEMAND]),
    .timeout = g_value_get_uint64 (&values[GST_VIRTCAM_VM_PROP_TIMEOUT]),
    .shared_memory =
        g_value_get_boolean (&values[GST_VIRTCAM_VM_PROP_SHARED_MEMORY]),
  };

  gst_virtcam_settings_unlock (settings);
  return wishes;
}
