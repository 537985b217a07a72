/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes of kernel memory that a camera takes that a program feeds, as memory.c
 * counts them: idle; what it takes more while two programs have its two nodes
 * open; and what more while both stream, their frames left out. Beside
 * v4l2loopback, whose two programs open the same node, and which makes eight
 * devices at most.
 */
#include <fcntl.h>
#include <unistd.h>

#include "camera.h"
#include "command.h"
#include "drivers.h"
#include "figure.h"
#include "kernel-memory.h"
#include "loopback.h"
#include "reader.h"
#include "udev.h"

#define MANY 48
#define MANY_LOOPBACKS 7
#define BUFFERS 4
#define FRAME_SIZE (640 * 360 * 2)
#define PAGE 4096

typedef struct {
  guint count;
  GPtrArray *feeds; /* NULL: v4l2loopback's */
  int outputs[MANY + 1], captures[MANY + 1];
} Crowd;

/* The picture that says that no frame comes would take a frame's memory. */
static void
grow_feeds (GPtrArray *feeds, guint count)
{
  while (feeds->len < count)
    g_ptr_array_add (feeds, test_feed_new ("formats", "YUYV", "sizes",
                                "640x360", "placeholder", "none", NULL));
}

static void
grow (Crowd *crowd, guint count)
{
  if (crowd->feeds) {
    grow_feeds (crowd->feeds, count);
  } else if (crowd->count != count) {
    if (crowd->count)
      loopback_unload ();
    loopback_load (count, BUFFERS);
  }
  crowd->count = count;
}

static int
open_node (const char *node)
{
  int fd = open (node, O_RDWR | O_CLOEXEC);

  if (fd < 0)
    g_error ("open %s: %m", node);
  return fd;
}

/* No other driver has a node while v4l2loopback is measured. */
static void
open_camera (Crowd *crowd, guint i)
{
  g_autofree char *node = g_strdup_printf ("/dev/video%u", i);
  TestCamera *feed = crowd->feeds ? crowd->feeds->pdata[i] : NULL;

  crowd->outputs[i] = open_node (feed ? feed->output : node);
  crowd->captures[i] = open_node (feed ? feed->node : node);
}

static void
call (int fd, unsigned long request, void *data, const char *name)
{
  if (ioctl (fd, request, data) < 0)
    g_error ("%s: %m", name);
}

/* Nothing is mapped: that would be the program's memory. */
static gint64
start (int fd, enum v4l2_buf_type type)
{
  struct v4l2_format format = { .type = type,
    .fmt.pix = {
        .pixelformat = V4L2_PIX_FMT_YUYV, .width = 640, .height = 360 } };
  struct v4l2_requestbuffers request = {
    .count = BUFFERS, .type = type, .memory = V4L2_MEMORY_MMAP
  };
  struct v4l2_buffer buffer = { .type = type, .memory = V4L2_MEMORY_MMAP };
  gint64 frames = 0;

  call (fd, VIDIOC_S_FMT, &format, "S_FMT");
  call (fd, VIDIOC_REQBUFS, &request, "REQBUFS");
  for (guint i = 0; i < request.count; i++) {
    buffer.index = i;
    call (fd, VIDIOC_QUERYBUF, &buffer, "QUERYBUF");
    frames += (buffer.length + PAGE - 1) / PAGE * PAGE;
    buffer.bytesused = FRAME_SIZE;
    call (fd, VIDIOC_QBUF, &buffer, "QBUF");
  }
  call (fd, VIDIOC_STREAMON, &type, "STREAMON");
  return frames;
}

/* v4l2loopback's viewer has the producer's frames. */
static gint64
start_camera (Crowd *crowd, guint i)
{
  gint64 sent = start (crowd->outputs[i], V4L2_BUF_TYPE_VIDEO_OUTPUT);
  gint64 taken = start (crowd->captures[i], V4L2_BUF_TYPE_VIDEO_CAPTURE);

  return crowd->feeds ? sent + taken : sent;
}

static void
close_all (Crowd *crowd)
{
  for (guint i = 0; i < crowd->count; i++) {
    close (crowd->captures[i]);
    close (crowd->outputs[i]);
  }
}

typedef struct {
  gint64 idle, open, streaming;
} Amount;

static Amount
count_once (Crowd *crowd, guint count)
{
  Amount amount;
  gint64 frames = 0;

  grow (crowd, count);
  amount.idle = kernel_memory_count ();
  for (guint i = 0; i < count; i++)
    open_camera (crowd, i);
  amount.open = kernel_memory_count ();
  for (guint i = 0; i < count; i++)
    frames += start_camera (crowd, i);
  amount.streaming = kernel_memory_count () - frames;
  close_all (crowd);
  return amount;
}

/* The first opening pays for what is kept by the processor or the driver, and by
 * then what loading a module needed has gone. */
static Amount
measure_count (Crowd *crowd, guint count)
{
  count_once (crowd, count);
  return count_once (crowd, count);
}

/* Where a driver takes nothing, what else changes meanwhile may be less than 0. */
static void
print (const char *driver, const char *state, gint64 bytes, guint cameras)
{
  figure_print (
      (gdouble) MAX (bytes, 0) / cameras, "feed-memory/%s/%s", state, driver);
}

static void
measure (const char *driver, GPtrArray *feeds, guint more)
{
  Crowd crowd = { .feeds = feeds };
  Amount one, all;
  gint64 idle, open;

  one = measure_count (&crowd, 1);
  all = measure_count (&crowd, more + 1);
  idle = all.idle - one.idle;
  open = all.open - one.open;
  print (driver, "idle", idle, more);
  print (driver, "open", open - idle, more);
  print (driver, "streaming", all.streaming - one.streaming - open, more);
}

/* A table of open files grows once, and never shrinks. */
static void
widen_file_table (void)
{
  int fd = dup2 (STDERR_FILENO, 511);

  if (fd < 0)
    g_error ("dup2: %m");
  close (fd);
}

static void
vivid (gboolean loaded)
{
  if (loaded)
    g_bytes_unref (
        command_run ("modprobe", "vivid", "n_devs=1", "node_types=0x1", NULL));
  else
    g_bytes_unref (command_run ("modprobe", "-r", "vivid", NULL));
}

int
main (void)
{
  GPtrArray *feeds =
      g_ptr_array_new_with_free_func ((GDestroyNotify) test_camera_free);

  drivers_need_both ();
  udev_hold ();
  widen_file_table ();
  kernel_memory_open ();
  vivid (FALSE);
  measure ("virtcam", feeds, MANY);
  g_ptr_array_unref (feeds);
  if (loopback_available ()) {
    measure ("v4l2loopback", NULL, MANY_LOOPBACKS);
    loopback_unload ();
  }
  vivid (TRUE);
  udev_release ();
  return 0;
}
