/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What may become of a call to a device. */
typedef enum {
  GST_VIRTCAM_NODE_ERROR_NOT_FOUND,   /* no such device */
  GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE, /* a file, but no capture device */
  GST_VIRTCAM_NODE_ERROR_ACCESS,      /* permission denied */
  GST_VIRTCAM_NODE_ERROR_BUSY,        /* another program streams */
  GST_VIRTCAM_NODE_ERROR_GONE,        /* unplugged */
  GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, /* the driver cannot do what was asked */
  GST_VIRTCAM_NODE_ERROR_IO,          /* the stream broke; a new one may work */
  GST_VIRTCAM_NODE_ERROR_LENT,        /* DQBUF gave a buffer that is lent */
  GST_VIRTCAM_NODE_ERROR_OTHER_MODE,  /* it does not do what it enumerates */
  GST_VIRTCAM_NODE_ERROR_LOST_MODE,   /* asked for its mode again, it left it */
  GST_VIRTCAM_NODE_ERROR_BAD_SIZE,    /* its frames do not fit their buffers */
  GST_VIRTCAM_NODE_ERROR_MISFIT,      /* the peer's buffers take no frame */
  GST_VIRTCAM_NODE_ERROR_FLUSHING,    /* the peer's pool gives no buffer now */
  GST_VIRTCAM_NODE_ERROR_FAILED,      /* anything else */
} GstVirtcamNodeError;

#define GST_VIRTCAM_NODE_ERROR (gst_virtcam_node_error_quark ())
GQuark gst_virtcam_node_error_quark (void);

GstVirtcamNodeError gst_virtcam_node_error_from_errno (gint number);

G_END_DECLS
