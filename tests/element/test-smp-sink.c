/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A producer, viewers and unplugs at once: nobody waits for anybody, and nothing
 * stays behind. Wants two processors. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feed.h"
#include "rig.h"

#define HANG (20 * GST_SECOND)

typedef struct {
  Feed *feed;
  GMutex lock; /* the nodes' names change under it */
  gint stopped;
  guint seed;
  guint n_frames;
} Storm;

static gchar *
get_node (Storm *storm)
{
  gchar *node;

  g_mutex_lock (&storm->lock);
  node = g_strdup (storm->feed->node);
  g_mutex_unlock (&storm->lock);
  return node;
}

/* Whatever fails does so because the camera went. */
static void
watch_some_frames (Storm *storm, gint fd, guint n)
{
  struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  for (guint i = 0; i < 3; i++) {
    buffer.index = i;
    if (ioctl (fd, VIDIOC_QBUF, &buffer) < 0)
      return;
  }
  if (ioctl (fd, VIDIOC_STREAMON, &type) < 0)
    return;
  for (guint i = 0; i < n; i++) {
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    if (poll (&poll_fd, 1, 2000) <= 0 ||
        ioctl (fd, VIDIOC_DQBUF, &buffer) < 0 ||
        ioctl (fd, VIDIOC_QBUF, &buffer) < 0)
      return;
    storm->n_frames++;
  }
}

static void
watch_once (Storm *storm, GRand *random)
{
  static const struct {
    guint32 fourcc, width, height;
  } modes[] = { { V4L2_PIX_FMT_YUYV, 320, 240 },
    { V4L2_PIX_FMT_NV12, 320, 240 }, { V4L2_PIX_FMT_NV12, 640, 480 } };
  guint i = g_rand_int_range (random, 0, G_N_ELEMENTS (modes));
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .fmt.pix = { .pixelformat = modes[i].fourcc,
        .width = modes[i].width,
        .height = modes[i].height } };
  struct v4l2_requestbuffers request = {
    .count = 3, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP
  };
  g_autofree gchar *node = get_node (storm);
  gint fd = g_open (node, O_RDWR | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  if (ioctl (fd, VIDIOC_S_FMT, &format) == 0 &&
      ioctl (fd, VIDIOC_REQBUFS, &request) == 0 && request.count >= 3)
    watch_some_frames (storm, fd, g_rand_int_range (random, 1, 12));
  close (fd);
}

static gpointer
watch (gpointer data)
{
  Storm *storm = data;
  g_autoptr (GRand) random = g_rand_new_with_seed (storm->seed);

  while (!g_atomic_int_get (&storm->stopped))
    watch_once (storm, random);
  return NULL;
}

static void
replug (Storm *storm)
{
  feed_set_enabled (storm->feed, FALSE);
  g_mutex_lock (&storm->lock);
  feed_set_enabled (storm->feed, TRUE);
  g_mutex_unlock (&storm->lock);
}

static void
set_state (Producer *producer, GstState state)
{
  GstClockTime begin = gst_util_get_timestamp ();

  gst_element_set_state (producer->pipeline, state);
  fail_unless (gst_util_get_timestamp () - begin < HANG);
}

static void
produce (Storm *storm, const gchar *upstream, guint times, gboolean unplug)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (storm->seed);

  for (guint i = 0; i < times; i++) {
    g_autoptr (Producer) producer =
        producer_new (storm->feed->output, upstream);
    GstState state = GST_STATE_PLAYING;

    gst_util_set_object_arg (
        G_OBJECT (producer->sink), "on-disconnect", "wait");
    g_object_set (producer->sink, "on-demand", i % 2, NULL);
    set_state (producer, state);
    g_usleep (g_rand_int_range (random, 1000, 300000));
    if (unplug && i % 4 == 3)
      replug (storm);
    set_state (producer, i % 3 == 0 ? GST_STATE_PAUSED : state);
    g_usleep (g_rand_int_range (random, 1000, 100000));
    set_state (producer, GST_STATE_NULL);
  }
}

static void
run_storm (const gchar *upstream, gboolean unplug)
{
  g_autoptr (Feed) feed = feed_new ("timeout", "50", NULL);
  Storm storm = { .feed = feed, .seed = 1 };
  GThread *viewer;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  guint n_before, n_after;

  produce (&storm, upstream, 1, FALSE);
  before = rig_list_fds (&n_before);
  viewer = g_thread_new ("viewer", watch, &storm);
  produce (&storm, upstream, 40, unplug);
  g_atomic_int_set (&storm.stopped, TRUE);
  g_thread_join (viewer);
  after = rig_list_fds (&n_after);
  fail_unless (n_after <= n_before, "before: %s, after: %s", before, after);
  fail_unless (storm.n_frames > 10, "%u frames", storm.n_frames);
}

#define LIVE "videotestsrc is-live=true ! video/x-raw,framerate=60/1"

GST_START_TEST (viewers_and_states_at_once)
{
  run_storm (LIVE " ! queue", FALSE);
}
GST_END_TEST

GST_START_TEST (viewers_states_and_unplugs_at_once)
{
  run_storm (LIVE " ! videoconvert ! queue", TRUE);
}
GST_END_TEST

GST_START_TEST (rigid_upstream_and_viewers_at_once)
{
  run_storm (LIVE ",format=YUY2,width=320,height=240 ! queue", TRUE);
}
GST_END_TEST

static Suite *
smp_sink_suite (void)
{
  Suite *suite = suite_create ("smp-sink");
  TCase *tcase = tcase_create ("smp-sink");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, viewers_and_states_at_once);
  tcase_add_test (tcase, viewers_states_and_unplugs_at_once);
  tcase_add_test (tcase, rigid_upstream_and_viewers_at_once);
  return suite;
}

GST_CHECK_MAIN (smp_sink);
