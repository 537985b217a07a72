/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pauses that are over before the streaming thread has come to know of them.
 * The plugin waits by the poll() and ppoll() below, since this program exports
 * them: they pass on to the kernel, but can hold the thread up when a wait of
 * its has been interrupted. */

#define _GNU_SOURCE /* ppoll */

#include <gst/base/gstbasesrc.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "meanwhile.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

typedef enum {
  PASS,
  CATCH,             /* the thread, when it waits next */
  CATCH_UNLOCK_STOP, /* when it ends the unlocking of a pause */
  CAUGHT,            /* it is about to do that */
  PAUSED,
  WOKEN,  /* if a pause wakes it, and nobody else knows yet */
  FLUSHED /* the way to READY has unlocked the element */
} Stage;

/* guarded by lock */
static Stage stage;
static GThread *streaming;

static GMutex lock;
static GCond changed;

/* Frames of the streaming thread, since the stage was set */
static guint n_dequeued;

static void
set_stage (Stage next)
{
  g_mutex_lock (&lock);
  stage = next;
  n_dequeued = 0;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static void
await_stage (Stage wanted)
{
  g_mutex_lock (&lock);
  while (stage != wanted)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

/* Those that are there on the way to READY are in at most as many buffers. */
static void
count_dequeued (void)
{
  g_mutex_lock (&lock);
  n_dequeued += streaming == g_thread_self ();
  fail_if (stage == FLUSHED && n_dequeued > VIDEO_MAX_FRAME,
      "frames are dequeued without end on the way to READY");
  g_mutex_unlock (&lock);
}

/* One that does not say what its buffers can do is waited for by poll(). */
gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result = driver_ask (fd, request, argument);

  if (result == 0 && request == VIDIOC_REQBUFS)
    ((struct v4l2_requestbuffers *) argument)->capabilities = 0;
  if (result == 0 && request == VIDIOC_DQBUF)
    count_dequeued ();
  return result;
}

static int
poll_kernel (struct pollfd *fds, nfds_t n, const struct timespec *timeout)
{
  struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

  return syscall (SYS_ppoll, fds, n, timeout ? &left : NULL, NULL, 0);
}

static gboolean
is_to_be_caught (nfds_t n)
{
  gboolean caught;

  g_mutex_lock (&lock);
  caught = stage == CATCH && n == 2 && streaming == g_thread_self ();
  g_mutex_unlock (&lock);
  return caught;
}

int
ppoll (struct pollfd *fds, nfds_t n, const struct timespec *timeout,
    const sigset_t *signals)
{
  static const struct timespec no_time;
  gboolean woken;

  (void) signals;
  if (!is_to_be_caught (n))
    return poll_kernel (fds, n, timeout);
  set_stage (CAUGHT);
  await_stage (PAUSED);
  /* the other one is the device */
  fds[0].revents = 0;
  woken = poll_kernel (&fds[1], 1, &no_time) > 0;
  set_stage (WOKEN);
  await_stage (PASS);
  return woken ? 1 : poll_kernel (fds, n, timeout);
}

int
poll (struct pollfd *fds, nfds_t n, int timeout_ms)
{
  struct timespec timeout = { .tv_sec = timeout_ms / 1000,
    .tv_nsec = timeout_ms % 1000 * 1000000 };

  return ppoll (fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
}

static void
note_thread (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_mutex_lock (&lock);
  streaming = g_thread_self ();
  g_mutex_unlock (&lock);
}

static Rig *
play (TestCamera *camera)
{
  Rig *rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, note_thread, NULL);
  g_object_set (rig->sink, "enable-last-sample", FALSE, NULL);
  rig_keep_state (rig);
  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  return rig;
}

static void
pause_waiting (Rig *rig)
{
  set_stage (CATCH);
  await_stage (CAUGHT);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  set_stage (PAUSED);
  await_stage (WOKEN);
}

/* The pause ends the thread's wait (from some version of GStreamer on), but is
 * over when the thread returns from it. */
static void
pause_shortly (Rig *rig)
{
  pause_waiting (rig);
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  set_stage (PASS);
}

GST_START_TEST (frames_go_on_after_a_short_pause)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = play (camera);

  pause_shortly (rig);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

GST_START_TEST (a_camera_is_waited_for_after_a_short_pause)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = play (camera);
  GstStructure *lost;

  test_camera_unbind (camera);
  lost = rig_wait_for_message (rig, "virtcamsrc-disconnected");
  gst_structure_free (lost);
  pause_shortly (rig);
  test_camera_bind (camera);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

/* Each of the two ends a pause's waiting. */
GST_START_TEST (a_pause_can_be_flushed_and_left_for_ready)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = play (camera);

  pause_waiting (rig);
  set_stage (PASS);
  gst_element_send_event (rig->source, gst_event_new_flush_start ());
  gst_element_send_event (rig->source, gst_event_new_flush_stop (TRUE));
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

/* One may be on its way. */
GST_START_TEST (no_frames_are_dequeued_in_a_pause)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = play (camera);
  guint in_pause;

  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  set_stage (PASS);
  meanwhile_watch_frames (30);
  g_mutex_lock (&lock);
  in_pause = n_dequeued;
  g_mutex_unlock (&lock);
  fail_unless (in_pause <= 1, "%u frames are dequeued in a pause", in_pause);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

/* The base class's own unlocking */

static GstBaseSrcClass virtuals;

static gboolean
is_to_be_held (void)
{
  gboolean held;

  g_mutex_lock (&lock);
  held = stage == CATCH_UNLOCK_STOP && streaming == g_thread_self ();
  g_mutex_unlock (&lock);
  return held;
}

static gboolean
unlock_stop_late (GstBaseSrc *base)
{
  if (is_to_be_held ()) {
    set_stage (CAUGHT);
    await_stage (FLUSHED);
  }
  return virtuals.unlock_stop (base);
}

static gboolean
unlock_and_tell (GstBaseSrc *base)
{
  gboolean unlocked = virtuals.unlock (base);

  if (GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (base)))
    set_stage (FLUSHED);
  return unlocked;
}

static void
watch_unlocking (Rig *rig)
{
  GstBaseSrcClass *klass = GST_BASE_SRC_GET_CLASS (rig->source);

  virtuals = *klass;
  klass->unlock = unlock_and_tell;
  klass->unlock_stop = unlock_stop_late;
}

/* From GStreamer 1.24 on the streaming thread ends the unlocking of a pause when
 * it next asks for a frame: here after the way to READY has unlocked as well,
 * which is not over. */
GST_START_TEST (the_end_of_a_pause_does_not_undo_the_way_to_ready)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = play (camera);

  watch_unlocking (rig);
  set_stage (CATCH_UNLOCK_STOP);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  rig_play (rig);
  await_stage (CAUGHT);
  rig_stop (rig);
}
GST_END_TEST

static Suite *
pauses_suite (void)
{
  Suite *suite = suite_create ("pauses");
  TCase *tcase = tcase_create ("pauses");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, frames_go_on_after_a_short_pause);
  tcase_add_test (tcase, a_camera_is_waited_for_after_a_short_pause);
  tcase_add_test (tcase, a_pause_can_be_flushed_and_left_for_ready);
  tcase_add_test (tcase, no_frames_are_dequeued_in_a_pause);
  if (GST_CHECK_VERSION (1, 24, 0))
    tcase_add_test (tcase, the_end_of_a_pause_does_not_undo_the_way_to_ready);
  return suite;
}

GST_CHECK_MAIN (pauses);
