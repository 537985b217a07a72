/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that has the plugin within: test-meson links it. */

#include <gst/gst.h>

GST_PLUGIN_STATIC_DECLARE (virtcam);

int
main (int argc, char **argv)
{
  g_autoptr (GstElement) element = NULL;

  gst_init (&argc, &argv);
  GST_PLUGIN_STATIC_REGISTER (virtcam);
  element = gst_element_factory_make ("virtcamsrc", NULL);
  return element ? 0 : 1;
}
