/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When frames are offered, and agreed, as DMA_DRM. */

#include "gstvirtcamdrm.h"
#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static GstVirtcamIOMode
get_io_mode (GstVirtcamSrc *self)
{
  GstVirtcamIOMode io_mode;

  GST_OBJECT_LOCK (self);
  io_mode =
      self->plain_only ? GST_VIRTCAM_IO_MODE_MMAP : self->settings.io_mode;
  GST_OBJECT_UNLOCK (self);
  return io_mode;
}

/* Adds the DMA_DRM form of the device's raw video: before it where the user
 * wants dma-bufs, after it where nobody said. Takes caps. */
GstCaps *
gst_virtcam_src_offer_drm (GstVirtcamSrc *self, GstCaps *caps)
{
  GstVirtcamIOMode io_mode = get_io_mode (self);
  GstCaps *drm;

  if (io_mode == GST_VIRTCAM_IO_MODE_MMAP)
    return caps;
  drm = gst_virtcam_drm_from_raw (caps);
  if (io_mode != GST_VIRTCAM_IO_MODE_AUTO) {
    gst_caps_append (drm, caps);
    return drm;
  }
  gst_caps_append (caps, drm);
  return caps;
}

/* What the peer takes; without DMA_DRM once that has not worked out. */
GstCaps *
gst_virtcam_src_query_peer (GstVirtcamSrc *self)
{
  g_autoptr (GstCaps) peer =
      gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), NULL);
  gboolean plain_only;

  GST_OBJECT_LOCK (self);
  plain_only = self->plain_only;
  GST_OBJECT_UNLOCK (self);
  return plain_only ? gst_virtcam_drm_strip (peer) : g_steal_pointer (&peer);
}

/* The same in the words of the device's caps. */
GstCaps *
gst_virtcam_src_plain_peer (GstVirtcamSrc *self, GstCaps *peer)
{
  return get_io_mode (self) == GST_VIRTCAM_IO_MODE_MMAP
             ? gst_caps_ref (peer)
             : gst_virtcam_drm_to_raw (peer);
}

/* The form in which the peer, as queried, gets what was chosen. Takes raw, and
 * passes NULL on. */
GstCaps *
gst_virtcam_src_choose_form (GstVirtcamSrc *self, GstCaps *raw, GstCaps *peer)
{
  gboolean prefer = get_io_mode (self) != GST_VIRTCAM_IO_MODE_AUTO;
  GstCaps *chosen;

  if (raw == NULL || get_io_mode (self) == GST_VIRTCAM_IO_MODE_MMAP)
    return raw;
  chosen = gst_virtcam_drm_choose (raw, peer, prefer);
  gst_caps_unref (raw);
  return chosen;
}

/* Whether the peer takes the DMA_DRM caps in their plain form as well. */
static gboolean
peer_takes_raw (GstVirtcamSrc *self, GstCaps *drm)
{
  g_autoptr (GstCaps) raw = gst_virtcam_drm_to_raw (drm);
  g_autoptr (GstCaps) peer =
      gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), raw);

  return !gst_caps_is_empty (peer);
}

/* DMA_DRM was agreed and does not work out: the next negotiation is for plain
 * raw video. FALSE: the peer takes nothing else. */
gboolean
gst_virtcam_src_give_up_drm (
    GstVirtcamSrc *self, GstCaps *caps, const gchar *why)
{
  if (!peer_takes_raw (self, caps))
    return FALSE;
  GST_INFO_OBJECT (self, "plain raw video instead of DMA_DRM: %s", why);
  GST_OBJECT_LOCK (self);
  self->plain_only = TRUE;
  GST_OBJECT_UNLOCK (self);
  gst_pad_mark_reconfigure (GST_BASE_SRC_PAD (self));
  return TRUE;
}
