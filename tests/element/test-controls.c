/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera's controls as properties of the source's child "controls". */

#include <fcntl.h>
#include <gst/controller/controller.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "controls.h"

/* What there is */

GST_START_TEST (every_control_is_a_typed_property)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = NULL;
  GParamSpec *spec;

  gst_element_set_state (rig->source, GST_STATE_READY);
  controls = controls_get (rig->source);
  spec = controls_find (controls, "brightness", G_TYPE_INT);
  fail_unless_equals_int (G_PARAM_SPEC_INT (spec)->minimum, 0);
  fail_unless_equals_int (G_PARAM_SPEC_INT (spec)->maximum, 255);
  fail_unless_equals_int (G_PARAM_SPEC_INT (spec)->default_value, 128);
  fail_unless (spec->flags & GST_PARAM_CONTROLLABLE);
  fail_unless_equals_string (g_param_spec_get_nick (spec), "Brightness");
  fail_unless (strstr (g_param_spec_get_blurb (spec), "0 to 255") != NULL);
  spec = controls_find (controls, "hue", G_TYPE_INT);
  fail_unless_equals_int (G_PARAM_SPEC_INT (spec)->minimum, -128);
  controls_find (controls, "horizontal-flip", G_TYPE_BOOLEAN);
  spec = controls_find (controls, "test-pattern", G_TYPE_ENUM);
  fail_unless (g_enum_get_value_by_nick (
                   G_PARAM_SPEC_ENUM (spec)->enum_class, "solid-red") != NULL);
  spec = controls_find (controls, "frames-captured", G_TYPE_INT64);
  fail_if (spec->flags & G_PARAM_WRITABLE);
}
GST_END_TEST

GST_START_TEST (every_kind_of_control_of_vivid_is_a_typed_property)
{
  static const struct {
    const gchar *name;
    const gchar *fundamental;
  } kinds[] = {
    { "integer-32-bits", "gint" },
    { "integer-64-bits", "gint64" },
    { "boolean", "gboolean" },
    { "button", "gboolean" },
    { "menu", "GEnum" },
    { "integer-menu", "GEnum" },
    { "bitmask", "guint" },
    { "string", "gchararray" },
    { "u32-1-element-array", "GstValueArray" },
    { "u16-8x16-matrix", "GstValueArray" },
    { "u8-2x3x4x5-array", "GstValueArray" },
    { "u32-dynamic-array", "GstValueArray" },
    { "area", "GstValueArray" },
  };
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GObject) controls = NULL;

  gst_element_set_state (rig->source, GST_STATE_READY);
  controls = controls_get (rig->source);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    controls_find (
        controls, kinds[i].name, g_type_from_name (kinds[i].fundamental));
  fail_if (controls_find (controls, "button", G_TYPE_BOOLEAN)->flags &
           G_PARAM_READABLE);
}
GST_END_TEST

/* Whatever is read of a control can be set again, and is then still there. */
static void
set_as_read (GObject *controls, GParamSpec *spec)
{
  GValue value = G_VALUE_INIT, again = G_VALUE_INIT;

  if (spec->owner_type == GST_TYPE_OBJECT ||
      (spec->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE)
    return;
  g_value_init (&value, spec->value_type);
  g_value_init (&again, spec->value_type);
  g_object_get_property (controls, spec->name, &value);
  g_object_set_property (controls, spec->name, &value);
  g_object_get_property (controls, spec->name, &again);
  fail_unless_equals_int (gst_value_compare (&value, &again), GST_VALUE_EQUAL);
  g_value_unset (&value);
  g_value_unset (&again);
}

GST_START_TEST (every_control_of_vivid_takes_back_what_it_gave)
{
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GObject) controls = NULL;
  g_autofree GParamSpec **specs = NULL;
  guint n;

  gst_element_set_state (rig->source, GST_STATE_READY);
  controls = controls_get (rig->source);
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (controls), &n);
  fail_unless (n > 50);
  for (guint i = 0; i < n; i++)
    set_as_read (controls, specs[i]);
  fail_unless (gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING) == NULL);
}
GST_END_TEST

