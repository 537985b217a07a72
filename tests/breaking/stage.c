/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "feeder.h"
#include "kernel-log.h"
#include "knob.h"

#define BUFFERS 3
/* So long that configfs has to allocate memory for it */
#define NAME "a-stage-for-allocations"

static const char *const form_names[STAGE_FORMS] = {
  "vmalloc",
  "dma-sg",
  "feed",
};

const char *
stage_form_get_name (StageForm form)
{
  return form_names[form];
}

static const char *
directory (Stage *stage)
{
  return stage->form == STAGE_FEED ? VIRTCAM_CONFIGFS "/feed." NAME
                                   : VIRTCAM_CONFIGFS "/" NAME;
}

static const char *
node (Stage *stage)
{
  return stage->form == STAGE_FEED ? stage->camera->output
                                   : stage->camera->node;
}

void
stage_open_camera (Stage *stage)
{
  if (stage->form == STAGE_FEED)
    stage->camera =
        test_feed_new ("sizes", "160x120", "placeholder", "none", NULL);
  else
    stage->camera = test_camera_new (
        "sizes", "160x120", "memory", form_names[stage->form], NULL);
  test_camera_settle ();
  stage->reader = reader_open (node (stage));
  if (stage->form != STAGE_FEED)
    return;
  stage->viewer = reader_open (stage->camera->node);
  reader_start (stage->viewer, BUFFERS);
}

void
stage_close_camera (Stage *stage)
{
  g_clear_pointer (&stage->viewer, reader_close);
  g_clear_pointer (&stage->reader, reader_close);
  g_clear_pointer (&stage->camera, test_camera_free);
  g_clear_pointer (&stage->foreign, foreign_free);
}

static void
close_fd (Stage *stage)
{
  g_assert_no_errno (close (stage->fd));
  stage->fd = -1;
}

static int
call_mkdir (Stage *stage)
{
  return mkdir (directory (stage), 0755);
}

static void
remove_directory (Stage *stage)
{
  g_assert_no_errno (rmdir (directory (stage)));
}

/* A directory that was made is whole: its complaints have its name. */
static void
remove_whole_directory (Stage *stage)
{
  g_autoptr (KernelLog) log = kernel_log_open ();
  g_autofree char *enabled =
      g_build_filename (directory (stage), "enabled", NULL);
  int fd = open (enabled, O_WRONLY | O_CLOEXEC);

  assert_refused (write (fd, "x", 1), EINVAL);
  if (!strstr (kernel_log_read (log), NAME ": enabled"))
    g_error ("the log does not name " NAME ": %s", kernel_log_read (log));
  g_assert_no_errno (close (fd));
  remove_directory (stage);
}

static void
open_directory (Stage *stage)
{
  const char *name = form_names[stage->form];
  g_autofree char *enabled =
      g_build_filename (directory (stage), "enabled", NULL);
  g_autofree char *memory =
      g_build_filename (directory (stage), "memory", NULL);

  g_assert_no_errno (mkdir (directory (stage), 0755));
  if (stage->form != STAGE_FEED)
    knob_set (memory, name);
  stage->fd = open (enabled, O_WRONLY | O_CLOEXEC);
  g_assert_no_errno (stage->fd);
}

static void
close_directory (Stage *stage)
{
  close_fd (stage);
  remove_directory (stage);
}

static int
call_enable (Stage *stage)
{
  return (int) pwrite (stage->fd, "1", 1, 0);
}

static void
disable (Stage *stage)
{
  g_assert_cmpint (pwrite (stage->fd, "0", 1, 0), ==, 1);
}

static int
call_open (Stage *stage)
{
  return stage->fd = open (node (stage), O_RDWR | O_CLOEXEC);
}

static int
call_s_fmt (Stage *stage)
{
  struct v4l2_format format = stage->reader->format;

  return ioctl (stage->reader->fd, VIDIOC_S_FMT, &format);
}

int
stage_request (Stage *stage, guint32 memory, guint32 count)
{
  struct v4l2_requestbuffers request = {
    .type = stage->reader->format.type,
    .memory = memory,
    .count = count,
  };

  return ioctl (stage->reader->fd, VIDIOC_REQBUFS, &request);
}

