/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "controls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The child */

GObject *
controls_get (GstElement *source)
{
  GObject *controls =
      gst_child_proxy_get_child_by_name (GST_CHILD_PROXY (source), "controls");

  fail_unless (controls != NULL);
  return controls;
}

GObject *
controls_open (Rig *rig)
{
  gst_bus_set_flushing (rig->bus, FALSE);
  fail_unless_equals_int (
      gst_element_set_state (rig->pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  return controls_get (rig->source);
}

GParamSpec *
controls_find (GObject *controls, const gchar *name, GType type)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (controls), name);

  fail_unless (spec != NULL, "no %s", name);
  fail_unless (g_type_is_a (spec->value_type, type), "%s is %s, not %s", name,
      g_type_name (spec->value_type), g_type_name (type));
  fail_unless (*g_param_spec_get_blurb (spec) != '\0');
  return spec;
}

static gchar *
range_of (GParamSpec *spec)
{
  if (G_IS_PARAM_SPEC_INT (spec))
    return g_strdup_printf ("%d to %d | %d", G_PARAM_SPEC_INT (spec)->minimum,
        G_PARAM_SPEC_INT (spec)->maximum,
        G_PARAM_SPEC_INT (spec)->default_value);
  if (G_IS_PARAM_SPEC_ENUM (spec))
    return g_strdup_printf ("%u items | %s",
        G_PARAM_SPEC_ENUM (spec)->enum_class->n_values,
        g_enum_get_value (G_PARAM_SPEC_ENUM (spec)->enum_class,
            G_PARAM_SPEC_ENUM (spec)->default_value)
            ->value_nick);
  if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    return g_strdup ("true, false | false");
  return g_strdup ("0 and more | 0");
}

/* As docs/controls.md has it. */
gchar *
controls_table_row (GParamSpec *spec)
{
  GType type = spec->value_type;
  g_autofree gchar *range = range_of (spec);

  return g_strdup_printf ("| `%s` | %s | %s | %s |", spec->name,
      G_TYPE_IS_ENUM (type) ? "menu" : g_type_name (type) + 1, range,
      spec->flags & G_PARAM_WRITABLE ? "yes" : "no");
}

guint
controls_count_rows (const gchar *page)
{
  guint count = 0;

  while ((page = strstr (page, "\n| `")) != NULL) {
    count++;
    page++;
  }
  return count;
}

void
controls_assert_warning (Rig *rig, const gchar *name, const gchar *words)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING);
  g_autofree gchar *quoted = g_strdup_printf ("Control \"%s\"", name);
  g_autoptr (GError) error = NULL;

  fail_unless (message != NULL, "nothing said of %s", name);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, quoted) != NULL, error->message);
  fail_unless (strstr (error->message, words) != NULL, error->message);
}

/* Putting back */

static void
free_value (gpointer data)
{
  GValue *value = data;

  g_value_unset (value);
  g_free (value);
}

KeptControls *
controls_keep (GObject *controls, const gchar *name, ...)
{
  KeptControls *kept = g_new0 (KeptControls, 1);
  va_list names;

  kept->controls = g_object_ref (controls);
  kept->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_value);
  va_start (names, name);
  for (; name; name = va_arg (names, const gchar *)) {
    GValue *value = g_new0 (GValue, 1);

    g_object_get_property (controls, name, value);
    g_hash_table_insert (kept->values, (gpointer) name, value);
  }
  va_end (names);
  return kept;
}

void
controls_put_back (KeptControls *kept)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, kept->values);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_object_set_property (kept->controls, name, value);
  g_hash_table_unref (kept->values);
  g_object_unref (kept->controls);
  g_free (kept);
}

/* Notifications; check forks, so each test has a count of its own */

static guint n_notified;

static void
count_notify (GObject *controls, GParamSpec *spec, gpointer data)
{
  Rig *rig = data;

  g_mutex_lock (&rig->lock);
  n_notified++;
  g_cond_broadcast (&rig->arrived);
  g_mutex_unlock (&rig->lock);
}

void
controls_watch (Rig *rig, GObject *controls, const gchar *signal)
{
  n_notified = 0;
  g_signal_connect (controls, signal, G_CALLBACK (count_notify), rig);
}

void
controls_wait_for_notify (Rig *rig, guint count)
{
  g_mutex_lock (&rig->lock);
  while (n_notified < count)
    g_cond_wait (&rig->arrived, &rig->lock);
  fail_unless_equals_int (n_notified, count);
  g_mutex_unlock (&rig->lock);
}

void
controls_note_value (GObject *controls, GParamSpec *spec, gint *value)
{
  g_object_get (controls, spec->name, value, NULL);
}

gpointer
controls_set_often (gpointer data)
{
  gint value;

  for (guint i = 0; i < 200; i++) {
    g_object_set (data, "brightness", i, NULL);
    g_object_get (data, "brightness", &value, NULL);
    fail_unless_equals_int (value, i);
  }
  return NULL;
}

/* The camera's side */

void
camera_set (const gchar *node, guint32 id, gint value)
{
  struct v4l2_control control = { .id = id, .value = value };
  gint fd = open (node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0);
  fail_unless_equals_int (ioctl (fd, VIDIOC_S_CTRL, &control), 0);
  close (fd);
}

gint
camera_get (const gchar *node, guint32 id)
{
  struct v4l2_control control = { .id = id };
  gint fd = open (node, O_RDWR | O_CLOEXEC);

  fail_unless (fd >= 0);
  fail_unless_equals_int (ioctl (fd, VIDIOC_G_CTRL, &control), 0);
  close (fd);
  return control.value;
}

