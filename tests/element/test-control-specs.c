/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From V4L2's description of a control to a property, and its values. */

#include <gst/check/gstcheck.h>
#include <string.h>

#include "controls/spec.h"

static GstVirtcamControl
make_control (guint32 type, const gchar *name, gint64 minimum, gint64 maximum,
    guint64 step)
{
  GstVirtcamControl control = { .query = { .id = V4L2_CID_BRIGHTNESS,
                                    .type = type,
                                    .minimum = minimum,
                                    .maximum = maximum,
                                    .step = step,
                                    .elems = 1,
                                    .elem_size = 4 } };

  g_strlcpy (control.query.name, name, sizeof control.query.name);
  return control;
}

GST_START_TEST (names_are_those_of_v4l2_ctl_with_dashes)
{
  static const gchar *const names[][2] = {
    { "Brightness", "brightness" },
    { "Exposure, Auto Priority", "exposure-auto-priority" },
    { "  White Balance (auto) ", "white-balance-auto" },
    { "Y'CbCr Encoding", "y-cbcr-encoding" },
    { "50 Hz", "50-hz" },
    { "\xc3\xa9t\xc3\xa9", "t" },
    { "...", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *name = gst_virtcam_control_name (names[i][0]);

    fail_unless_equals_string (name, names[i][1]);
  }
}
GST_END_TEST

GST_START_TEST (names_that_collide_end_in_the_id)
{
  static const gchar *const texts[] = { "Gain", "gain!", "Name", "Parent",
    "3A Lock", "***" };
  static const gchar *const names[] = { "gain", "gain-00980901",
    "name-00980902", "parent-00980903", "control-3a-lock-00980904",
    "control-00980905" };
  g_autoptr (GPtrArray) controls = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) got = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    GstVirtcamControl control =
        make_control (V4L2_CTRL_TYPE_INTEGER, texts[i], 0, 1, 1);

    control.query.id += i;
    g_ptr_array_add (controls, g_memdup2 (&control, sizeof control));
  }
  got = gst_virtcam_control_names (controls);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    fail_unless_equals_string (got[i], names[i]);
    fail_unless (g_param_spec_is_valid_name (got[i]));
  }
}
GST_END_TEST

GST_START_TEST (menu_items_are_told_apart)
{
  static const GstVirtcamMenuItem items[] = { { 0, 0, "Auto" },
    { 2, 0, "auto" }, { 3, 0, "" } };
  GstVirtcamControl control =
      make_control (V4L2_CTRL_TYPE_MENU, "Mode", 0, 3, 1);
  g_autoptr (GParamSpec) spec = NULL;
  GEnumClass *klass;

  control.menu = g_array_new (FALSE, FALSE, sizeof *items);
  g_array_append_vals (control.menu, items, G_N_ELEMENTS (items));
  spec = g_param_spec_ref_sink (gst_virtcam_control_to_spec (&control, "mode"));
  klass = G_PARAM_SPEC_ENUM (spec)->enum_class;
  fail_unless_equals_int (klass->n_values, 3);
  fail_unless_equals_int (g_enum_get_value_by_nick (klass, "auto")->value, 0);
  fail_unless_equals_int (g_enum_get_value_by_nick (klass, "auto-2")->value, 2);
  fail_unless_equals_int (g_enum_get_value_by_nick (klass, "item-3")->value, 3);
  g_array_unref (control.menu);
}
GST_END_TEST

GST_START_TEST (flags_become_those_of_properties)
{
  static const struct {
    guint32 has;
    GParamFlags flags, without;
  } cases[] = {
    { 0, G_PARAM_READWRITE | GST_PARAM_CONTROLLABLE | GST_PARAM_MUTABLE_PLAYING,
        0 },
    { V4L2_CTRL_FLAG_READ_ONLY, G_PARAM_READABLE,
        G_PARAM_WRITABLE | GST_PARAM_CONTROLLABLE },
    { V4L2_CTRL_FLAG_WRITE_ONLY, G_PARAM_WRITABLE,
        G_PARAM_READABLE | GST_PARAM_CONTROLLABLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstVirtcamControl control =
        make_control (V4L2_CTRL_TYPE_INTEGER, "Gain", 0, 9, 1);
    g_autoptr (GParamSpec) spec = NULL;

    control.query.flags = cases[i].has;
    spec =
        g_param_spec_ref_sink (gst_virtcam_control_to_spec (&control, "gain"));
    fail_unless_equals_int (
        spec->flags & cases[i].flags, (gint) cases[i].flags);
    fail_unless_equals_int (spec->flags & cases[i].without, 0);
  }
}
GST_END_TEST

/* The property must not put a value into its range: whoever sets it shall be
 * told. */
GST_START_TEST (a_property_hands_every_value_on)
{
  GstVirtcamControl control =
      make_control (V4L2_CTRL_TYPE_INTEGER, "Gain", 0, 9, 1);
  g_autoptr (GParamSpec) spec =
      g_param_spec_ref_sink (gst_virtcam_control_to_spec (&control, "gain"));
  GValue value = G_VALUE_INIT;

  fail_unless (G_IS_PARAM_SPEC_INT (spec));
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, 10);
  fail_if (g_param_value_validate (spec, &value));
  fail_unless_equals_int (g_value_get_int (&value), 10);
}
GST_END_TEST

