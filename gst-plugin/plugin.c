/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "discovery/provider.h"
#include "sink/sink.h"
#include "source/src.h"
#include "vhost/sink.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (virtcamsrc, plugin) &&
         GST_ELEMENT_REGISTER (virtcamsink, plugin) &&
         GST_ELEMENT_REGISTER (virtcamvmsink, plugin) &&
         GST_DEVICE_PROVIDER_REGISTER (virtcamdeviceprovider, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, virtcam,
    "Capture from virtcam and other V4L2 cameras without a copy", plugin_init,
    VIRTCAM_VERSION, "LGPL", "virtcam", "Unknown package origin")