GST_START_TEST (every_kind_of_control_of_vivid_can_be_set)
{
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GObject) controls = controls_open (rig);
  g_autoptr (KeptControls) kept G_GNUC_UNUSED =
      controls_keep (controls, "integer-menu", "u32-1-element-array", "area",
          "string", "bitmask", "integer-64-bits", NULL);
  g_autofree gchar *text = NULL;
  GValue array = G_VALUE_INIT;
  guint bits;
  gint index;
  gint64 wide;

  gst_util_set_object_arg (controls, "integer-menu", "8");
  gst_util_set_object_arg (controls, "u32-1-element-array", "<77>");
  gst_util_set_object_arg (controls, "area", "<5, 7>");
  g_object_set (controls, "string", "four", "bitmask", 0x402010,
      "integer-64-bits", G_GINT64_CONSTANT (-5000000000), "button", TRUE, NULL);
  g_object_get (controls, "integer-menu", &index, "string", &text, "bitmask",
      &bits, "integer-64-bits", &wide, NULL);
  fail_unless_equals_int (index, 5);
  fail_unless_equals_string (text, "four");
  fail_unless_equals_int (bits, 0x402010);
  fail_unless_equals_int64 (wide, G_GINT64_CONSTANT (-5000000000));
  g_value_init (&array, GST_TYPE_ARRAY);
  g_object_get_property (controls, "u32-1-element-array", &array);
  fail_unless_equals_int (
      g_value_get_uint (gst_value_array_get_value (&array, 0)), 77);
  g_object_get_property (controls, "area", &array);
  fail_unless_equals_int (
      g_value_get_uint (gst_value_array_get_value (&array, 1)), 7);
  g_value_unset (&array);
  fail_unless (gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING) == NULL);
}
GST_END_TEST

/* One class for each set of controls, however many cameras have it. */
GST_START_TEST (cameras_with_the_same_controls_share_a_class)
{
  g_autoptr (TestCamera) one = test_camera_new (NULL, NULL);
  g_autoptr (TestCamera) two = test_camera_new (NULL, NULL);
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (one->node);
  g_autoptr (Rig) other = rig_new (two->node);
  g_autoptr (Rig) vivid = rig_new (device);
  g_autoptr (GObject) a = controls_open (rig);
  g_autoptr (GObject) b = controls_open (other);
  g_autoptr (GObject) c = controls_open (vivid);

  fail_unless (G_OBJECT_TYPE (a) == G_OBJECT_TYPE (b));
  fail_if (G_OBJECT_TYPE (a) == G_OBJECT_TYPE (c));
  g_object_set (a, "brightness", 1, NULL);
  fail_unless_equals_int (camera_get (two->node, V4L2_CID_BRIGHTNESS), 128);
}
GST_END_TEST

/* The table in docs/controls.md is that of virtcam's cameras. */
GST_START_TEST (the_documented_table_is_what_virtcam_has)
{
  g_autofree gchar *path = g_build_filename (
      g_getenv ("VIRTCAM_SOURCE"), "docs", "controls.md", NULL);
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  g_autofree GParamSpec **specs = NULL;
  g_autofree gchar *text = NULL;
  guint n;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (controls), &n);
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *row = controls_table_row (specs[i]);

    if (specs[i]->owner_type != GST_TYPE_OBJECT)
      fail_unless (strstr (text, row) != NULL, "docs lack: %s", row);
  }
  /* of GstObject there are two */
  fail_unless_equals_int (controls_count_rows (text), n - 2);
}
GST_END_TEST

/* What is refused */

static void
assert_refused (const gchar *name, gint value, const gchar *words)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint before, after;

  g_object_get (controls, name, &before, NULL);
  g_object_set (controls, name, value, NULL);
  controls_assert_warning (rig, name, words);
  g_object_get (controls, name, &after, NULL);
  fail_unless_equals_int (before, after);
}

GST_START_TEST (a_value_out_of_range_is_refused_with_the_range)
{
  assert_refused (
      "brightness", 256, "takes 0 to 255 in steps of 1 (default 128), not 256");
  assert_refused (
      "hue", -129, "takes -128 to 127 in steps of 1 (default 0), not -129");
  assert_refused ("test-pattern", 99, "8 (solid-blue), not 99");
}
GST_END_TEST

