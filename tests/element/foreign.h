/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver that is as the test program wants it: the camera's, but for what is set
 * here. */
#pragma once

#include <linux/videodev2.h>

#include "driver.h"
#include "rig.h"

/* What the driver is like; 0: as it is. */
extern struct Foreign {
  unsigned long refuses; /* an ioctl */
  int refusal;           /* errno of it */
  guint insists_on_bytesperline;
  guint leaves_out; /* bytes of a frame */
  guint short_by;   /* bytes of a buffer */
  gboolean forgets_size;
  gboolean hides_capabilities; /* of its buffers, as those before videobuf2 */
  gboolean offers_odd_widths;  /* where it offers a range */
  gboolean has_no_rate;
  int makes_no_more;           /* buffers, though it knows the ioctl: errno */
  guint makes_more_by;         /* buffers than it is asked for */
  gboolean keeps_out_of_epoll; /* once, with an error, as for a signal */
  gboolean keeps_its_rate;     /* while it streams */
} foreign;

/* How often it has refused, and was asked for S_FMT, QUERYBUF and STREAMON. */
extern struct ForeignCounts {
  guint refused, set_format, looked_up, started;
} foreign_counts;

/* 0: nothing from now on. */
void foreign_refuse (unsigned long request, int refusal);
Rig *foreign_rig (TestCamera *camera, const gchar *io_mode, const gchar *caps);
/* Runs into an error that has these words, for the user or the developer. */
void foreign_assert_error (Rig *rig, const gchar *words);
