/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-ioctl.h"

#include <string.h>
#include <sys/ioctl.h>

#include "feeder.h"

#define MAX_CONTROLS 4
#define BUFFERS 6

static void
fill_type (Caller *caller, gpointer argument)
{
  *(guint32 *) argument = caller->type;
}

static void
fill_zero (Caller *caller, gpointer argument)
{
  (void) caller;
  *(guint32 *) argument = 0;
}

static void
fill_fmtdesc (Caller *caller, gpointer argument)
{
  struct v4l2_fmtdesc *desc = argument;

  desc->index = chance_below (&caller->chance, 11);
  desc->type = caller->type;
}

/* Few pixels: the calls are what is tried, not the memory. */
static void
fill_format (Caller *caller, gpointer argument)
{
  static const guint32 formats[] = {
    V4L2_PIX_FMT_YUYV,
    V4L2_PIX_FMT_NV12,
    V4L2_PIX_FMT_YUV420,
    V4L2_PIX_FMT_XBGR32,
    V4L2_PIX_FMT_GREY,
    V4L2_PIX_FMT_SRGGB8,
    V4L2_PIX_FMT_MJPEG,
  };
  struct v4l2_format *format = argument;

  format->type = caller->type;
  format->fmt.pix.pixelformat = chance_pick (&caller->chance, formats);
  format->fmt.pix.width = chance_one_in (&caller->chance, 2) ? 64 : 160;
  format->fmt.pix.height = format->fmt.pix.width == 64 ? 64 : 120;
}

static void
fill_parm (Caller *caller, gpointer argument)
{
  struct v4l2_streamparm *parm = argument;

  parm->type = caller->type;
  parm->parm.capture.timeperframe.numerator = 1;
  parm->parm.capture.timeperframe.denominator =
      chance_one_in (&caller->chance, 4) ? 10 : 500;
}

static void
fill_framesize (Caller *caller, gpointer argument)
{
  struct v4l2_frmsizeenum *size = argument;

  size->index = chance_below (&caller->chance, 3);
  size->pixel_format = V4L2_PIX_FMT_YUYV;
}

/* Of the mode in force, since there may be no other */
static void
fill_interval (Caller *caller, gpointer argument)
{
  struct v4l2_frmivalenum *interval = argument;
  struct v4l2_format format = { .type = caller->type };

  ioctl (caller->fd, VIDIOC_G_FMT, &format);
  interval->index = chance_below (&caller->chance, 3);
  interval->pixel_format = format.fmt.pix.pixelformat;
  interval->width = format.fmt.pix.width;
  interval->height = format.fmt.pix.height;
}

static void
fill_reqbufs (Caller *caller, gpointer argument)
{
  struct v4l2_requestbuffers *request = argument;

  request->type = caller->type;
  request->memory = caller->memory;
  request->count =
      caller->releasing ? 0 : 1 + chance_below (&caller->chance, BUFFERS);
}

static void
fill_create (Caller *caller, gpointer argument)
{
  struct v4l2_create_buffers *create = argument;

  create->count = chance_below (&caller->chance, 3);
  create->memory = caller->memory;
  create->format.type = caller->type;
  if (ioctl (caller->fd, VIDIOC_G_FMT, &create->format) < 0)
    create->format.fmt.pix.sizeimage = 64 * 64 * 2;
}

static void
fill_remove (Caller *caller, gpointer argument)
{
  RemoveBuffers *remove = argument;

  remove->index = chance_below (&caller->chance, BUFFERS);
  remove->count = chance_below (&caller->chance, 3);
  remove->type = caller->type;
}

static void
fill_planes (Caller *caller, struct v4l2_buffer *buffer)
{
  struct v4l2_plane planes[4];

  memset (planes, 0, sizeof (planes));
  for (guint i = 0; i < G_N_ELEMENTS (planes); i++) {
    planes[i].length = chance_number (&caller->chance);
    planes[i].bytesused = chance_number (&caller->chance);
    planes[i].m.fd = caller_stranger (caller);
  }
  buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
  buffer->length = chance_one_in (&caller->chance, 4)
                       ? chance_number (&caller->chance)
                       : G_N_ELEMENTS (planes);
  buffer->m.planes = arena_put (&caller->array,
      chance_below (&caller->chance, N_PLACES), planes, sizeof (planes));
}

