/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a camera says of itself, and how it answers to wishes. */
#include <string.h>

#include "fixture.h"
#include "reader.h"

static const struct
{
  guint32 fourcc;
  guint pixel_bytes;            /* of plane 0 */
  guint half_heights;           /* of all planes together */
  gboolean full_range;
} formats[] = {
  {V4L2_PIX_FMT_YUYV, 2, 2, FALSE}, {V4L2_PIX_FMT_UYVY, 2, 2, FALSE},
  {V4L2_PIX_FMT_NV12, 1, 3, FALSE}, {V4L2_PIX_FMT_YUV420, 1, 3, FALSE},
  {V4L2_PIX_FMT_RGB24, 3, 2, TRUE}, {V4L2_PIX_FMT_BGR24, 3, 2, TRUE},
  {V4L2_PIX_FMT_XBGR32, 4, 2, TRUE}, {V4L2_PIX_FMT_GREY, 1, 2, FALSE},
  {V4L2_PIX_FMT_SRGGB8, 1, 2, TRUE},
};

static const guint sizes[][2] = {
  {160, 120}, {320, 240}, {640, 480}, {1280, 720}, {1920, 1080}, {3840, 2160},
};

static const guint rates[] = { 5, 10, 15, 24, 25, 30, 50, 60 };

static struct v4l2_format
wish (guint32 fourcc, guint width, guint height, guint bytesperline)
{
  return (struct v4l2_format) {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .fmt.pix = {.pixelformat = fourcc,.width = width,.height = height,
        .bytesperline = bytesperline},
  };
}

static void
querycap_names_driver_card_and_bus (Fixture * fixture)
{
  g_autoptr (TestCamera) named = test_camera_new ("card", "Front door", NULL);
  g_autoptr (Reader) reader = reader_open (named->node);
  g_autofree char *bus = g_strdup_printf ("platform:%s-0", named->device);
  struct v4l2_capability cap;

  (void) fixture;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, &cap));
  g_assert_cmpstr ((char *) cap.driver, ==, "virtcam");
  g_assert_cmpstr ((char *) cap.card, ==, "Front door");
  g_assert_cmpstr ((char *) cap.bus_info, ==, bus);
  g_assert_cmphex (cap.device_caps, ==, V4L2_CAP_VIDEO_CAPTURE |
      V4L2_CAP_STREAMING | V4L2_CAP_READWRITE | V4L2_CAP_EXT_PIX_FORMAT);
}

/* Else who asks for one camera by its bus_info may get another. */
static void
no_bus_info_begins_as_anothers (Fixture * fixture)
{
  enum { CAMERAS = 12 };        /* so that numbers have one digit or two */
  TestCamera *cameras[CAMERAS];
  struct v4l2_capability caps[CAMERAS];

  (void) fixture;
  for (guint i = 0; i < CAMERAS; i++) {
    g_autoptr (Reader) reader = NULL;

    cameras[i] = test_camera_new ("formats", "GREY", "sizes", "160x120", NULL);
    reader = reader_open (cameras[i]->node);
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, &caps[i]));
  }
  for (guint i = 0; i < CAMERAS * CAMERAS; i++) {
    const char *one = (char *) caps[i / CAMERAS].bus_info;
    const char *other = (char *) caps[i % CAMERAS].bus_info;

    if (i / CAMERAS != i % CAMERAS && g_str_has_prefix (one, other))
      g_error ("%s begins as %s", one, other);
  }
  for (guint i = 0; i < CAMERAS; i++)
    test_camera_free (cameras[i]);
}

static void
a_fresh_node_has_yuyv_vga_at_thirty (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  g_assert_cmphex (pix->pixelformat, ==, V4L2_PIX_FMT_YUYV);
  g_assert_cmpuint (pix->width, ==, 640);
  g_assert_cmpuint (pix->height, ==, 480);
  g_assert_cmpuint (reader->interval.numerator, ==, 1);
  g_assert_cmpuint (reader->interval.denominator, ==, 30);
}

static void
every_format_is_enumerated_once (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_fmtdesc desc = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    desc.index = i;
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FMT, &desc));
    g_assert_cmphex (desc.pixelformat, ==, formats[i].fourcc);
    g_assert_cmphex (desc.flags, ==, 0);
    g_assert_cmpuint (strlen ((char *) desc.description), >, 0);
  }
  desc.index = G_N_ELEMENTS (formats);
  assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FMT, &desc), EINVAL);
}

