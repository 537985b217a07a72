/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>
#include <gst/video/video.h>

#include "gstvirtcamalignment.h"
#include "gstvirtcamallocator.h"
#include "gstvirtcamcaps.h"
#include "gstvirtcamimport.h"
#include "gstvirtcamlatency.h"
#include "gstvirtcamlater.h"
#include "gstvirtcamcontrols.h"
#include "gstvirtcamchoose.h"
#include "gstvirtcamtime.h"
#include "gstvirtcamwrapper.h"
#include "virtcam-node.h"
#include "virtcam-watch.h"

G_BEGIN_DECLS

#define GST_TYPE_VIRTCAM_SRC (gst_virtcam_src_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamSrc, gst_virtcam_src, GST, VIRTCAM_SRC, GstPushSrc)

GST_ELEMENT_REGISTER_DECLARE (virtcamsrc);
GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);

/* What to do when the camera goes away */
typedef enum {
  GST_VIRTCAM_ON_DISCONNECT_ERROR,
  GST_VIRTCAM_ON_DISCONNECT_EOS,
  GST_VIRTCAM_ON_DISCONNECT_WAIT,
} GstVirtcamOnDisconnect;

/* What the application wants; looked at when it matters, not when it is set. */
typedef struct {
  gchar *device;
  gchar *camera; /* card name or bus_info, or NULL */
  GstVirtcamIOMode io_mode;
  gboolean convert;
  GstVirtcamOnDisconnect on_disconnect;
  GstClockTime reconnect_timeout;
} GstVirtcamSettings;

typedef struct {
  guint64 captured;
  guint64 dropped;
  guint64 copied;
  guint64 buffers;
  guint64 grown;
  guint64 corrupted;
  guint64 bad_timestamps;
  guint64 converted;
  guint64 disconnects;
  GstClockTime latency;
  GstVirtcamLatency latencies;
} GstVirtcamStats;

/* What was agreed with the device and the peer; the streaming thread's. */
typedef struct {
  const GstVirtcamFormat *format;
  struct v4l2_pix_format picture;
  gboolean has_layout;
  GstVirtcamLayout layout; /* of the kernel's buffers */
  GstVideoInfo video;      /* of raw video */
  GstClockTime duration;   /* of a frame; NONE if unknown */
} GstVirtcamMode;

typedef enum {
  GST_VIRTCAM_COPY_FOR_LAYOUT,
  GST_VIRTCAM_COPY_FOR_DRIVER,
  GST_VIRTCAM_COPY_FOR_CONVERSION,
} GstVirtcamCopyReason;

/* What was told of a stream already: a bit for each reason to copy, and */
#define GST_VIRTCAM_TOLD_GROWN (1u << 31)

/* What a launch line's controls came to. */
typedef struct {
  GThread *thread; /* while the camera is being opened, that which does it */
  guint n_handlers, n_lookups, n_sets, n_unknown;
  gchar *unknown; /* the last name that is no control's, or NULL */
} GstVirtcamLaunch;

struct _GstVirtcamSrc {
  GstPushSrc parent;

  /* guarded by the object lock */
  GstVirtcamSettings settings;
  GstVirtcamStats stats;

  /* from READY to NULL; those who may come in any state (caps queries, flush
   * events) read it with node_lock, which opening and closing write-lock.
   * Outermost, never held over a call out */
  GRWLock node_lock;
  VirtcamNode *node;
  VirtcamModes *modes; /* of the last node, for the next; set_node's */

  /* atomic */
  GThread *pausing; /* changes from PLAYING to PAUSED or back */
  gint unlocked;    /* by a flush, an EOS event or on the way to READY */

  /* the streaming thread's, and stop's after it has gone */
  GstVirtcamMode mode;
  GstVirtcamAllocator *allocator;
  GstVirtcamWrapper *wrapper;
  GstVirtcamLater *completion; /* of the allocator's buffers, or NULL */
  GstVirtcamImport *import;    /* in place of the two */
  gboolean streaming;
  gboolean source_changed; /* the driver has told so */
  gboolean signal_lost;    /* has been told */
  GstVirtcamSequence sequence;
  GstVirtcamCapture capture;
  gboolean bad_time_told;
  guint min_buffers;
  gboolean export_refused; /* since READY; not tried again */
  gboolean import_refused; /* since READY; told once */
  gboolean makes_no_more;  /* buffers while streaming; since READY */
  gboolean drm;            /* DMA_DRM is agreed */
  gboolean copies_refused; /* by the peer, in this stream */
  GstVirtcamDemand demand; /* the peer's */
  /* copies go there: a peer that needs other strides */
  gboolean copy_always;
  GstVirtcamLayout copy_layout;
  guint32 refused_bytesperline; /* in this mode */
  guint told;                   /* bits: element messages of this stream */