/* Nothing, what any frame has, and a lie */
static void
fill_payload (Caller *caller, struct v4l2_buffer *buffer)
{
  if (chance_one_in (&caller->chance, 2))
    buffer->bytesused = chance_one_in (&caller->chance, 2)
                            ? 160 * 120 * 4
                            : chance_number (&caller->chance);
  buffer->timestamp.tv_sec = (gint32) chance_number (&caller->chance);
  buffer->timestamp.tv_usec = (gint32) chance_number (&caller->chance);
}

static void
fill_buffer (Caller *caller, gpointer argument)
{
  struct v4l2_buffer *buffer = argument;

  buffer->index = chance_below (&caller->chance, BUFFERS);
  buffer->type = caller->type;
  buffer->memory = caller->memory;
  if (caller->called == CALLED_FEED)
    fill_payload (caller, buffer);
  if (caller->memory == V4L2_MEMORY_DMABUF)
    buffer->m.fd = caller_stranger (caller);
  if (caller->memory == V4L2_MEMORY_USERPTR) {
    buffer->m.userptr = (unsigned long) caller->array.written;
    buffer->length = (guint32) caller->array.size;
  }
  if (chance_one_in (&caller->chance, 16))
    fill_planes (caller, buffer);
}

static void
fill_expbuf (Caller *caller, gpointer argument)
{
  struct v4l2_exportbuffer *export = argument;

  export->type = caller->type;
  export->index = chance_below (&caller->chance, BUFFERS);
  export->flags = chance_one_in (&caller->chance, 2) ? 02000000 | 02 : 0;
}

static guint32
control_id (Caller *caller)
{
  static const guint32 ids[] = {
    V4L2_CID_BRIGHTNESS,
    V4L2_CID_CONTRAST,
    V4L2_CID_SATURATION,
    V4L2_CID_HUE,
    V4L2_CID_HFLIP,
    V4L2_CID_VFLIP,
    V4L2_CID_TEST_PATTERN,
    READER_FRAMES_CAPTURED,
    READER_FRAMES_DROPPED,
    FEEDER_VIEWERS,
    FEEDER_VIEWERS,
    FEEDER_VIEWERS,
    FEEDER_FRAMES_IN,
    FEEDER_REFUSED,
    V4L2_CID_USER_CLASS,
    V4L2_CID_IMAGE_PROC_CLASS,
    V4L2_CID_GAIN,
  };
  static const guint32 flags[] = {
    V4L2_CTRL_FLAG_NEXT_CTRL,
    V4L2_CTRL_FLAG_NEXT_COMPOUND,
    V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND,
  };
  guint32 id = chance_pick (&caller->chance, ids);

  return chance_one_in (&caller->chance, 6)
             ? id | chance_pick (&caller->chance, flags)
             : id;
}

static void
fill_control (Caller *caller, gpointer argument)
{
  struct v4l2_control *control = argument;

  control->id = control_id (caller);
  control->value = (gint32) chance_number (&caller->chance);
}

static void
fill_menu (Caller *caller, gpointer argument)
{
  struct v4l2_querymenu *menu = argument;

  menu->id = chance_one_in (&caller->chance, 2) ? V4L2_CID_TEST_PATTERN
                                                : control_id (caller);
  menu->index = chance_below (&caller->chance, 11);
}