static void
every_format_enumerates_every_size (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    struct v4l2_frmsizeenum size = {.pixel_format = formats[f].fourcc };

    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      size.index = s;
      g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size));
      g_assert_cmpuint (size.type, ==, V4L2_FRMSIZE_TYPE_DISCRETE);
      g_assert_cmpuint (size.discrete.width, ==, sizes[s][0]);
      g_assert_cmpuint (size.discrete.height, ==, sizes[s][1]);
    }
    size.index = G_N_ELEMENTS (sizes);
    assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size), EINVAL);
  }
}

static void
assert_rates (Reader * reader, guint32 fourcc, guint width, guint height)
{
  struct v4l2_frmivalenum interval = {
    .pixel_format = fourcc,.width = width,.height = height,
  };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    interval.index = i;
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS,
            &interval));
    g_assert_cmpuint (interval.type, ==, V4L2_FRMIVAL_TYPE_DISCRETE);
    g_assert_cmpuint (interval.discrete.numerator, ==, 1);
    g_assert_cmpuint (interval.discrete.denominator, ==, rates[i]);
  }
  interval.index = G_N_ELEMENTS (rates);
  assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval),
      EINVAL);
}

static void
every_size_enumerates_every_interval (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      assert_rates (reader, formats[f].fourcc, sizes[s][0], sizes[s][1]);
}

static void
enumeration_of_what_is_not_there_is_refused (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_frmsizeenum size = {.pixel_format = V4L2_PIX_FMT_MJPEG };
  static const struct v4l2_frmivalenum absent[] = {
    {.pixel_format = V4L2_PIX_FMT_MJPEG,.width = 640,.height = 480},
    {.pixel_format = V4L2_PIX_FMT_YUYV,.width = 641,.height = 480},
    {.pixel_format = V4L2_PIX_FMT_YUYV,.width = 640,.height = 481},
    {.pixel_format = V4L2_PIX_FMT_YUYV,.width = 640,.height = 120},
    {.pixel_format = V4L2_PIX_FMT_YUYV,.width = 0,.height = 0},
  };

  assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size), EINVAL);
  for (guint i = 0; i < G_N_ELEMENTS (absent); i++) {
    struct v4l2_frmivalenum interval = absent[i];

    assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval),
        EINVAL);
  }
}

static void
a_camera_enumerates_what_it_was_configured_with (Fixture * fixture)
{
  static const guint32 chosen[] = { V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_GREY };
  g_autoptr (Reader) reader = NULL;
  struct v4l2_fmtdesc desc = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_frmsizeenum size = {.pixel_format = V4L2_PIX_FMT_GREY };
  struct v4l2_frmivalenum interval = {
    .pixel_format = V4L2_PIX_FMT_GREY,.width = 800,.height = 600,
  };

  fixture->camera = test_camera_new ("formats", "NV12 GREY", "sizes",
      "800x600", "intervals", "1001/30000", NULL);
  reader = reader_open (fixture->camera->node);
  for (desc.index = 0; desc.index < 2; desc.index++) {
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FMT, &desc));
    g_assert_cmphex (desc.pixelformat, ==, chosen[desc.index]);
  }
  assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FMT, &desc), EINVAL);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size));
  g_assert_cmpuint (size.discrete.width, ==, 800);
  size.index = 1;
  assert_refused (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size), EINVAL);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS,
          &interval));
  g_assert_cmpuint (interval.discrete.numerator, ==, 1001);
  g_assert_cmpuint (interval.discrete.denominator, ==, 30000);
  g_assert_cmphex (reader->format.fmt.pix.pixelformat, ==, V4L2_PIX_FMT_NV12);
  g_assert_cmpuint (reader->format.fmt.pix.width, ==, 800);
}

static void
assert_pix (const struct v4l2_pix_format *pix, guint f)
{
  g_assert_cmphex (pix->pixelformat, ==, formats[f].fourcc);
  g_assert_cmpuint (pix->bytesperline, >=,
      pix->width * formats[f].pixel_bytes);
  g_assert_cmpuint (pix->sizeimage, ==,
      pix->bytesperline * pix->height / 2 * formats[f].half_heights);
  g_assert_cmpuint (pix->field, ==, V4L2_FIELD_NONE);
  g_assert_cmpuint (pix->colorspace, ==, V4L2_COLORSPACE_SRGB);
  g_assert_cmpuint (pix->xfer_func, ==, V4L2_XFER_FUNC_SRGB);
  g_assert_cmpuint (pix->quantization, ==, formats[f].full_range ?
      V4L2_QUANTIZATION_FULL_RANGE : V4L2_QUANTIZATION_LIM_RANGE);
  if (!formats[f].full_range)
    g_assert_cmpuint (pix->ycbcr_enc, ==, V4L2_YCBCR_ENC_601);
}

