/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/claim.h"

#include <gst/allocators/gstdmabuf.h>

#include "sink/copy.h"
#include "stream/outlet.h"
#include "v4l2/modes.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

/* Three are lent to a viewer at most, and one is never: docs/feed-rules.md. */
#define N_SPARE 4
/* Those, three that a viewer has of upstream's, and three that upstream fills */
#define N_BUFFERS 10
/* Upstream that waits for buffers mostly is a device with a queue. */
#define N_EXPORTED 12
/* How often such upstream looks whether there are buffers at all */
#define LOOK_US 20000

struct _GstVirtcamClaim {
  /* guards what follows; held over ioctls and copies, and over letting go of upstream's
   * buffers */
  GMutex lock;
  GstVirtcamNode *node; /* NULL: closed, or away */
  gboolean has_target;
  GstVirtcamTarget target;
  gboolean claimed;
  guint32 bytesperline; /* the wish, since frames come so; 0: the usual */
  gboolean no_import;   /* the camera has refused a dma-buf */

  /* guards all below, which change under both locks; held over nothing */
  GMutex outlet_lock;
  GstVirtcamFrames frames;
  GstVirtcamOutlet *outlet; /* a reference, or NULL */
};

GstVirtcamClaim *
gst_virtcam_claim_new (void)
{
  GstVirtcamClaim *self = g_new0 (GstVirtcamClaim, 1);

  g_mutex_init (&self->lock);
  g_mutex_init (&self->outlet_lock);
  return self;
}

void
gst_virtcam_claim_free (GstVirtcamClaim *self)
{
  gst_virtcam_claim_close (self);
  g_mutex_clear (&self->outlet_lock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
set_frames (GstVirtcamClaim *self, const GstVirtcamFrames *frames)
{
  g_mutex_lock (&self->outlet_lock);
  self->frames = *frames;
  g_mutex_unlock (&self->outlet_lock);
}

/* REQBUFS of 0 is how a producer says that it is none any more. */
static void
release_locked (GstVirtcamClaim *self)
{
  g_autoptr (GstVirtcamOutlet) outlet = NULL;

  g_mutex_lock (&self->outlet_lock);
  outlet = g_steal_pointer (&self->outlet);
  g_mutex_unlock (&self->outlet_lock);
  if (outlet)
    gst_virtcam_outlet_close (outlet);
  else if (self->claimed && self->node)
    gst_virtcam_node_request_buffers (
        self->node, V4L2_MEMORY_MMAP, &(guint){ 0 }, NULL);
  self->claimed = FALSE;
}

void
gst_virtcam_claim_open (GstVirtcamClaim *self, GstVirtcamNode *node)
{
  g_mutex_lock (&self->lock);
  self->node = gst_virtcam_node_ref (node);
  g_mutex_unlock (&self->lock);
}

/* The target stays, for a camera that comes back. */
void
gst_virtcam_claim_close (GstVirtcamClaim *self)
{
  g_autoptr (GstVirtcamNode) node = NULL;

  g_mutex_lock (&self->lock);
  release_locked (self);
  node = g_steal_pointer (&self->node);
  g_mutex_unlock (&self->lock);
}

/* A mode that the camera does not list: viewers have fixed another one (EBUSY), or
 * it has no such mode. */
static void
explain (GstVirtcamClaim *self, GError **error)
{
  gint code = error && *error ? (*error)->code : GST_VIRTCAM_NODE_ERROR_FAILED;

  if (code != GST_VIRTCAM_NODE_ERROR_BUSY &&
      code != GST_VIRTCAM_NODE_ERROR_UNSUPPORTED)
    return;
  gst_virtcam_modes_forget (gst_virtcam_node_get_modes (self->node));
  if (!gst_virtcam_target_is_offered (&self->target, self->node))
    (*error)->code = code == GST_VIRTCAM_NODE_ERROR_BUSY
                         ? GST_VIRTCAM_NODE_ERROR_OTHER_MODE
                         : GST_VIRTCAM_NODE_ERROR_LOST_MODE;
}

static gboolean
make_locked (GstVirtcamClaim *self, GError **error)
{
  GstVirtcamFrames frames;

  if (self->claimed)
    return TRUE;
  /* the camera may be ours though not all was set */
  self->claimed = TRUE;
  if (!gst_virtcam_target_set (
          &self->target, self->node, self->bytesperline, &frames, error)) {
    release_locked (self);
    explain (self, error);
    return FALSE;
  }
  set_frames (self, &frames);
  return TRUE;
}

static gboolean
is_ready_locked (GstVirtcamClaim *self, GError **error)
{
  if (self->node && self->has_target)
    return TRUE;
  if (self->has_target)
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_GONE,
        "the camera is away");
  else
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FLUSHING,
        "nothing is agreed on");
  return FALSE;
}