static void
fill_controls (Caller *caller, gpointer argument)
{
  struct v4l2_ext_controls *controls = argument;
  struct v4l2_ext_control array[MAX_CONTROLS];

  memset (array, 0, sizeof (array));
  for (guint i = 0; i < MAX_CONTROLS; i++) {
    array[i].id = control_id (caller);
    array[i].value = (gint32) chance_below (&caller->chance, 2);
    if (chance_one_in (&caller->chance, 12)) {
      array[i].size = chance_number (&caller->chance);
      array[i].ptr = caller->argument.written + caller->argument.size;
    }
  }
  controls->which =
      chance_one_in (&caller->chance, 4) ? V4L2_CTRL_WHICH_DEF_VAL : 0;
  controls->count = chance_below (&caller->chance, MAX_CONTROLS + 1);
  controls->controls = arena_put (&caller->array,
      chance_one_in (&caller->chance, 8)
          ? chance_below (&caller->chance, N_PLACES)
          : PLACE_GOOD,
      array + MAX_CONTROLS - controls->count,
      controls->count * sizeof (array[0]));
}

static void
fill_subscription (Caller *caller, gpointer argument)
{
  static const guint32 types[] = {
    V4L2_EVENT_CTRL,
    V4L2_EVENT_CTRL,
    V4L2_EVENT_ALL,
    V4L2_EVENT_EOS,
    V4L2_EVENT_SOURCE_CHANGE,
    V4L2_EVENT_FRAME_SYNC,
    FEEDER_EVENT_MODE,
  };
  struct v4l2_event_subscription *subscription = argument;

  subscription->type = chance_pick (&caller->chance, types);
  subscription->id = control_id (caller);
  subscription->flags = chance_below (&caller->chance, 4);
}

/* Whoever records shuts all others out, so it must not be often. */
static void
fill_priority (Caller *caller, gpointer argument)
{
  *(guint32 *) argument = chance_one_in (&caller->chance, 64)
                              ? V4L2_PRIORITY_RECORD
                              : V4L2_PRIORITY_INTERACTIVE;
}

#define OURS(name, weight, fill) \
  { \
#name, VIDIOC_##name, weight, fill, 0, 0, 0 \
  }
#define OURS_BUT(name, weight, fill, never) \
  { \
#name, VIDIOC_##name, weight, fill, 0, 0, never \
  }
#define OURS_POINTING(name, weight, fill, type, field) \
  { \
#name, VIDIOC_##name, weight, fill, G_STRUCT_OFFSET(type, field), 0, 0 \
  }
#define BUFFER(name, weight) \
  OURS_POINTING (name, weight, fill_buffer, struct v4l2_buffer, m)
#define CONTROLS(name) \
  OURS_POINTING (name, 10, fill_controls, struct v4l2_ext_controls, controls)
#define OTHER(name) \
  { \
#name, VIDIOC_##name, 0, NULL, 0, 0, 0 \
  }