static void
assert_refusal (
    const GstVirtcamControl *control, gint number, const gchar *words)
{
  GValue value = G_VALUE_INIT;
  g_autofree gchar *refusal = NULL;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  refusal = gst_virtcam_control_refuse (control, &control->query, &value);
  if (words == NULL)
    fail_unless (refusal == NULL, refusal);
  else
    fail_unless_equals_string (refusal, words);
}

GST_START_TEST (a_value_between_steps_is_not_refused)
{
  GstVirtcamControl control =
      make_control (V4L2_CTRL_TYPE_INTEGER, "Gain", -10, 10, 5);

  assert_refusal (&control, -10, NULL);
  assert_refusal (&control, 3, NULL);
  assert_refusal (&control, 10, NULL);
  assert_refusal (
      &control, 11, "takes -10 to 10 in steps of 5 (default 0), not 11");
}
GST_END_TEST

GST_START_TEST (arrays_keep_their_numbers)
{
  static const guint32 types[] = { V4L2_CTRL_TYPE_U8, V4L2_CTRL_TYPE_U16,
    V4L2_CTRL_TYPE_U32 };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    GstVirtcamControl control = make_control (types[i], "Table", 0, 255, 1);
    GValue value = G_VALUE_INIT, back = G_VALUE_INIT;
    struct v4l2_ext_control raw;
    g_autofree gpointer memory = NULL;

    control.query.elems = 3;
    g_value_init (&value, GST_TYPE_ARRAY);
    g_value_init (&back, GST_TYPE_ARRAY);
    fail_unless (gst_value_deserialize (&value, "<1, 200, 255>"));
    fail_unless (
        gst_virtcam_control_refuse (&control, &control.query, &value) == NULL);
    memory = gst_virtcam_control_pack (&control, &value, &raw);
    fail_unless_equals_int (raw.size, 3 << i);
    gst_virtcam_control_unpack (&control, &raw, &back);
    fail_unless_equals_int (gst_value_array_get_size (&back), 3);
    fail_unless_equals_int (
        g_value_get_uint (gst_value_array_get_value (&back, 1)), 200);
    g_value_unset (&value);
    g_value_unset (&back);
  }
}
GST_END_TEST

static void
assert_array_refusal (guint32 type, const gchar *text, const gchar *words)
{
  GstVirtcamControl control = make_control (type, "Table", 0, 0, 0);
  GValue value = G_VALUE_INIT;
  g_autofree gchar *refusal = NULL;

  control.query.elems = type == V4L2_CTRL_TYPE_AREA ? 1 : 2;
  if (type != V4L2_CTRL_TYPE_AREA)
    control.query.maximum = 9;
  g_value_init (&value, GST_TYPE_ARRAY);
  fail_unless (gst_value_deserialize (&value, text));
  refusal = gst_virtcam_control_refuse (&control, &control.query, &value);
  if (words == NULL)
    fail_unless (refusal == NULL, "%s: %s", text, refusal);
  else
    fail_unless (refusal && strstr (refusal, words), "%s: %s", text, refusal);
  g_value_unset (&value);
}

GST_START_TEST (arrays_take_nothing_but_numbers_in_range)
{
  assert_array_refusal (V4L2_CTRL_TYPE_U8, "<1, 9>", NULL);
  assert_array_refusal (V4L2_CTRL_TYPE_U8, "<1, 10>", "takes 0 to 9");
  assert_array_refusal (V4L2_CTRL_TYPE_U8, "<1, x>", "not of \"x\"");
  assert_array_refusal (V4L2_CTRL_TYPE_U8, "<1>", "of 2 numbers, not of 1");
  assert_array_refusal (V4L2_CTRL_TYPE_AREA, "<640, 480>", NULL);
  assert_array_refusal (V4L2_CTRL_TYPE_AREA, "<640, x>", "not of \"x\"");
  assert_array_refusal (V4L2_CTRL_TYPE_AREA, "<640, -1>", "takes 0 to 4294");
}
GST_END_TEST

static Suite *
control_specs_suite (void)
{
  Suite *suite = suite_create ("control-specs");
  TCase *tcase = tcase_create ("control-specs");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, names_are_those_of_v4l2_ctl_with_dashes);
  tcase_add_test (tcase, names_that_collide_end_in_the_id);
  tcase_add_test (tcase, menu_items_are_told_apart);
  tcase_add_test (tcase, flags_become_those_of_properties);
  tcase_add_test (tcase, a_property_hands_every_value_on);
  tcase_add_test (tcase, a_value_between_steps_is_not_refused);
  tcase_add_test (tcase, arrays_keep_their_numbers);
  tcase_add_test (tcase, arrays_take_nothing_but_numbers_in_range);
  return suite;
}

GST_CHECK_MAIN (control_specs);