GST_START_TEST (other_kinds_are_refused_with_what_they_take)
{
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GObject) controls = controls_open (rig);

  g_object_set (controls, "bitmask", 1, NULL);
  controls_assert_warning (rig, "bitmask", "takes bits of 0x80402010");
  g_object_set (controls, "string", "x", NULL);
  controls_assert_warning (rig, "string", "2 to 4 bytes");
  g_object_set (controls, "string", "fives", NULL);
  controls_assert_warning (rig, "string", "not \"fives\" (5 bytes)");
  g_object_set (controls, "menu", 2, NULL);
  controls_assert_warning (rig, "menu", "3 (menu-item-3)");
  gst_util_set_object_arg (controls, "u32-1-element-array", "<1>");
  controls_assert_warning (rig, "u32-1-element-array", "takes 16 to 131072");
  gst_util_set_object_arg (controls, "area", "<1, 2, 3>");
  controls_assert_warning (rig, "area", "an array of 2 numbers, not of 3");
}
GST_END_TEST

/* vivid does not let the crop control be changed while it streams. */
GST_START_TEST (a_held_control_is_refused)
{
  g_autofree gchar *device = find_vivid ();
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GObject) controls = NULL;

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  controls = controls_get (rig->source);
  g_object_set (controls, "enable-capture-cropping", FALSE, NULL);
  controls_assert_warning (rig, "enable-capture-cropping", "is held by");
}
GST_END_TEST

GST_START_TEST (a_value_between_steps_is_rounded_as_the_driver_does)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = NULL;
  gint value = 0;

  driver_set_step (V4L2_CID_CONTRAST, 10);
  controls = controls_open (rig);
  g_signal_connect (
      controls, "notify::contrast", G_CALLBACK (controls_note_value), &value);
  g_object_set (controls, "contrast", 97, NULL);
  fail_unless_equals_int (value, 100);
  g_object_set (controls, "contrast", 256, NULL);
  controls_assert_warning (rig, "contrast", "in steps of 10");
  driver_set_step (0, 0);
}
GST_END_TEST

/* What is told */

GST_START_TEST (another_programs_change_notifies_once_while_playing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  controls_watch (rig, controls, "notify::brightness");
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  camera_set (camera->node, V4L2_CID_BRIGHTNESS, 33);
  controls_wait_for_notify (rig, 1);
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 33);
  rig_wait_for_frames (rig, rig->n_frames + 3);
  controls_wait_for_notify (rig, 1);
}
GST_END_TEST

GST_START_TEST (an_own_change_notifies_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  controls_watch (rig, controls, "notify::brightness");
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  g_object_set (controls, "brightness", 44, NULL);
  rig_wait_for_frames (rig, rig->n_frames + 3);
  controls_wait_for_notify (rig, 1);
  g_object_set (controls, "brightness", 444, NULL);
  rig_wait_for_frames (rig, rig->n_frames + 3);
  controls_wait_for_notify (rig, 1);
}
GST_END_TEST

/* A ramp */

typedef struct {
  GObject *controls;
  guint64 light[32];
} Ramp;

static void
note_light (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Ramp *ramp = data;
  GstMapInfo map;
  gint brightness, due;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (gsize i = map.size / 2; i < map.size; i++)
    ramp->light[number] += map.data[i];
  gst_buffer_unmap (buffer, &map);
  /* what the next frame shall have is set when this one is pushed */
  due = (GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer)) * 255 /
        (2 * GST_SECOND);
  g_object_get (ramp->controls, "brightness", &brightness, NULL);
  fail_unless (ABS (brightness - MIN (due, 255)) <= 1, "frame %u: %d, not %d",
      number, brightness, due);
}

