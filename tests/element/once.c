/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GStreamer allocates once and for all is no leak of ours, and too much
 * of GLib has no frame pointers for a list of suppressions to find it: so it is
 * allocated here, before main(), where LeakSanitizer does not look. */
#include <gst/gst.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

__attribute__ ((constructor)) static void
init_gstreamer (void)
{
  __lsan_disable ();
  gst_init (NULL, NULL);
  __lsan_enable ();
}
#endif