static int
call_reqbufs (Stage *stage)
{
  return stage_request (stage, V4L2_MEMORY_MMAP, BUFFERS);
}

static void
let_go (Stage *stage)
{
  g_assert_no_errno (stage_request (stage, V4L2_MEMORY_MMAP, 0));
}

static int
call_create_bufs (Stage *stage)
{
  struct v4l2_create_buffers create = {
    .count = BUFFERS,
    .memory = V4L2_MEMORY_MMAP,
    .format = stage->reader->format,
  };

  return ioctl (stage->reader->fd, VIDIOC_CREATE_BUFS, &create);
}

static void
prepare_buffers (Stage *stage)
{
  g_assert_no_errno (stage_request (stage, V4L2_MEMORY_MMAP, BUFFERS));
}

int
stage_queue (Stage *stage, guint index)
{
  struct v4l2_buffer buffer = {
    .type = stage->reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
    .bytesused = stage->reader->format.fmt.pix.sizeimage,
  };

  return ioctl (stage->reader->fd, VIDIOC_QBUF, &buffer);
}

static int
call_qbuf (Stage *stage)
{
  return stage_queue (stage, 0);
}

static int
call_mmap (Stage *stage)
{
  struct v4l2_buffer buffer = {
    .type = stage->reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };
  void *data;

  if (ioctl (stage->reader->fd, VIDIOC_QUERYBUF, &buffer) < 0)
    return -1;
  data = mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
      stage->reader->fd, buffer.m.offset);
  if (data == MAP_FAILED)
    return -1;
  stage->reader->data[0] = data;
  stage->reader->length[0] = buffer.length;
  return 0;
}

static void
unmap (Stage *stage)
{
  g_assert_no_errno (munmap (stage->reader->data[0], stage->reader->length[0]));
  stage->reader->data[0] = NULL;
  let_go (stage);
}

static int
call_expbuf (Stage *stage)
{
  struct v4l2_exportbuffer export = {
    .type = stage->reader->format.type,
    .flags = O_RDWR | O_CLOEXEC,
  };

  if (ioctl (stage->reader->fd, VIDIOC_EXPBUF, &export) < 0)
    return -1;
  stage->fd = export.fd;
  return 0;
}

static void
unexport (Stage *stage)
{
  close_fd (stage);
  let_go (stage);
}

static void
prepare_stream (Stage *stage)
{
  prepare_buffers (stage);
  for (guint i = 0; i < BUFFERS; i++)
    reader_queue (stage->reader, i);
}

static int
call_streamon (Stage *stage)
{
  int type = (int) stage->reader->format.type;

  return ioctl (stage->reader->fd, VIDIOC_STREAMON, &type);
}

static void
stop_stream (Stage *stage)
{
  struct v4l2_buffer buffer;

  if (stage->form != STAGE_FEED)
    reader_dequeue (stage->reader, &buffer);
  reader_stream_off (stage->reader);
  let_go (stage);
}

static void
open_import (Stage *stage)
{
  stage_open_camera (stage);
  stage->foreign = foreign_new_heap (stage->reader->format.fmt.pix.sizeimage);
  if (!stage->foreign)
    stage->foreign =
        foreign_new_camera (stage->reader->format.fmt.pix.sizeimage);
}

static void
prepare_import (Stage *stage)
{
  g_assert_no_errno (stage_request (stage, V4L2_MEMORY_DMABUF, 1));
}

static int
call_import (Stage *stage)
{
  return queue_import (stage->reader, 0, stage->foreign->fd, 0);
}

static void
end_import (Stage *stage)
{
  g_assert_no_errno (stage_request (stage, V4L2_MEMORY_DMABUF, 0));
}

static void
prepare_read (Stage *stage)
{
  if (stage->fd < 0)
    g_assert_no_errno (call_open (stage));
}

static int
call_read (Stage *stage)
{
  guint8 bytes[16];

  return (int) read (stage->fd, bytes, sizeof (bytes));
}

