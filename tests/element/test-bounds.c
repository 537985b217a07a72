/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers that say numbers that cannot be, and that no int holds. */

#include <errno.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include "donor.h"
#include "driver.h"
#include "rig.h"
#include "vivid.h"

#define BEYOND (G_MAXINT + 1u)

/* The result of an ioctl that the driver answered with result. */
typedef gint (*Tell) (gulong request, gpointer argument, gint result);
static Tell tell;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result = driver_ask (fd, request, argument);

  return tell ? tell (request, argument, result) : result;
}

/* Rates */

static struct v4l2_fract interval;

static gint
tell_interval (gulong request, gpointer argument, gint result)
{
  struct v4l2_streamparm *parm = argument;

  if (result == 0 && (request == VIDIOC_S_PARM || request == VIDIOC_G_PARM))
    parm->parm.capture.timeperframe = interval;
  return result;
}

static void
check_interval (guint32 numerator, guint32 denominator)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  interval = (struct v4l2_fract){ numerator, denominator };
  tell = tell_interval;
  rig_set_caps (rig, "video/x-raw,framerate=30/1");
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}

GST_START_TEST (a_rate_that_no_int_holds_is_not_believed)
{
  check_interval (1, BEYOND);
  check_interval (BEYOND, 30);
  check_interval (1, G_MAXUINT32);
}
GST_END_TEST

/* Shapes of pixels */

static struct v4l2_cropcap native;

static gint
tell_native (gulong request, gpointer argument, gint result)
{
  struct v4l2_cropcap *cropcap = argument;

  if (request != VIDIOC_CROPCAP)
    return result;
  cropcap->bounds = cropcap->defrect = native.defrect;
  cropcap->pixelaspect = native.pixelaspect;
  return 0;
}

static void
check_native (guint32 numerator, guint32 denominator)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  native = (struct v4l2_cropcap){ .defrect = { 0, 0, 160, 120 },
    .pixelaspect = { numerator, denominator } };
  tell = tell_native;
  rig_set_caps (rig, "video/x-raw,pixel-aspect-ratio=1/1");
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}

GST_START_TEST (a_shape_of_pixels_that_no_int_holds_is_not_believed)
{
  check_native (BEYOND, 1);
  check_native (1, BEYOND);
  check_native (G_MAXUINT32, 1);
}
GST_END_TEST

/* What a scaler takes its picture from */

static struct v4l2_rect crop;

static gint
tell_crop (gulong request, gpointer argument, gint result)
{
  struct v4l2_selection *selection = argument;

  if (request != VIDIOC_G_SELECTION)
    return result;
  selection->r = crop;
  return 0;
}

static void
check_shape (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_unless (rig_has_caps (rig, "video/x-raw,pixel-aspect-ratio=1/1"));
}

static void
check_crop (guint32 width, guint32 height)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = rig_new (vivid->node);

  crop = (struct v4l2_rect){ 0, 0, width, height };
  vivid_give_timings (vivid, VIVID_720P25);
  tell = tell_crop;
  rig_set_caps (rig, "video/x-raw,format=YUY2");
  rig_on_frame (rig, check_shape, NULL);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
}

GST_START_TEST (a_crop_that_no_int_holds_is_not_believed)
{
  check_crop (BEYOND, 720);
  check_crop (1280, BEYOND);
  check_crop (G_MAXUINT32, G_MAXUINT32);
}
GST_END_TEST

/* Sizes */

static struct v4l2_frmsizeenum first;

static gint
tell_size (gulong request, gpointer argument, gint result)
{
  struct v4l2_frmsizeenum *size = argument;

  if (request != VIDIOC_ENUM_FRAMESIZES || size->index > 0)
    return result;
  size->type = first.type;
  size->stepwise = first.stepwise;
  return 0;
}

static void
assert_natural (const GstStructure *structure, const gchar *field)
{
  const GValue *value = gst_structure_get_value (structure, field);
  gint number = GST_VALUE_HOLDS_INT_RANGE (value)
                    ? gst_value_get_int_range_min (value)
                    : g_value_get_int (value);

  fail_unless (number > 0, "%s is %d", field, number);
}

/* The first size of each format is another one. */
static void
check_offered (const struct v4l2_frmsizeenum *size)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) caps = NULL;

  first = *size;
  tell = tell_size;
  gst_element_set_state (rig->source, GST_STATE_READY);
  caps = gst_pad_query_caps (pad, NULL);
  fail_if (gst_caps_is_empty (caps));
  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    assert_natural (gst_caps_get_structure (caps, i), "width");
    assert_natural (gst_caps_get_structure (caps, i), "height");
  }
}

