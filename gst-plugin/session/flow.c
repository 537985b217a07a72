/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/flow.h"

#include "v4l2/node.h"

/* A camera that is gone is for the caller to deal with; all else is an error,
 * which is posted. returned: one that has just come back, and that another
 * program has taken, counts as gone still. doing: the user's word for what
 * failed, an infinitive. */
GstFlowReturn
gst_virtcam_flow_fail (GstVirtcamReport *report, gboolean returned,
    const gchar *doing, const GError *error)
{
  if (error->code == GST_VIRTCAM_NODE_ERROR_GONE ||
      (returned && error->code == GST_VIRTCAM_NODE_ERROR_BUSY))
    return GST_VIRTCAM_FLOW_GONE;
  if (error->code == GST_VIRTCAM_NODE_ERROR_FLUSHING)
    return GST_FLOW_FLUSHING;
  gst_virtcam_report_error (report, doing, error);
  return GST_FLOW_ERROR;
}