static void
every_mode_can_be_set_and_has_the_right_layout (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      struct v4l2_format now = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

      reader_set_format (reader, formats[f].fourcc, sizes[s][0], sizes[s][1],
          0);
      assert_pix (pix, f);
      g_assert_cmpuint (pix->bytesperline, ==,
          pix->width * formats[f].pixel_bytes);
      g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &now));
      g_assert_cmpmem (&now.fmt.pix, sizeof (*pix), pix, sizeof (*pix));
    }
}

static void
a_larger_bytesperline_is_honoured_in_every_format (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    guint wished = 640 * formats[f].pixel_bytes + 64;

    reader_set_format (reader, formats[f].fourcc, 640, 480, wished);
    assert_pix (pix, f);
    g_assert_cmpuint (pix->bytesperline, ==, wished);
  }
}

static void
impossible_wishes_become_something_valid (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  static const struct
  {
    guint32 fourcc;
    guint width, height, bytesperline;
    guint format, got_width, got_height;
  } cases[] = {
    {V4L2_PIX_FMT_MJPEG, 640, 480, 0, 0, 640, 480},
    {0, 0, 0, 0, 0, 160, 120},
    {V4L2_PIX_FMT_NV12, 641, 479, 0, 2, 640, 480},
    {V4L2_PIX_FMT_NV12, 1, 1, 1, 2, 160, 120},
    {V4L2_PIX_FMT_GREY, G_MAXUINT, G_MAXUINT, 0, 7, 3840, 2160},
    {V4L2_PIX_FMT_GREY, 640, 480, G_MAXUINT, 7, 640, 480},
    {V4L2_PIX_FMT_XBGR32, 1900, 1000, 5, 6, 1920, 1080},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    struct v4l2_format format = wish (cases[i].fourcc, cases[i].width,
        cases[i].height, cases[i].bytesperline);
    struct v4l2_format again;

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_TRY_FMT, &format));
    assert_pix (&format.fmt.pix, cases[i].format);
    g_assert_cmpuint (format.fmt.pix.width, ==, cases[i].got_width);
    g_assert_cmpuint (format.fmt.pix.height, ==, cases[i].got_height);
    again = format;
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_FMT, &again));
    g_assert_cmpmem (&again.fmt.pix, sizeof (again.fmt.pix), &format.fmt.pix,
        sizeof (format.fmt.pix));
  }
}

static void
try_fmt_changes_nothing (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format tried = wish (V4L2_PIX_FMT_GREY, 160, 120, 0);
  struct v4l2_format now = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_TRY_FMT, &tried));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &now));
  g_assert_cmpmem (&now.fmt.pix, sizeof (now.fmt.pix),
      &reader->format.fmt.pix, sizeof (now.fmt.pix));
}

static void
other_buffer_types_are_refused (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT };
  struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT };
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,.memory = V4L2_MEMORY_MMAP,.count = 1,
  };

  assert_refused (ioctl (reader->fd, VIDIOC_G_FMT, &format), EINVAL);
  assert_refused (ioctl (reader->fd, VIDIOC_S_FMT, &format), EINVAL);
  assert_refused (ioctl (reader->fd, VIDIOC_G_PARM, &parm), EINVAL);
  assert_refused (ioctl (reader->fd, VIDIOC_REQBUFS, &request), EINVAL);
  request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  request.memory = V4L2_MEMORY_USERPTR;
  assert_refused (ioctl (reader->fd, VIDIOC_REQBUFS, &request), EINVAL);
}

static void
s_parm_takes_the_nearest_interval (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  static const struct
  {
    struct v4l2_fract wished, got;
  } cases[] = {
    {{1, 60}, {1, 60}}, {{1, 1000}, {1, 60}}, {{2, 60}, {1, 30}},
    {{1001, 30000}, {1, 30}}, {{1001, 24000}, {1, 24}}, {{1, 1}, {1, 5}},
    {{G_MAXUINT, 1}, {1, 5}}, {{1, G_MAXUINT}, {1, 60}},
    {{0, 0}, {1, 30}}, {{0, 25}, {1, 30}}, {{1, 0}, {1, 30}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    struct v4l2_streamparm parm = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .parm.capture.timeperframe = cases[i].wished,
    };

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_PARM, &parm));
    g_assert_cmpuint (parm.parm.capture.timeperframe.numerator, ==,
        cases[i].got.numerator);
    g_assert_cmpuint (parm.parm.capture.timeperframe.denominator, ==,
        cases[i].got.denominator);
    g_assert_cmphex (parm.parm.capture.capability, ==, V4L2_CAP_TIMEPERFRAME);
    g_assert_cmpuint (parm.parm.capture.capturemode, ==, 0);
  }
}