  /* an absence (gstvirtcamsrc-reconnect.c): it lasts, the device is gone and
   * that is no error, it was told, when it began on CLOCK_MONOTONIC */
  gboolean absent, lost, loss_told;
  GstClockTime absent_since;
  VirtcamWatch *watch;

  /* guarded by the object lock */
  gboolean plain_only; /* since READY: DMA_DRM did not work out */
  GstClockTime latency_min, latency_max;
  gboolean playing;
  GstClockTime playing_since; /* CLOCK_MONOTONIC */
  gboolean resync;
  gboolean clock_is_monotonic;
  gboolean error_posted; /* since PAUSED */

  GstCaps *capture_clock; /* of GstReferenceTimestampMeta; constant */

  /* guarded by the object lock; the streaming thread may look at controls
   * without it: it is replaced in that thread, or while there is none */
  GstVirtcamControls *controls;
  GHashTable *channels; /* type of controls -> list for GstColorBalance */
  GstVideoOrientationMethod direction;
  gboolean direction_waits; /* until the camera is open */
  gboolean constructed;

  /* the thread's that opens the camera */
  GstVirtcamLaunch launch;
};

/* What became of a value for a control. */
typedef enum {
  GST_VIRTCAM_SET,
  GST_VIRTCAM_KEPT, /* for when there is a camera */
  GST_VIRTCAM_REFUSED,
  GST_VIRTCAM_CLOSED, /* no camera was asked */
} GstVirtcamWritten;

/* gstvirtcamsrc-properties.c */
void gst_virtcam_src_install_properties (GObjectClass *object_class);
void gst_virtcam_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec);
void gst_virtcam_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec);
void gst_virtcam_settings_init (GstVirtcamSettings *settings);
void gst_virtcam_settings_finish (GstVirtcamSettings *settings);

/* gstvirtcamsrc-stats.c */
GstStructure *gst_virtcam_src_make_stats (GstVirtcamSrc *self);
const gchar *gst_virtcam_stats_describe (void);

/* gstvirtcamsrc-camera.c */
gchar *gst_virtcam_src_find_device (GstVirtcamSrc *self);

/* gstvirtcamsrc-uri.c */
void gst_virtcam_src_uri_handler_init (gpointer iface, gpointer data);

/* gstvirtcamsrc.c */
void gst_virtcam_src_replace_node (GstVirtcamSrc *self, VirtcamNode *node);
void gst_virtcam_src_hang_up (GstVirtcamSrc *self);

/* gstvirtcamsrc-convert.c */
gboolean gst_virtcam_src_check_convert (GstVirtcamSrc *self);
void gst_virtcam_src_count_converted (GstVirtcamSrc *self);

/* gstvirtcamsrc-events.c */
gboolean gst_virtcam_src_query (GstBaseSrc *base, GstQuery *query);
gboolean gst_virtcam_src_is_seekable (GstBaseSrc *base);
gboolean gst_virtcam_src_event (GstBaseSrc *base, GstEvent *event);
gboolean gst_virtcam_src_send_event (GstElement *element, GstEvent *event);

/* gstvirtcamsrc-reconnect.c */
gboolean gst_virtcam_src_note_lost (GstVirtcamSrc *self);
void gst_virtcam_src_note_return (GstVirtcamSrc *self);
void gst_virtcam_src_forget_absence (GstVirtcamSrc *self);
gboolean gst_virtcam_src_negotiate_if_present (GstBaseSrc *base);
gboolean gst_virtcam_src_decide_if_present (GstBaseSrc *base, GstQuery *query);
void gst_virtcam_src_prefer_last_caps (GstVirtcamSrc *self, GstCaps **peer);
GstCaps *gst_virtcam_src_add_last_caps (GstVirtcamSrc *self, GstCaps *caps);
GstFlowReturn gst_virtcam_src_recover (GstVirtcamSrc *self);

