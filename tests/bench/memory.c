/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes of kernel memory that a camera takes: idle; what it takes more while a
 * program has it open; and what more while it streams, its frames left out.
 * Beside vivid with one node for capture on each device.
 *
 * There is one camera, then MANY more. The difference is divided by MANY, so
 * that what the module has once is left out, and what else changes meanwhile
 * becomes small. kernel-memory.h says what is counted. Both deliver YUYV of
 * 640x360 to all.
 */
#include <fcntl.h>
#include <unistd.h>

#include "camera.h"
#include "command.h"
#include "drivers.h"
#include "figure.h"
#include "kernel-memory.h"
#include "reader.h"
#include "udev.h"

#define MANY 48
#define BUFFERS 2
#define PAGE 4096

/* By then all frames are filled, and the threads have nothing to draw. */
#define FILL_US (4 * G_USEC_PER_SEC)

typedef struct {
  guint count;
  GPtrArray *cameras; /* virtcam's, as directories */
  int fds[MANY + 1];
} Crowd;

static void
modprobe (const char *first, const char *second, const char *third)
{
  g_bytes_unref (command_run ("modprobe", first, second, third, NULL));
}

static void
grow_virtcam (Crowd *crowd, guint count)
{
  while (crowd->cameras->len < count)
    g_ptr_array_add (crowd->cameras,
        test_camera_new ("formats", "YUYV", "sizes", "640x360", NULL));
}

/* Each device is told its nodes: capture, and no others. */
static void
grow_vivid (Crowd *crowd, guint count)
{
  g_autofree char *devices = g_strdup_printf ("n_devs=%u", count);
  g_autoptr (GString) nodes = g_string_new ("node_types=0x1");

  for (guint i = 1; i < count; i++)
    g_string_append (nodes, ",0x1");
  if (crowd->count)
    modprobe ("-r", "vivid", NULL);
  modprobe ("vivid", devices, nodes->str);
}

static void
grow (Crowd *crowd, guint count)
{
  if (crowd->cameras)
    grow_virtcam (crowd, count);
  else
    grow_vivid (crowd, count);
  crowd->count = count;
}

/* The other driver has no node while this one is measured. */
static void
open_all (Crowd *crowd)
{
  for (guint i = 0; i < crowd->count; i++) {
    g_autofree char *node = g_strdup_printf ("/dev/video%u", i);

    crowd->fds[i] = open (node, O_RDWR | O_CLOEXEC);
    if (crowd->fds[i] < 0)
      g_error ("open %s: %m", node);
  }
}

static void
call (int fd, unsigned long request, void *data, const char *name)
{
  if (ioctl (fd, request, data) < 0)
    g_error ("%s: %m", name);
}

/* Nothing is mapped: that would be the program's memory. */
static gint64
start (int fd)
{
  enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  struct v4l2_requestbuffers request = {
    .count = BUFFERS, .type = type, .memory = V4L2_MEMORY_MMAP
  };
  struct v4l2_buffer buffer = { .type = type, .memory = V4L2_MEMORY_MMAP };
  gint64 frames = 0;

  call (fd, VIDIOC_REQBUFS, &request, "REQBUFS");
  for (guint i = 0; i < request.count; i++) {
    buffer.index = i;
    call (fd, VIDIOC_QUERYBUF, &buffer, "QUERYBUF");
    call (fd, VIDIOC_QBUF, &buffer, "QBUF");
    frames += (buffer.length + PAGE - 1) / PAGE * PAGE;
  }
  call (fd, VIDIOC_STREAMON, &type, "STREAMON");
  return frames;
}

/* Returns: the frames' own bytes */
static gint64
start_all (Crowd *crowd)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  gint64 frames = 0;

  for (guint i = 0; i < crowd->count; i++) {
    call (crowd->fds[i], VIDIOC_G_FMT, &format, "G_FMT");
    if (format.fmt.pix.width != 640 || format.fmt.pix.height != 360 ||
        format.fmt.pix.pixelformat != V4L2_PIX_FMT_YUYV)
      g_error ("not YUYV of 640x360");
    frames += start (crowd->fds[i]);
  }
  g_usleep (FILL_US);
  return frames;
}

static void
close_all (Crowd *crowd)
{
  for (guint i = 0; i < crowd->count; i++)
    close (crowd->fds[i]);
}

typedef struct {
  gint64 idle, open, streaming;
} Amount;

/* The first opening pays for what is kept by the processor or the driver. */
static Amount
measure_count (Crowd *crowd, guint count)
{
  Amount amount;

  grow (crowd, count);
  amount.idle = kernel_memory_count ();
  open_all (crowd);
  amount.open = kernel_memory_count ();
  amount.streaming = -start_all (crowd);
  amount.streaming += kernel_memory_count ();
  close_all (crowd);
  return amount;
}

static void
print (const char *driver, gint64 idle, gint64 open, gint64 streaming)
{
  figure_print ((double) idle / MANY, "memory/idle/%s", driver);
  figure_print ((double) open / MANY, "memory/open/%s", driver);
  figure_print ((double) streaming / MANY, "memory/streaming/%s", driver);
}

static void
measure (const char *driver, GPtrArray *cameras)
{
  Crowd crowd = { .cameras = cameras };
  Amount one, all;

  measure_count (&crowd, 1);
  one = measure_count (&crowd, 1);
  all = measure_count (&crowd, MANY + 1);
  print (driver, all.idle - one.idle,
      all.open - all.idle - (one.open - one.idle),
      all.streaming - all.open - (one.streaming - one.open));
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

int
main (void)
{
  GPtrArray *cameras;

  drivers_need_both ();
  udev_hold ();
  widen_file_table ();
  kernel_memory_open ();
  modprobe ("-r", "vivid", NULL);
  cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) test_camera_free);
  measure ("virtcam", cameras);
  g_ptr_array_unref (cameras);
  measure ("vivid", NULL);
  modprobe ("-r", "vivid", NULL);
  modprobe ("vivid", "n_devs=1", "node_types=0x1");
  udev_release ();
  return 0;
}
