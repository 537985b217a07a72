/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesrc.h>

G_BEGIN_DECLS

gboolean gst_virtcam_segment_ensure (GstBaseSrc *base);

G_END_DECLS