/* As many as read() has the driver fill. */
static void
g_parm_tells_the_buffers_of_read (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_PARM, &parm));
  g_assert_cmpuint (parm.parm.capture.readbuffers, ==, 3);
  parm.parm.capture.readbuffers = 1;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_PARM, &parm));
  g_assert_cmpuint (parm.parm.capture.readbuffers, ==, 3);
}

static void
format_and_interval_survive_closing_the_node (Fixture * fixture)
{
  Reader *first = reader_open (fixture->camera->node);
  g_autoptr (Reader) second = NULL;

  reader_set_format (first, V4L2_PIX_FMT_NV12, 1280, 720, 0);
  reader_set_interval (first, 1, 60);
  reader_close (first);
  second = reader_open (fixture->camera->node);
  g_assert_cmphex (second->format.fmt.pix.pixelformat, ==, V4L2_PIX_FMT_NV12);
  g_assert_cmpuint (second->format.fmt.pix.width, ==, 1280);
  g_assert_cmpuint (second->interval.denominator, ==, 60);
}

static void
there_is_one_input_and_it_is_a_camera (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_input input = { 0 };
  int index = -1;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUMINPUT, &input));
  g_assert_cmpuint (input.type, ==, V4L2_INPUT_TYPE_CAMERA);
  input.index = 1;
  assert_refused (ioctl (reader->fd, VIDIOC_ENUMINPUT, &input), EINVAL);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_INPUT, &index));
  g_assert_cmpint (index, ==, 0);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_INPUT, &index));
  index = 1;
  assert_refused (ioctl (reader->fd, VIDIOC_S_INPUT, &index), EINVAL);
}

static void
log_status_tells_mode_and_counters (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const char *log;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_LOG_STATUS));
  log = kernel_log_read (fixture->log);
  g_assert_nonnull (strstr (log, "640x480"));
  g_assert_nonnull (strstr (log, "0 frames captured, 0 dropped"));
}

static void
create_bufs_refuses_buffers_far_larger_than_any_frame (Fixture * fixture)
{
  static const guint32 spare = 1024 * 1024;
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_create_buffers create = {
    .count = 1,.memory = V4L2_MEMORY_MMAP,
  };
  guint32 largest;

  reader_set_format (reader, V4L2_PIX_FMT_XBGR32, 3840, 2160, 0);
  largest = reader->format.fmt.pix.sizeimage;
  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  create.format = reader->format;
  create.format.fmt.pix.sizeimage = largest + spare + 1;
  assert_refused (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create), EINVAL);
  create.format.fmt.pix.sizeimage = G_MAXUINT32;
  assert_refused (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create), EINVAL);
  create.format.fmt.pix.sizeimage = largest + spare;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create));
  g_assert_cmpuint (create.count, ==, 1);
}

/* Padding may make a frame larger than any without. */
static void
create_bufs_has_room_above_a_padded_frame (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;
  struct v4l2_create_buffers create = {
    .count = 1,.memory = V4L2_MEMORY_MMAP,
  };

  test_camera_free (fixture->camera);
  fixture->camera = test_camera_new ("sizes", "160x120", NULL);
  reader = reader_open (fixture->camera->node);
  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 16384);
  create.format = reader->format;
  create.format.fmt.pix.sizeimage += 1024 * 1024;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create));
  create.format.fmt.pix.sizeimage++;
  assert_refused (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create), EINVAL);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/format/" #name, name)
  ADD (querycap_names_driver_card_and_bus);
  fixture_add_without_camera ("/format/no_bus_info_begins_as_anothers",
      no_bus_info_begins_as_anothers);
  ADD (a_fresh_node_has_yuyv_vga_at_thirty);
  ADD (every_format_is_enumerated_once);
  ADD (every_format_enumerates_every_size);
  ADD (every_size_enumerates_every_interval);
  ADD (enumeration_of_what_is_not_there_is_refused);
  ADD (every_mode_can_be_set_and_has_the_right_layout);
  ADD (a_larger_bytesperline_is_honoured_in_every_format);
  ADD (impossible_wishes_become_something_valid);
  ADD (try_fmt_changes_nothing);
  ADD (other_buffer_types_are_refused);
  ADD (s_parm_takes_the_nearest_interval);
  ADD (g_parm_tells_the_buffers_of_read);
  ADD (format_and_interval_survive_closing_the_node);
  ADD (there_is_one_input_and_it_is_a_camera);
  ADD (log_status_tells_mode_and_counters);
  fixture_add_without_camera
      ("/format/a_camera_enumerates_what_it_was_configured_with",
      a_camera_enumerates_what_it_was_configured_with);
  ADD (create_bufs_refuses_buffers_far_larger_than_any_frame);
  ADD (create_bufs_has_room_above_a_padded_frame);
  return g_test_run ();
}