const HostileIoctl hostile_ioctls[] = {
  OURS (QUERYCAP, 10, NULL),
  OURS (ENUM_FMT, 10, fill_fmtdesc),
  OURS (ENUM_FRAMESIZES, 10, fill_framesize),
  OURS (ENUM_FRAMEINTERVALS, 10, fill_interval),
  OURS (G_FMT, 10, fill_type),
  OURS (TRY_FMT, 10, fill_format),
  OURS (S_FMT, 20, fill_format),
  OURS (G_PARM, 10, fill_parm),
  OURS (S_PARM, 10, fill_parm),
  OURS_BUT (ENUMINPUT, 10, fill_zero, CALLED_FEED),
  OURS_BUT (G_INPUT, 10, fill_zero, CALLED_FEED),
  OURS_BUT (S_INPUT, 10, fill_zero, CALLED_FEED),
  OURS_BUT (ENUMOUTPUT, 10, fill_zero, CALLED_DRAWN | CALLED_VIEW),
  OURS_BUT (G_OUTPUT, 10, fill_zero, CALLED_DRAWN | CALLED_VIEW),
  OURS_BUT (S_OUTPUT, 10, fill_zero, CALLED_DRAWN | CALLED_VIEW),
  OURS (REQBUFS, 20, fill_reqbufs),
  OURS (CREATE_BUFS, 20, fill_create),
  { "REMOVE_BUFS", HOSTILE_REMOVE_BUFS, 20, fill_remove, 0, 610, 0 },
  BUFFER (QUERYBUF, 20),
  BUFFER (PREPARE_BUF, 20),
  BUFFER (QBUF, 60),
  BUFFER (DQBUF, 40),
  OURS (EXPBUF, 20, fill_expbuf),
  OURS (STREAMON, 20, fill_type),
  OURS (STREAMOFF, 10, fill_type),
  /* Each writes a dozen lines. */
  OURS (LOG_STATUS, 1, NULL),
  OURS (QUERYCTRL, 10, fill_control),
  OURS (QUERY_EXT_CTRL, 10, fill_control),
  /* A feed has no menus, and nothing that can be set. */
  OURS_BUT (QUERYMENU, 10, fill_menu, CALLED_VIEW | CALLED_FEED),
  /* What a feed counts is too large for it. */
  OURS_BUT (G_CTRL, 10, fill_control, CALLED_VIEW),
  OURS_BUT (S_CTRL, 20, fill_control, CALLED_VIEW | CALLED_FEED),
  CONTROLS (G_EXT_CTRLS),
  CONTROLS (S_EXT_CTRLS),
  CONTROLS (TRY_EXT_CTRLS),
  OURS (SUBSCRIBE_EVENT, 20, fill_subscription),
  /* A place of no memory is all that it refuses. */
  OURS (UNSUBSCRIBE_EVENT, 40, fill_subscription),
  OURS (DQEVENT, 20, NULL),
  OURS (G_PRIORITY, 10, NULL),
  OURS (S_PRIORITY, 10, fill_priority),
  OTHER (G_FBUF),
  OTHER (S_FBUF),
  OTHER (OVERLAY),
  OTHER (G_STD),
  OTHER (S_STD),
  OTHER (ENUMSTD),
  OTHER (QUERYSTD),
  OTHER (G_TUNER),
  OTHER (S_TUNER),
  OTHER (G_AUDIO),
  OTHER (S_AUDIO),
  OTHER (ENUMAUDIO),
  OTHER (G_EDID),
  OTHER (S_EDID),
  OTHER (G_AUDOUT),
  OTHER (S_AUDOUT),
  OTHER (ENUMAUDOUT),
  OTHER (G_MODULATOR),
  OTHER (S_MODULATOR),
  OTHER (G_FREQUENCY),
  OTHER (S_FREQUENCY),
  OTHER (CROPCAP),
  OTHER (G_CROP),
  OTHER (S_CROP),
  OTHER (G_SELECTION),
  OTHER (S_SELECTION),
  OTHER (G_JPEGCOMP),
  OTHER (S_JPEGCOMP),
  OTHER (G_SLICED_VBI_CAP),
  OTHER (G_ENC_INDEX),
  OTHER (ENCODER_CMD),
  OTHER (TRY_ENCODER_CMD),
  OTHER (DECODER_CMD),
  OTHER (TRY_DECODER_CMD),
  OTHER (DBG_S_REGISTER),
  OTHER (DBG_G_REGISTER),
  OTHER (DBG_G_CHIP_INFO),
  OTHER (S_HW_FREQ_SEEK),
  OTHER (S_DV_TIMINGS),
  OTHER (G_DV_TIMINGS),
  OTHER (ENUM_DV_TIMINGS),
  OTHER (QUERY_DV_TIMINGS),
  OTHER (DV_TIMINGS_CAP),
  OTHER (ENUM_FREQ_BANDS),
};

const guint hostile_n_ioctls = G_N_ELEMENTS (hostile_ioctls);

G_STATIC_ASSERT (G_N_ELEMENTS (hostile_ioctls) <= CALLER_MAX_IOCTLS);

guint
hostile_ioctl_find (unsigned long request)
{
  for (guint i = 0; i < hostile_n_ioctls; i++)
    if (hostile_ioctls[i].request == request)
      return i;
  g_assert_not_reached ();
}