static GstVirtcamOutletKind
choose_kind (GstVirtcamClaim *self, gboolean import)
{
  if (import)
    return GST_VIRTCAM_OUTLET_IMPORTED;
  return self->target.exported ? GST_VIRTCAM_OUTLET_EXPORTED
                               : GST_VIRTCAM_OUTLET_MAPPED;
}

/* Buffers are made for the first frame, and anew where others are needed. */
static gboolean
ensure_outlet (GstVirtcamClaim *self, gboolean import, GError **error)
{
  GstVirtcamOutletKind kind = choose_kind (self, import);
  GstVirtcamOutlet *outlet;

  if (self->outlet && gst_virtcam_outlet_get_kind (self->outlet) == kind)
    return TRUE;
  if (self->outlet)
    release_locked (self);
  if (!make_locked (self, error))
    return FALSE;
  outlet = gst_virtcam_outlet_new (self->node, &self->frames, kind,
      kind == GST_VIRTCAM_OUTLET_EXPORTED ? N_EXPORTED : N_BUFFERS, error);
  if (outlet == NULL) {
    /* who has but set the mode may have lost it to another program */
    release_locked (self);
    return FALSE;
  }
  g_mutex_lock (&self->outlet_lock);
  self->outlet = outlet;
  g_mutex_unlock (&self->outlet_lock);
  return TRUE;
}

/* What upstream will send, which the camera is tried for; it is not claimed
 * afterwards. FALSE with GST_VIRTCAM_NODE_ERROR_OTHER_MODE where viewers have
 * another mode, _LOST_MODE where it has none such, _BUSY where others feed it. */
gboolean
gst_virtcam_claim_set_target (
    GstVirtcamClaim *self, const GstVirtcamTarget *target, GError **error)
{
  gboolean set;

  g_mutex_lock (&self->lock);
  release_locked (self);
  set_frames (self, &(GstVirtcamFrames){ 0 });
  self->target = *target;
  self->has_target = TRUE;
  self->bytesperline = 0;
  self->no_import = FALSE;
  set = is_ready_locked (self, error) && make_locked (self, error);
  release_locked (self);
  g_mutex_unlock (&self->lock);
  return set;
}

void
gst_virtcam_claim_forget_target (GstVirtcamClaim *self)
{
  g_mutex_lock (&self->lock);
  release_locked (self);
  set_frames (self, &(GstVirtcamFrames){ 0 });
  self->has_target = FALSE;
  g_mutex_unlock (&self->lock);
}

/* Claims the camera, so that viewers have our mode only. */
gboolean
gst_virtcam_claim_make (GstVirtcamClaim *self, GError **error)
{
  gboolean made;

  g_mutex_lock (&self->lock);
  made = is_ready_locked (self, error) && make_locked (self, error);
  g_mutex_unlock (&self->lock);
  return made;
}

/* Lets viewers choose their mode. */
void
gst_virtcam_claim_release (GstVirtcamClaim *self)
{
  g_mutex_lock (&self->lock);
  release_locked (self);
  g_mutex_unlock (&self->lock);
}

/* Memory for upstream */

/* How the camera wants frames; FALSE: nothing was agreed on yet. */
gboolean
gst_virtcam_claim_get_frames (GstVirtcamClaim *self, GstVirtcamFrames *frames)
{
  g_mutex_lock (&self->outlet_lock);
  *frames = self->frames;
  g_mutex_unlock (&self->outlet_lock);
  return frames->format != NULL;
}

static GstVirtcamOutlet *
ref_outlet (GstVirtcamClaim *self, GstVirtcamFrames *frames)
{
  GstVirtcamOutlet *outlet;

  g_mutex_lock (&self->outlet_lock);
  *frames = self->frames;
  outlet = self->outlet ? gst_virtcam_outlet_ref (self->outlet) : NULL;
  g_mutex_unlock (&self->outlet_lock);
  return outlet;
}

/* An empty buffer of the camera's, for such frames; NULL without an error: it has none
 * for us now. Where upstream holds all that it may have, some are left for copies. */