GST_START_TEST (a_control_source_ramp_changes_the_picture)
{
  g_autoptr (TestCamera) camera = test_camera_new (
      "formats", "GREY", "sizes", "160x120", "intervals", "1/15", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  GstControlSource *source = gst_interpolation_control_source_new ();
  Ramp ramp = { .controls = controls };

  g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
  gst_timed_value_control_source_set (
      GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 0.0);
  gst_timed_value_control_source_set (
      GST_TIMED_VALUE_CONTROL_SOURCE (source), 2 * GST_SECOND, 1.0);
  fail_unless (gst_object_add_control_binding (
      GST_OBJECT (controls), gst_direct_control_binding_new (
                                 GST_OBJECT (controls), "brightness", source)));
  gst_object_unref (source);
  rig_on_frame (rig, note_light, &ramp);
  rig_run (rig, 24);
  for (guint i = 2; i < 24; i++)
    fail_unless (ramp.light[i] > ramp.light[i - 1], "frame %u", i);
}
GST_END_TEST

/* A value that stays is set but once, by GstControlBinding. */
static void
bind_to (GObject *controls, const gchar *name, gdouble from, gdouble to)
{
  GstControlSource *source = gst_interpolation_control_source_new ();
  GstTimedValueControlSource *values = GST_TIMED_VALUE_CONTROL_SOURCE (source);

  g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
  gst_timed_value_control_source_set (values, 0, from);
  gst_timed_value_control_source_set (values, GST_SECOND, to);
  fail_unless (gst_object_add_control_binding (GST_OBJECT (controls),
      gst_direct_control_binding_new (GST_OBJECT (controls), name, source)));
  gst_object_unref (source);
}

GST_START_TEST (what_a_control_source_sets_is_not_set_again)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  bind_to (controls, "brightness", 1.0, 1.0);
  rig_run (rig, 3);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 255);
  camera_set (camera->node, V4L2_CID_BRIGHTNESS, 9);
  g_object_unref (controls_open (rig));
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 9);
}
GST_END_TEST

/* It comes with every frame. */
GST_START_TEST (a_control_source_that_is_refused_is_told_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  bind_to (controls, "brightness", 0.0, 1.0);
  driver_hold (V4L2_CID_BRIGHTNESS);
  rig_play (rig);
  rig_wait_for_frames (rig, 5);
  controls_assert_warning (rig, "brightness", "is held");
  fail_unless (gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING) == NULL);
  rig_stop (rig);
  driver_hold (0);
}
GST_END_TEST

GST_START_TEST (each_control_source_that_is_refused_is_told_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  bind_to (controls, "brightness", 0.0, 1.0);
  bind_to (controls, "contrast", 0.0, 1.0);
  driver_hold (ANY_CONTROL);
  rig_play (rig);
  rig_wait_for_frames (rig, 5);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstMessage) warning =
        gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING);

    fail_unless (warning != NULL);
  }
  fail_unless (gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING) == NULL);
  rig_stop (rig);
  driver_hold (0);
}
GST_END_TEST

GST_START_TEST (a_pipeline_that_does_not_use_controls_pays_nothing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  driver_count_calls ();
  rig_run (rig, 5);
  fail_unless_equals_int (driver_n_control_calls (), 0);
}
GST_END_TEST

static Suite *
controls_suite (void)
{
  Suite *suite = suite_create ("controls");
  TCase *tcase = tcase_create ("controls");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, every_control_is_a_typed_property);
  tcase_add_test (tcase, every_kind_of_control_of_vivid_is_a_typed_property);
  tcase_add_test (tcase, every_control_of_vivid_takes_back_what_it_gave);
  tcase_add_test (tcase, every_kind_of_control_of_vivid_can_be_set);
  tcase_add_test (tcase, cameras_with_the_same_controls_share_a_class);
  tcase_add_test (tcase, the_documented_table_is_what_virtcam_has);
  tcase_add_test (tcase, a_value_out_of_range_is_refused_with_the_range);
  tcase_add_test (tcase, other_kinds_are_refused_with_what_they_take);
  tcase_add_test (tcase, a_held_control_is_refused);
  tcase_add_test (tcase, a_value_between_steps_is_rounded_as_the_driver_does);
  tcase_add_test (tcase, another_programs_change_notifies_once_while_playing);
  tcase_add_test (tcase, an_own_change_notifies_once);
  tcase_add_test (tcase, a_control_source_ramp_changes_the_picture);
  tcase_add_test (tcase, what_a_control_source_sets_is_not_set_again);
  tcase_add_test (tcase, a_control_source_that_is_refused_is_told_once);
  tcase_add_test (tcase, each_control_source_that_is_refused_is_told_once);
  tcase_add_test (tcase, a_pipeline_that_does_not_use_controls_pays_nothing);
  return suite;
}

GST_CHECK_MAIN (controls);