static int
call_subscribe (Stage *stage)
{
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,
    .id = stage->form == STAGE_FEED ? FEEDER_VIEWERS : V4L2_CID_BRIGHTNESS,
  };

  return ioctl (stage->reader->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

static void
unsubscribe (Stage *stage)
{
  struct v4l2_event_subscription all = { .type = V4L2_EVENT_ALL };

  g_assert_no_errno (ioctl (stage->reader->fd, VIDIOC_UNSUBSCRIBE_EVENT, &all));
}

static void
unload (Stage *stage)
{
  (void) stage;
  test_camera_settle ();
  g_assert_no_errno (syscall (SYS_delete_module, "virtcam", O_NONBLOCK));
}

static void
open_module (Stage *stage)
{
  GError *error = NULL;

  if (!g_spawn_command_line_sync (
          "modinfo -n virtcam", &stage->path, NULL, NULL, &error))
    g_error ("modinfo: %s", error->message);
  stage->fd = open (g_strchomp (stage->path), O_RDONLY | O_CLOEXEC);
  g_assert_no_errno (stage->fd);
  unload (stage);
}

static int
call_load (Stage *stage)
{
  return (int) syscall (SYS_finit_module, stage->fd,
      stage->form == STAGE_FEED ? "devices=0 feeds=1" : "devices=1", 0);
}

static void
close_module (Stage *stage)
{
  g_assert_no_errno (syscall (SYS_finit_module, stage->fd, "devices=0", 0));
  close_fd (stage);
  g_clear_pointer (&stage->path, g_free);
}

static void
close_stage_fd (Stage *stage)
{
  stage_close_camera (stage);
  if (stage->fd >= 0)
    close_fd (stage);
}

static void
nothing (Stage *stage)
{
  (void) stage;
}

/* In the order of a camera's life; loading is last, since it takes longest. */
const StageCall stage_calls[] = {
  { "mkdir", nothing, NULL, call_mkdir, remove_whole_directory, nothing,
      { 0, 0 }, STAGE_ANY },
  { "enabling", open_directory, NULL, call_enable, disable, close_directory,
      { 0, 0 }, STAGE_ALL },
  { "open", stage_open_camera, NULL, call_open, close_fd, stage_close_camera,
      { 0, 0 }, STAGE_ANY },
  { "S_FMT", stage_open_camera, NULL, call_s_fmt, NULL, stage_close_camera,
      { 0, 0 }, STAGE_ANY },
  { "SUBSCRIBE_EVENT", stage_open_camera, NULL, call_subscribe, unsubscribe,
      stage_close_camera, { 0, 0 }, STAGE_ANY },
  { "REQBUFS", stage_open_camera, NULL, call_reqbufs, let_go,
      stage_close_camera, { 0, 0 }, STAGE_ALL },
  { "CREATE_BUFS", stage_open_camera, NULL, call_create_bufs, let_go,
      stage_close_camera, { 0, 0 }, STAGE_ALL },
  { "mmap", stage_open_camera, prepare_buffers, call_mmap, unmap,
      stage_close_camera, { 0, 0 }, STAGE_ALL },
  /* vb2 says so of a buffer for which it gets no dma-buf, whatever is why. */
  { "EXPBUF", stage_open_camera, prepare_buffers, call_expbuf, unexport,
      stage_close_camera, { EINVAL, 0 }, STAGE_ALL },
  { "QBUF", stage_open_camera, prepare_buffers, call_qbuf, let_go,
      stage_close_camera, { 0, 0 }, STAGE_ALL },
  { "STREAMON", stage_open_camera, prepare_stream, call_streamon, stop_stream,
      stage_close_camera, { 0, 0 }, STAGE_ALL },
  /* vb2 says EFAULT of a dma-buf that it cannot map, or does not say why. */
  { "QBUF_of_an_import", open_import, prepare_import, call_import, end_import,
      stage_close_camera, { EFAULT, EINVAL }, STAGE_ALL },
  { "read", stage_open_camera, prepare_read, call_read, close_fd,
      close_stage_fd, { 0, 0 }, STAGE_DRAWN },
  { "loading", open_module, NULL, call_load, unload, close_module, { 0, 0 },
      STAGE_ANY },
  { NULL, NULL, NULL, NULL, NULL, NULL, { 0, 0 }, 0 },
};