GstBuffer *
gst_virtcam_claim_take (
    GstVirtcamClaim *self, const GstVirtcamFrames *frames, GError **error)
{
  GstVirtcamFrames now;
  g_autoptr (GstVirtcamOutlet) outlet = ref_outlet (self, &now);

  return outlet && gst_virtcam_frames_equal (&now, frames)
             ? gst_virtcam_outlet_take (outlet, N_SPARE, error)
             : NULL;
}

/* A camera's buffers are of one kind: dma-bufs of others are copied from now on. */
static gboolean
ensure_exported (GstVirtcamClaim *self, GError **error)
{
  gboolean ensured;

  g_mutex_lock (&self->lock);
  self->no_import = TRUE;
  ensured = is_ready_locked (self, error) && ensure_outlet (self, FALSE, error);
  g_mutex_unlock (&self->lock);
  return ensured;
}

/* The same for upstream that can do nothing with other memory: the camera is
 * claimed for it, and has buffers from then on. An error is
 * GST_VIRTCAM_NODE_ERROR_GONE while the camera is away, _FLUSHING if the stream is
 * over. */
GstBuffer *
gst_virtcam_claim_take_exported (
    GstVirtcamClaim *self, const GstVirtcamFrames *frames, GError **error)
{
  return ensure_exported (self, error)
             ? gst_virtcam_claim_take (self, frames, error)
             : NULL;
}

/* How many of them upstream can have; 0: any number. */
guint
gst_virtcam_claim_get_max (GstVirtcamClaim *self)
{
  return gst_virtcam_claim_is_exported (self) ? N_EXPORTED - N_SPARE : 0;
}

gboolean
gst_virtcam_claim_is_exported (GstVirtcamClaim *self)
{
  gboolean exported;

  g_mutex_lock (&self->lock);
  exported = self->has_target && self->target.exported;
  g_mutex_unlock (&self->lock);
  return exported;
}

/* Until there may be a buffer to take, or a while has passed. */
void
gst_virtcam_claim_wait (GstVirtcamClaim *self)
{
  GstVirtcamFrames frames;
  g_autoptr (GstVirtcamOutlet) outlet = ref_outlet (self, &frames);

  if (outlet)
    gst_virtcam_outlet_wait (outlet);
  else
    g_usleep (LOOK_US);
}

/* Frames */

static gboolean
is_dmabuf (GstBuffer *buffer)
{
  GstMemory *memory;

  if (gst_buffer_n_memory (buffer) != 1)
    return FALSE;
  memory = gst_buffer_peek_memory (buffer, 0);
  return gst_is_dmabuf_memory (memory) && memory->offset == 0 &&
         !gst_virtcam_outlet_has_made (buffer);
}

/* Has the camera expect lines as long as those of the frame, if that is all that
 * is different. A failure is told to whoever next needs the claim. */
static void
adapt_to (GstVirtcamClaim *self, const GstVirtcamLayout *layout)
{
  GstVirtcamLayout wish;

  if (gst_virtcam_layout_equal (layout, &self->frames.layout) ||
      self->bytesperline == (guint) layout->stride[0] ||
      !gst_virtcam_target_get_layout (
          &self->target, layout->stride[0], &wish) ||
      !gst_virtcam_layout_equal (layout, &wish))
    return;
  release_locked (self);
  self->bytesperline = layout->stride[0];
  make_locked (self, NULL);
}

/* Whether the camera can read the frame where it is, in a dma-buf. */
static gboolean
can_import (
    GstVirtcamClaim *self, GstBuffer *buffer, const GstVirtcamLayout *layout)
{
  if (self->no_import || !self->frames.has_layout || !is_dmabuf (buffer))
    return FALSE;
  adapt_to (self, layout);
  return gst_virtcam_layout_equal (layout, &self->frames.layout) &&
         gst_buffer_peek_memory (buffer, 0)->maxsize >=
             self->frames.layout.size;
}

/* NULL without an error: the camera has no empty buffer. */
static GstBuffer *
copy (GstVirtcamClaim *self, GstBuffer *buffer, const GstVirtcamLayout *layout,
    GError **error)
{
  g_autoptr (GstBuffer) copied =
      gst_virtcam_outlet_take (self->outlet, 0, error);

  if (copied == NULL)
    return NULL;
  if (gst_virtcam_copy (copied, &self->frames, buffer, layout))
    return g_steal_pointer (&copied);
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_MISFIT,
      "a frame of %" G_GSIZE_FORMAT " bytes cannot be copied; the camera's "
      "buffers have %" G_GSIZE_FORMAT,
      gst_buffer_get_size (buffer), gst_buffer_get_size (copied));
  return NULL;
}