/* gstvirtcamsrc-negotiate.c */
GstCaps *gst_virtcam_src_get_caps (GstBaseSrc *base, GstCaps *filter);
gboolean gst_virtcam_src_negotiate (GstBaseSrc *base);

/* gstvirtcamsrc-mode.c */
typedef enum {
  GST_VIRTCAM_APPLIED,
  GST_VIRTCAM_APPLIED_NOT,   /* an error is posted */
  GST_VIRTCAM_APPLIED_OTHER, /* the choice was made on outdated knowledge, or
                              * without any */
} GstVirtcamApplied;
GstVirtcamApplied gst_virtcam_src_apply (GstVirtcamSrc *self,
    const GstVirtcamChoice *choice, gboolean guessed, GstCaps **caps);

/* gstvirtcamsrc-source.c */
gboolean gst_virtcam_src_meet_source (GstVirtcamSrc *self);
GstFlowReturn gst_virtcam_src_follow_source (GstVirtcamSrc *self);

/* gstvirtcamsrc-allocation.c */
gboolean gst_virtcam_src_decide_allocation (GstBaseSrc *base, GstQuery *query);
void gst_virtcam_src_drop_buffers (GstVirtcamSrc *self);
void gst_virtcam_src_announce_buffers (GstVirtcamSrc *self);
gboolean gst_virtcam_src_configure_pool (GstBufferPool *pool,
    GstStructure *config, GstCaps *caps, guint size, guint min, guint max);

/* gstvirtcamsrc-completion.c */
void gst_virtcam_src_plan_completion (GstVirtcamSrc *self);
void gst_virtcam_src_complete_buffers (GstVirtcamSrc *self);

/* gstvirtcamsrc-import.c */
gboolean gst_virtcam_src_try_import (
    GstVirtcamSrc *self, GstCaps *caps, GstQuery *query);
VirtcamWait gst_virtcam_src_wait (GstVirtcamSrc *self, GError **error);

/* gstvirtcamsrc-drm.c */
GstCaps *gst_virtcam_src_offer_drm (GstVirtcamSrc *self, GstCaps *caps);
GstCaps *gst_virtcam_src_query_peer (GstVirtcamSrc *self);
GstCaps *gst_virtcam_src_plain_peer (GstVirtcamSrc *self, GstCaps *peer);
GstCaps *gst_virtcam_src_choose_form (
    GstVirtcamSrc *self, GstCaps *raw, GstCaps *peer);
gboolean gst_virtcam_src_give_up_drm (
    GstVirtcamSrc *self, GstCaps *caps, const gchar *why);

/* gstvirtcamsrc-layout.c */
gboolean gst_virtcam_src_set_bytesperline (
    GstVirtcamSrc *self, guint32 bytesperline);
gboolean gst_virtcam_src_fit_layout (GstVirtcamSrc *self);
void gst_virtcam_src_describe (
    GstVirtcamSrc *self, GstBuffer *buffer, GstVirtcamLayout *layout);
void gst_virtcam_src_lengthen_lines (GstVirtcamSrc *self);

/* gstvirtcamsrc-capture.c */
GstFlowReturn gst_virtcam_src_create (
    GstBaseSrc *base, guint64 offset, guint length, GstBuffer **buffer);
GstFlowReturn gst_virtcam_src_sit_out_pause (GstVirtcamSrc *self);

/* gstvirtcamsrc-stamp.c */
void gst_virtcam_src_note_clock (GstVirtcamSrc *self, GstClock *clock);
GstClockTime gst_virtcam_src_monotonic_now (void);
void gst_virtcam_src_reset_time (GstVirtcamSrc *self);
void gst_virtcam_src_note_stream_on (GstVirtcamSrc *self);
GstClockTime gst_virtcam_src_capture_time (
    GstVirtcamSrc *self, const VirtcamFrame *frame);
gboolean gst_virtcam_src_is_stale (GstVirtcamSrc *self, GstClockTime captured);
void gst_virtcam_src_stamp_buffer (GstVirtcamSrc *self, GstBuffer *buffer,
    const VirtcamFrame *frame, GstClockTime captured);
