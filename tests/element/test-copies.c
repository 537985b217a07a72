/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that are copied for their layout: what becomes of their stream, and of
 * the pool that the copies come from. */

#include "rig.h"

/* 162 pixels: test-pool.c */
#define SIZES "sizes", "162x122"
#define CAPS "video/x-raw,format=I420,width=162,height=122,framerate=30/1"

/* A renegotiation that changes nothing */

#define N_FRAMES 40
#define RENEGOTIATED_AT 20

static void
renegotiate (Rig *rig)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  gst_pad_mark_reconfigure (pad);
}

static void
check_sequence (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  assert_equals_uint64 (GST_BUFFER_OFFSET (buffer), number);
  assert_equals_int (
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT), number == 0);
  if (number == RENEGOTIATED_AT)
    renegotiate (rig);
}

GST_START_TEST (a_renegotiation_that_changes_nothing_loses_no_frame)
{
  g_autoptr (TestCamera) camera = test_camera_new (SIZES, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, CAPS);
  rig_on_frame (rig, check_sequence, NULL);
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
  assert_equals_uint64 (rig_get_count (rig, "copied"), N_FRAMES);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  assert_equals_uint64 (rig_get_count (rig, "bad-timestamps"), 0);
}
GST_END_TEST

/* A peer's pool of a few buffers */

#define N_BUFFERS 4

typedef struct {
  GstBufferPool parent;
  guint max; /* 0: it may make more, and cannot */
  guint n_made;
} ScantyPool;

typedef GstBufferPoolClass ScantyPoolClass;
GType scanty_pool_get_type (void);
G_DEFINE_TYPE (ScantyPool, scanty_pool, GST_TYPE_BUFFER_POOL)

static GstFlowReturn
scanty_pool_alloc (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  ScantyPool *self = (ScantyPool *) pool;

  if (self->n_made == N_BUFFERS)
    return GST_FLOW_ERROR;
  self->n_made++;
  return GST_BUFFER_POOL_CLASS (scanty_pool_parent_class)
      ->alloc_buffer (pool, buffer, params);
}

static struct {
  GMutex lock;
  GCond changed;
  guint n;
} asked;

static GstFlowReturn
scanty_pool_acquire (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  g_mutex_lock (&asked.lock);
  asked.n++;
  g_cond_broadcast (&asked.changed);
  g_mutex_unlock (&asked.lock);
  return GST_BUFFER_POOL_CLASS (scanty_pool_parent_class)
      ->acquire_buffer (pool, buffer, params);
}

static void
wait_until_asked (guint n)
{
  g_mutex_lock (&asked.lock);
  while (asked.n < n)
    g_cond_wait (&asked.changed, &asked.lock);
  g_mutex_unlock (&asked.lock);
}

static void
scanty_pool_class_init (ScantyPoolClass *klass)
{
  klass->alloc_buffer = scanty_pool_alloc;
  klass->acquire_buffer = scanty_pool_acquire;
}

static void
scanty_pool_init (ScantyPool *self)
{
}

static GstBufferPool *
scanty_pool_new (guint max)
{
  ScantyPool *self = g_object_new (scanty_pool_get_type (), NULL);

  gst_object_ref_sink (self);
  self->max = max;
  return GST_BUFFER_POOL (self);
}

static GstPadProbeReturn
offer (GstPad *pad, GstPadProbeInfo *info, gpointer pool)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_pool (
      query, pool, 162 * 122 * 2, 0, ((ScantyPool *) pool)->max);
  return GST_PAD_PROBE_HANDLED;
}

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer held)
{
  g_ptr_array_add (held, gst_buffer_ref (buffer));
}

/* Of all copies none comes back. */
static Rig *
rig_new_holding (TestCamera *camera, GstBufferPool *pool, GPtrArray *held)
{
  Rig *rig = rig_new (camera->node);

  rig_set_caps (rig, CAPS);
  rig_answer_allocation (rig, offer, pool);
  rig_on_frame (rig, hold, held);
  return rig;
}

GST_START_TEST (a_pool_that_cannot_make_another_buffer_is_an_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (SIZES, NULL);
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GstBufferPool) pool = scanty_pool_new (0);
  g_autoptr (Rig) rig = rig_new_holding (camera, pool, held);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  error = rig_run_into_error (rig, &debug);
  fail_unless (strstr (error->message, "pool") || strstr (debug, "pool"),
      "%s (%s)", error->message, debug);
  assert_equals_int (held->len, N_BUFFERS);
}
GST_END_TEST

/* The source waits for a buffer that comes back. */
GST_START_TEST (a_stop_while_the_pool_is_empty_is_no_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (SIZES, NULL);
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GstBufferPool) pool = scanty_pool_new (N_BUFFERS);
  g_autoptr (Rig) rig = rig_new_holding (camera, pool, held);
  g_autoptr (GstMessage) message = NULL;

  rig_play (rig);
  wait_until_asked (N_BUFFERS + 1);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  message = gst_bus_pop_filtered (rig->bus, GST_MESSAGE_ERROR);
  fail_if (message != NULL);
  assert_equals_int (held->len, N_BUFFERS);
}
GST_END_TEST

static Suite *
copies_suite (void)
{
  Suite *suite = suite_create ("copies");
  TCase *tcase = tcase_create ("copies");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_renegotiation_that_changes_nothing_loses_no_frame);
  tcase_add_test (tcase, a_pool_that_cannot_make_another_buffer_is_an_error);
  tcase_add_test (tcase, a_stop_while_the_pool_is_empty_is_no_error);
  return suite;
}

GST_CHECK_MAIN (copies);
