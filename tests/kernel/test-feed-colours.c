/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The colours that a producer says its frames have, and who is told of them. */
#include "feeder.h"
#include "fixture.h"

typedef struct {
  guint32 colorspace, ycbcr_enc, quantization, xfer_func;
} Colours;

static const Colours webcam = { V4L2_COLORSPACE_SRGB, V4L2_YCBCR_ENC_601,
  V4L2_QUANTIZATION_LIM_RANGE, V4L2_XFER_FUNC_SRGB };
static const Colours hd = { V4L2_COLORSPACE_REC709, V4L2_YCBCR_ENC_709,
  V4L2_QUANTIZATION_LIM_RANGE, V4L2_XFER_FUNC_709 };

static void
assert_colours (const struct v4l2_pix_format *pix, Colours expected)
{
  g_assert_cmpuint (pix->colorspace, ==, expected.colorspace);
  g_assert_cmpuint (pix->ycbcr_enc, ==, expected.ycbcr_enc);
  g_assert_cmpuint (pix->quantization, ==, expected.quantization);
  g_assert_cmpuint (pix->xfer_func, ==, expected.xfer_func);
}

static void
assert_node_has (Reader *node, Colours expected)
{
  struct v4l2_format format = { .type = node->format.type };

  g_assert_no_errno (ioctl (node->fd, VIDIOC_G_FMT, &format));
  assert_colours (&format.fmt.pix, expected);
}

/* S_FMT, of which the size is always the same; and TRY_FMT, which answers alike */
static void
assert_answer (Reader *node, guint32 fourcc, Colours said, Colours expected)
{
  static const unsigned long calls[] = { VIDIOC_TRY_FMT, VIDIOC_S_FMT };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    struct v4l2_format format = {
      .type = node->format.type,
      .fmt.pix = { .pixelformat = fourcc,
          .width = 640,
          .height = 480,
          .priv = V4L2_PIX_FMT_PRIV_MAGIC,
          .colorspace = said.colorspace,
          .ycbcr_enc = said.ycbcr_enc,
          .quantization = said.quantization,
          .xfer_func = said.xfer_func },
    };

    g_assert_no_errno (ioctl (node->fd, calls[i], &format));
    assert_colours (&format.fmt.pix, expected);
  }
}

static void
viewers_are_told_the_producers_colours (Fixture *fixture)
{
  g_autoptr (Reader) early = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  g_autoptr (Reader) late = NULL;

  assert_node_has (early, webcam);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, hd);
  late = reader_open (fixture->camera->node);
  assert_colours (&late->format.fmt.pix, hd);
  assert_node_has (early, hd);
  assert_answer (early, V4L2_PIX_FMT_YUYV, webcam, hd);
  reader_map (early, 2);
  assert_node_has (early, hd);
}

static void
a_producer_that_left_leaves_no_colours (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) next = NULL;

  for (guint i = 0; i < 2; i++) {
    g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

    assert_colours (&feeder->format.fmt.pix, webcam);
    assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, hd);
    assert_node_has (reader, hd);
    if (i > 0)
      reader_unmap (feeder);
  }
  assert_node_has (reader, webcam);
  next = reader_open (fixture->camera->output);
  assert_colours (&next->format.fmt.pix, webcam);
}

static void
a_viewer_that_was_there_first_keeps_its_colours (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  reader_map (reader, 2);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, webcam);
  assert_node_has (reader, webcam);
}

/* Whoever looks at the output node meanwhile */
static void
a_viewer_keeps_the_colours_of_a_producer_that_left (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) next = NULL;
  Reader *feeder = reader_open (fixture->camera->output);

  assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, hd);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  reader_map (reader, 2);
  reader_close (feeder);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (Reader) onlooker = reader_open (fixture->camera->output);

    assert_colours (&onlooker->format.fmt.pix, hd);
  }
  next = reader_open (fixture->camera->output);
  assert_answer (next, V4L2_PIX_FMT_YUYV, webcam, hd);
  assert_node_has (reader, hd);
}

static void
viewers_hear_that_the_colours_are_others (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  struct v4l2_event event;

  assert_answer (feeder, V4L2_PIX_FMT_YUYV, webcam, webcam);
  feeder_subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0, 0);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, hd);
  g_assert_true (feeder_next_event (reader, &event));
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV, hd, hd);
  g_assert_false (feeder_next_event (reader, &event));
}

/* Programs hand what G_FMT told them to S_FMT, with another format. */
static void
colours_left_over_from_another_format_are_not_taken (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  const Colours rgb = { V4L2_COLORSPACE_SRGB, V4L2_YCBCR_ENC_601,
    V4L2_QUANTIZATION_FULL_RANGE, V4L2_XFER_FUNC_SRGB };

  assert_answer (feeder, V4L2_PIX_FMT_RGB24, (Colours){ 0 }, rgb);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV, rgb, webcam);
}

static void
what_no_colour_has_is_not_taken (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  const Colours partly = { .colorspace = V4L2_COLORSPACE_BT2020 };

  assert_answer (
      feeder, V4L2_PIX_FMT_YUYV, (Colours){ 200, 201, 202, 203 }, webcam);
  assert_answer (feeder, V4L2_PIX_FMT_YUYV,
      (Colours){ V4L2_COLORSPACE_BT2020, 200, 200, 200 }, partly);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-colours/" #name, name)
  ADD (viewers_are_told_the_producers_colours);
  ADD (a_producer_that_left_leaves_no_colours);
  ADD (a_viewer_that_was_there_first_keeps_its_colours);
  ADD (a_viewer_keeps_the_colours_of_a_producer_that_left);
  ADD (viewers_hear_that_the_colours_are_others);
  ADD (colours_left_over_from_another_format_are_not_taken);
  ADD (what_no_colour_has_is_not_taken);
  return g_test_run ();
}