void gst_virtcam_src_stamp_capture_time (
    GstVirtcamSrc *self, GstBuffer *buffer, GstClockTime captured);

/* gstvirtcamsrc-latency.c */
void gst_virtcam_src_announce_latency (GstVirtcamSrc *self);
void gst_virtcam_src_note_latency (GstVirtcamSrc *self, GstClockTime captured);

/* gstvirtcamsrc-tell.c */
guint gst_virtcam_src_count_buffers (GstVirtcamSrc *self);
void gst_virtcam_src_note_buffers (GstVirtcamSrc *self);
void gst_virtcam_src_tell_grown (GstVirtcamSrc *self);
void gst_virtcam_src_tell_copy (
    GstVirtcamSrc *self, GstVirtcamCopyReason reason);

/* gstvirtcamsrc-copy.c */
GstFlowReturn gst_virtcam_src_copy_if_needed (
    GstVirtcamSrc *self, GstBuffer **buffer);

/* gstvirtcamsrc-controls.c */
GstVirtcamControls *gst_virtcam_src_get_controls (GstVirtcamSrc *self);
gboolean gst_virtcam_src_open_controls (GstVirtcamSrc *self);
void gst_virtcam_src_restore_controls (GstVirtcamSrc *self);
void gst_virtcam_src_dispose_controls (GstVirtcamSrc *self);
gchar *gst_virtcam_src_get_path (GstVirtcamSrc *self);
GstVirtcamWritten gst_virtcam_src_write_control (GstVirtcamSrc *self,
    const VirtcamControl *control, const GValue *value, gchar **refusal);
gboolean gst_virtcam_src_read_control (
    GstVirtcamSrc *self, const VirtcamControl *control, GValue *value);
void gst_virtcam_src_post_refusal (GstVirtcamSrc *self,
    GstVirtcamControls *controls, GParamSpec *spec, const gchar *refusal);
void gst_virtcam_src_control_changed (GstVirtcamSrc *self,
    GstVirtcamControls *controls, const VirtcamControl *control);
void gst_virtcam_src_handle_control_event (
    GstVirtcamSrc *self, const struct v4l2_event *event);
void gst_virtcam_src_sync_controls (GstVirtcamSrc *self, GstBuffer *buffer);
void gst_virtcam_src_child_proxy_init (gpointer interface, gpointer data);

/* gstvirtcamsrc-launch.c */
gboolean gst_virtcam_src_is_launched (GstVirtcamSrc *self);
void gst_virtcam_src_begin_launch (GstVirtcamSrc *self);
void gst_virtcam_src_reset_launch (GstVirtcamSrc *self);
void gst_virtcam_src_note_launch (GstVirtcamSrc *self, gboolean set);
gboolean gst_virtcam_src_end_launch (GstVirtcamSrc *self);
gboolean gst_virtcam_src_note_unknown_control (
    GstVirtcamSrc *self, GstMessage *message);

/* gstvirtcamsrc-balance.c */
void gst_virtcam_src_color_balance_init (gpointer interface, gpointer data);
void gst_virtcam_src_balance_changed (GstVirtcamSrc *self,
    GstVirtcamControls *controls, const VirtcamControl *control);

/* gstvirtcamsrc-direction.c */
void gst_virtcam_src_set_direction (
    GstVirtcamSrc *self, GstVideoOrientationMethod method);
GstVideoOrientationMethod gst_virtcam_src_get_direction (GstVirtcamSrc *self);
void gst_virtcam_src_open_direction (GstVirtcamSrc *self);
void gst_virtcam_src_video_direction_init (gpointer interface, gpointer data);
void gst_virtcam_src_video_orientation_init (gpointer interface, gpointer data);

/* gstvirtcamsrc.c */
gboolean gst_virtcam_src_is_open (GstVirtcamSrc *self);

/* gstvirtcamsrc-error.c */
void gst_virtcam_src_post_error (
    GstVirtcamSrc *self, const gchar *doing, const GError *error);
void gst_virtcam_src_post_no_caps (
    GstVirtcamSrc *self, GstCaps *camera, GstCaps *peer);

G_END_DECLS
