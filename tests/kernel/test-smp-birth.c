/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that open a node as soon as there is one, as desktops do that look at each
 * new camera: the driver may still be about to make the next one.
 */
#include <fcntl.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define ROUNDS 20

static void
wait_until_it_opens (const char *node)
{
  int fd;

  do
    fd = open (node, O_RDWR | O_CLOEXEC);
  while (fd < 0);
  g_assert_no_errno (close (fd));
}

static guint
count_controls (int fd)
{
  struct v4l2_query_ext_ctrl control = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
  guint count;

  for (count = 0; ioctl (fd, VIDIOC_QUERY_EXT_CTRL, &control) == 0; count++)
    control.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
  g_assert_cmpint (errno, ==, EINVAL);
  return count;
}

/* One of each of what programs enumerate to show a list of cameras */
static void
ask_for_a_mode (Reader * reader)
{
  struct v4l2_capability cap;
  struct v4l2_fmtdesc format = {.type = reader->format.type };
  struct v4l2_frmsizeenum size = { 0 };
  struct v4l2_frmivalenum interval = { 0 };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, &cap));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FMT, &format));
  size.pixel_format = interval.pixel_format = format.pixelformat;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size));
  interval.width = reader->format.fmt.pix.width;
  interval.height = reader->format.fmt.pix.height;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_LOG_STATUS));
}

static Reader *
open_at_once (const char *node)
{
  Reader *reader;

  wait_until_it_opens (node);
  reader = reader_open (node);
  ask_for_a_mode (reader);
  g_assert_cmpuint (count_controls (reader->fd), >, 0);
  return reader;
}

/* Who watches has a frame: without a producer, the picture that says so. */
static gpointer
watch (gpointer node)
{
  g_autoptr (Reader) reader = open_at_once (node);
  struct v4l2_buffer buffer;

  reader_start (reader, 2);
  reader_dequeue (reader, &buffer);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  return NULL;
}

static gpointer
give_a_frame (gpointer node)
{
  g_autoptr (Reader) feeder = open_at_once (node);

  feeder_write (feeder, 1);
  return NULL;
}

/* The numbers of the nodes are free again once udev has let go of them. */
static void
disable (TestCamera * camera)
{
  test_camera_settle ();
  g_assert_true (test_camera_set (camera, "enabled", "0", NULL));
  test_camera_settle ();
}

static void
a_camera_serves_whoever_comes_as_its_node_appears (Fixture * fixture)
{
  g_autofree char *node = g_strdup (fixture->camera->node);

  for (guint i = 0; i < ROUNDS; i++) {
    GThread *viewer;

    disable (fixture->camera);
    viewer = g_thread_new ("viewer", watch, node);
    test_camera_enable (fixture->camera);
    g_assert_cmpstr (fixture->camera->node, ==, node);
    g_thread_join (viewer);
  }
}

static void
a_feed_serves_whoever_comes_as_its_nodes_appear (Fixture * fixture)
{
  g_autofree char *node = NULL, *output = NULL;

  fixture->camera = test_feed_new ("timeout", "100", NULL);
  node = g_strdup (fixture->camera->node);
  output = g_strdup (fixture->camera->output);
  for (guint i = 0; i < ROUNDS; i++) {
    GThread *viewer, *producer;

    disable (fixture->camera);
    viewer = g_thread_new ("viewer", watch, node);
    producer = g_thread_new ("producer", give_a_frame, output);
    test_camera_enable (fixture->camera);
    g_assert_cmpstr (fixture->camera->node, ==, node);
    g_assert_cmpstr (fixture->camera->output, ==, output);
    g_thread_join (producer);
    g_thread_join (viewer);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add ("/birth/a_camera_serves_whoever_comes_as_its_node_appears",
      a_camera_serves_whoever_comes_as_its_node_appears);
  fixture_add_without_camera ("/birth/a_feed_serves_whoever_comes_as_its_nodes_appear",
      a_feed_serves_whoever_comes_as_its_nodes_appear);
  return g_test_run ();
}