/* layout: how the frame lies. */
static gboolean
is_direct (
    GstVirtcamClaim *self, GstBuffer *buffer, const GstVirtcamLayout *layout)
{
  return gst_virtcam_outlet_has (self->outlet, buffer) &&
         (!self->frames.has_layout ||
             gst_virtcam_layout_equal (layout, &self->frames.layout));
}

static GstVirtcamGiven
give_copy (GstVirtcamClaim *self, GstBuffer *buffer,
    const GstVirtcamLayout *layout, GstClockTime time, GError **error)
{
  g_autoptr (GstBuffer) copied = copy (self, buffer, layout, error);

  return copied && gst_virtcam_outlet_give (self->outlet, copied, time, error)
             ? GST_VIRTCAM_GIVEN_COPIED
             : GST_VIRTCAM_NOT_GIVEN;
}

static gboolean
read_layout (GstVirtcamClaim *self, GstBuffer *buffer, GstVirtcamLayout *layout,
    GError **error)
{
  if (!gst_virtcam_target_get_usual_layout (&self->target, layout) ||
      gst_virtcam_target_read_layout (&self->target, buffer, layout))
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_MISFIT,
      "a buffer of %" G_GSIZE_FORMAT " bytes has no whole frame of %ux%u",
      gst_buffer_get_size (buffer), self->target.width, self->target.height);
  return FALSE;
}

/* NOT_GIVEN without an error and with no_import: the camera does not take it. */
static GstVirtcamGiven
give_import (
    GstVirtcamClaim *self, GstBuffer *buffer, GstClockTime time, GError **error)
{
  g_autoptr (GError) refusal = NULL;

  if (ensure_outlet (self, TRUE, &refusal) &&
      gst_virtcam_outlet_give (self->outlet, buffer, time, &refusal))
    return GST_VIRTCAM_GIVEN_IMPORTED;
  self->no_import = refusal && refusal->code != GST_VIRTCAM_NODE_ERROR_GONE &&
                    refusal->code != GST_VIRTCAM_NODE_ERROR_BUSY &&
                    refusal->code != GST_VIRTCAM_NODE_ERROR_OTHER_MODE;
  if (self->no_import)
    GST_INFO ("no import: %s", refusal->message);
  else if (refusal)
    g_propagate_error (error, g_steal_pointer (&refusal));
  return GST_VIRTCAM_NOT_GIVEN;
}

static GstVirtcamGiven
give_own (GstVirtcamClaim *self, GstBuffer *buffer,
    const GstVirtcamLayout *layout, GstClockTime time, GError **error)
{
  if (!ensure_outlet (self, FALSE, error))
    return GST_VIRTCAM_NOT_GIVEN;
  if (!is_direct (self, buffer, layout))
    return give_copy (self, buffer, layout, time, error);
  return gst_virtcam_outlet_give (self->outlet, buffer, time, error)
             ? GST_VIRTCAM_GIVEN
             : GST_VIRTCAM_NOT_GIVEN;
}

static GstVirtcamGiven
give_locked (
    GstVirtcamClaim *self, GstBuffer *buffer, GstClockTime time, GError **error)
{
  GstVirtcamGiven given = GST_VIRTCAM_NOT_GIVEN;
  GstVirtcamLayout layout;
  gboolean import;

  if (!is_ready_locked (self, error) ||
      !read_layout (self, buffer, &layout, error) || !make_locked (self, error))
    return GST_VIRTCAM_NOT_GIVEN;
  import = can_import (self, buffer, &layout);
  if (import)
    given = give_import (self, buffer, time, error);
  if (!import || self->no_import)
    given = give_own (self, buffer, &layout, time, error);
  return given;
}

/* Gives the camera a frame, and claims the camera for that. Waits for nobody.
 * time: when it was captured, CLOCK_MONOTONIC; or NONE. */
GstVirtcamGiven
gst_virtcam_claim_give (
    GstVirtcamClaim *self, GstBuffer *buffer, GstClockTime time, GError **error)
{
  GstVirtcamGiven given;

  g_mutex_lock (&self->lock);
  given = give_locked (self, buffer, time, error);
  g_mutex_unlock (&self->lock);
  return given;
}
