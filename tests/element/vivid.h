/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's own test driver, loaded beside virtcam. */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

/* Its inputs in the order of its default */
enum { VIVID_WEBCAM, VIVID_TV, VIVID_S_VIDEO, VIVID_HDMI };

/* Of its controls */
#define VIVID_CID_BASE (0x00f00000 | 0xf000)
#define VIVID_CID_COLORSPACE (VIVID_CID_BASE + 25)
#define VIVID_CID_DV_TIMINGS_SIGNAL_MODE (VIVID_CID_BASE + 62)
#define VIVID_CID_DV_TIMINGS (VIVID_CID_BASE + 63)
enum { VIVID_SIGNAL_CURRENT, VIVID_SIGNAL_NONE, VIVID_SIGNAL_SELECTED = 4 };
/* Entries of the kernel's table of timings */
enum { VIVID_720P25 = 6, VIVID_1080P30 = 12, VIVID_1080I60 = 15 };

/* A test's own way to the device, beside the element's */
typedef struct {
  gchar *node;
  gint fd;
  v4l2_std_id standard;
  struct v4l2_dv_timings timings;
} Vivid;

/* With an input; vivid must be loaded. */
Vivid *vivid_open (gint input);
void vivid_set (Vivid *vivid, guint32 control, gint value);
/* What the HDMI input is given from now on. */
void vivid_give_timings (Vivid *vivid, gint entry);
/* Back to the webcam; what the input was given is as it was. */
void vivid_close (Vivid *vivid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vivid, vivid_close)

/* The node of the first capture device, or NULL where it is not loaded. */
gchar *vivid_find (void);
