/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/error.h"

#include <errno.h>

/* A name with dashes, which clang-format takes for a subtraction. */
/* clang-format off */
G_DEFINE_QUARK (gst-virtcam-node-error-quark, gst_virtcam_node_error)
/* clang-format on */

/* Of a call to a node that is open, or to be opened. */
GstVirtcamNodeError
gst_virtcam_node_error_from_errno (gint number)
{
  switch (number) {
  case ENOENT:
  case ENXIO:
  case ENOTDIR:
    return GST_VIRTCAM_NODE_ERROR_NOT_FOUND;
  case EISDIR:
    return GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE;
  case EACCES:
  case EPERM:
    return GST_VIRTCAM_NODE_ERROR_ACCESS;
  case EBUSY:
    return GST_VIRTCAM_NODE_ERROR_BUSY;
  case ENODEV:
    return GST_VIRTCAM_NODE_ERROR_GONE;
  case ENOTTY:
  case EINVAL:
    return GST_VIRTCAM_NODE_ERROR_UNSUPPORTED;
  case EIO:
    return GST_VIRTCAM_NODE_ERROR_IO;
  default:
    return GST_VIRTCAM_NODE_ERROR_FAILED;
  }
}