GST_START_TEST (sizes_are_offered_as_far_as_ints_go)
{
  static const struct v4l2_frmsizeenum sizes[] = {
    { .type = V4L2_FRMSIZE_TYPE_DISCRETE, .discrete = { BEYOND, 240 } },
    { .type = V4L2_FRMSIZE_TYPE_DISCRETE, .discrete = { 320, G_MAXUINT32 } },
    { .type = V4L2_FRMSIZE_TYPE_STEPWISE,
        .stepwise = { 16, G_MAXUINT32, 16, 16, G_MAXUINT32, 8 } },
    { .type = V4L2_FRMSIZE_TYPE_STEPWISE,
        .stepwise = { BEYOND, G_MAXUINT32, 16, BEYOND, G_MAXUINT32, 8 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_offered (&sizes[i]);
}
GST_END_TEST

static GstPadProbeReturn
offer_small_buffers (GstPad *pad, GstPadProbeInfo *info, gpointer pool)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_pool (query, pool, 160 * 2 * 120, 2, 4);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

/* No size is listed, so that any may be asked for by name. */
static gint
tell_large (gulong request, gpointer argument, gint result)
{
  struct v4l2_pix_format *picture;

  if (request == VIDIOC_ENUM_FRAMESIZES) {
    errno = ENOTTY;
    return -1;
  }
  if (request != VIDIOC_S_FMT)
    return result;
  picture = &((struct v4l2_format *) argument)->fmt.pix;
  picture->width = 32768;
  picture->height = 45000;
  picture->field = V4L2_FIELD_NONE;
  picture->bytesperline = 32768 * 2;
  picture->sizeimage = 32768u * 2 * 45000;
  return 0;
}

/* V4L2 counts a frame's bytes by 32 bits; GStreamer's GstVideoInfo, which reckons
 * with three bytes a pixel of YUY2, cannot. */
GST_START_TEST (a_frame_too_large_for_gstreamer_is_a_clear_error)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (TestCamera) donor = test_camera_new (NULL, NULL);
  g_autoptr (GstBufferPool) pool = donor_pool_new (donor, 0);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = NULL;

  tell = tell_large;
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf-import");
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=32768,height=45000,"
                     "framerate=30/1");
  rig_answer_allocation (rig, offer_small_buffers, pool);
  error = rig_run_into_error (rig, &debug);
  fail_unless (strstr (error->message, camera->node) != NULL, error->message);
  fail_unless (strstr (debug, "a layout that cannot be") != NULL, debug);
}
GST_END_TEST

/* Menus: more items than any has, of which the driver knows but a few. */

#define MAX_ITEMS 4096

static gint64 last_item;

static gint
tell_menu (gulong request, gpointer argument, gint result)
{
  struct v4l2_query_ext_ctrl *query = argument;
  const struct v4l2_querymenu *item = argument;

  if (request == VIDIOC_QUERY_EXT_CTRL && result == 0 &&
      query->type == V4L2_CTRL_TYPE_MENU)
    query->maximum = last_item;
  fail_if (request == VIDIOC_QUERYMENU && item->index >= MAX_ITEMS,
      "asks for item %u", item->index);
  return result;
}

static guint
count_items (TestCamera *camera)
{
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = NULL;
  GParamSpec *spec;

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  controls = gst_child_proxy_get_child_by_name (
      GST_CHILD_PROXY (rig->source), "controls");
  fail_unless (controls != NULL);
  spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (controls), "test-pattern");
  fail_unless (spec != NULL);
  g_object_set (controls, "test-pattern", 1, NULL);
  return G_PARAM_SPEC_ENUM (spec)->enum_class->n_values;
}

static void
check_menu (gint64 maximum)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  guint n_items = count_items (camera);

  last_item = maximum;
  tell = tell_menu;
  assert_equals_int (count_items (camera), n_items);
}

GST_START_TEST (a_menu_without_end_has_the_items_that_there_are)
{
  check_menu (G_MAXINT32);
}
GST_END_TEST

GST_START_TEST (a_menu_to_the_last_number_has_the_items_that_there_are)
{
  check_menu (G_MAXINT64);
}
GST_END_TEST

static Suite *
bounds_suite (void)
{
  Suite *suite = suite_create ("bounds");
  TCase *tcase = tcase_create ("bounds");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_rate_that_no_int_holds_is_not_believed);
  tcase_add_test (tcase, a_shape_of_pixels_that_no_int_holds_is_not_believed);
  tcase_add_test (tcase, a_crop_that_no_int_holds_is_not_believed);
  tcase_add_test (tcase, sizes_are_offered_as_far_as_ints_go);
  tcase_add_test (tcase, a_frame_too_large_for_gstreamer_is_a_clear_error);
  tcase_add_test (tcase, a_menu_without_end_has_the_items_that_there_are);
  tcase_add_test (
      tcase, a_menu_to_the_last_number_has_the_items_that_there_are);
  return suite;
}

GST_CHECK_MAIN (bounds);