static gboolean
is_vivid (const gchar *node)
{
  struct v4l2_capability capability;
  gint fd = open (node, O_RDWR | O_CLOEXEC);
  gboolean found;

  if (fd < 0)
    return FALSE;
  found = ioctl (fd, VIDIOC_QUERYCAP, &capability) == 0 &&
          g_str_equal ((gchar *) capability.driver, "vivid") &&
          (capability.device_caps & V4L2_CAP_VIDEO_CAPTURE);
  close (fd);
  return found;
}

gchar *
find_vivid (void)
{
  for (guint i = 0; i < 64; i++) {
    g_autofree gchar *node = g_strdup_printf ("/dev/video%u", i);

    if (is_vivid (node))
      return g_steal_pointer (&node);
  }
  fail ("vivid is not loaded");
  return NULL;
}

/* The driver, as the plugin sees it: its calls come through here. */

static guint32 stepped_id, hidden_id, refused_id;
static gint stepped_by, refused_errno;
static gint n_control_calls;
static TestCamera *leaving;

void
driver_set_step (guint32 id, gint step)
{
  stepped_id = id;
  stepped_by = step;
}

void
driver_hide (guint32 id)
{
  hidden_id = id;
}

void
driver_hold (guint32 id)
{
  driver_refuse (id, EBUSY);
}

void
driver_refuse (guint32 id, gint number)
{
  refused_id = id;
  refused_errno = number;
}

void
driver_unbind_amid_controls (TestCamera *camera)
{
  leaving = camera;
}

void
driver_count_calls (void)
{
  g_atomic_int_set (&n_control_calls, 0);
}

guint
driver_n_control_calls (void)
{
  return g_atomic_int_get (&n_control_calls);
}

static guint32 counted_ids[2];
static gint n_sets[2], n_sets_of_both;

void
driver_count_sets (guint32 one, guint32 other)
{
  counted_ids[0] = one;
  counted_ids[1] = other;
  g_atomic_int_set (&n_sets[0], 0);
  g_atomic_int_set (&n_sets[1], 0);
  g_atomic_int_set (&n_sets_of_both, 0);
}

guint
driver_n_sets (guint32 id)
{
  return g_atomic_int_get (&n_sets[id == counted_ids[1]]);
}

guint
driver_n_sets_of_both (void)
{
  return g_atomic_int_get (&n_sets_of_both);
}

/* Changes of the source are subscribed to in any case. */
static gboolean
is_control_call (gulong request, gpointer argument)
{
  const struct v4l2_event_subscription *subscription = argument;

  if (request == VIDIOC_SUBSCRIBE_EVENT)
    return subscription->type == V4L2_EVENT_CTRL;
  return request == VIDIOC_QUERYCTRL || request == VIDIOC_QUERY_EXT_CTRL ||
         request == VIDIOC_QUERYMENU || request == VIDIOC_G_EXT_CTRLS ||
         request == VIDIOC_S_EXT_CTRLS || request == VIDIOC_DQEVENT;
}

static void
round_value (struct v4l2_ext_controls *controls)
{
  for (guint i = 0; i < controls->count; i++) {
    if (controls->controls[i].id == stepped_id)
      controls->controls[i].value =
          (controls->controls[i].value + stepped_by / 2) / stepped_by *
          stepped_by;
  }
}

static gboolean
has_control (const struct v4l2_ext_controls *controls, guint32 id)
{
  for (guint i = 0; i < controls->count; i++) {
    if (controls->controls[i].id == id)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_refused (gulong request, gpointer argument)
{
  return refused_id && request == VIDIOC_S_EXT_CTRLS &&
         (refused_id == ANY_CONTROL || has_control (argument, refused_id));
}

static void
count_set (const struct v4l2_ext_controls *controls)
{
  gboolean both = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (counted_ids); i++) {
    gboolean has = has_control (controls, counted_ids[i]);

    g_atomic_int_add (&n_sets[i], has);
    both = both && has;
  }
  g_atomic_int_add (&n_sets_of_both, both);
}

static gboolean
is_hidden (gulong request, gpointer argument)
{
  return hidden_id && request == VIDIOC_QUERY_EXT_CTRL &&
         ((struct v4l2_query_ext_ctrl *) argument)->id == hidden_id;
}

__attribute__ ((visibility ("default"))) int
v4l2_ioctl (int fd, unsigned long request, ...)
{
  static int (*next) (int, unsigned long, ...);
  va_list arguments;
  void *argument;
  int result;

  va_start (arguments, request);
  argument = va_arg (arguments, void *);
  va_end (arguments);
  if (next == NULL)
    next = (int (*) (int, unsigned long, ...)) dlsym (
        dlopen ("libv4l2.so.0", RTLD_LAZY), "v4l2_ioctl");
  if (is_control_call (request, argument))
    g_atomic_int_inc (&n_control_calls);
  if (request == VIDIOC_S_EXT_CTRLS)
    count_set (argument);
  if (stepped_id && request == VIDIOC_S_EXT_CTRLS)
    round_value (argument);
  if (is_refused (request, argument)) {
    errno = refused_errno;
    return -1;
  }
  result = next (fd, request, argument);
  if (result == 0 && is_hidden (request, argument)) {
    /* the one after it */
    ((struct v4l2_query_ext_ctrl *) argument)->id |= V4L2_CTRL_FLAG_NEXT_CTRL;
    result = next (fd, request, argument);
  }
  if (leaving && request == VIDIOC_QUERY_EXT_CTRL)
    test_camera_unbind (g_steal_pointer (&leaving));
  if (stepped_id && request == VIDIOC_QUERY_EXT_CTRL &&
      ((struct v4l2_query_ext_ctrl *) argument)->id == stepped_id)
    ((struct v4l2_query_ext_ctrl *) argument)->step = stepped_by;
  return result;
}
