/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * GstVirtcamControls:
 *
 * The child "controls" of a #GstVirtcamSrc: each control of its camera is a
 * property. GObject's properties belong to classes, so each set of controls
 * has a class of its own, derived from this one.
 *
 * Reading asks the camera. Setting goes to the camera, is remembered, and
 * repeated whenever the element opens the camera again; while it is closed,
 * or unplugged, it is remembered only. Then reading gives what was set last,
 * else the default. So an application may keep the child for as long as it
 * likes: without its element it reaches no camera.
 *
 * A value that the control does not take leaves it as it is, and is told by a
 * warning message of the element; while that is in NULL, by g_warning().
 *
 * "notify" comes when a set succeeded, in the thread that set it; and while
 * the element is playing, in its streaming thread, when anybody else changed
 * the control's value, range or flags.
 */

#include "controls/child.h"

#include "controls/access.h"
#include "controls/spec.h"

struct _GstVirtcamControls {
  GstObject parent;

  /* constant from gst_virtcam_controls_new() on; camera and report stay as long
   * as the parent, which whoever uses them holds */
  GstVirtcamCamera *camera;
  GstVirtcamReport *report;
  GstVirtcamControlChanged changed;

  /* guarded by the object lock: what the application set, in its order */
  GstStructure *wishes;
  /* atomic: in this thread values are only remembered */
  GThread *holding;
  /* the thread that is setting what control sources say, and the properties of
   * which it has told that their values are refused */
  GThread *syncing;
  GHashTable *told;
};

G_DEFINE_ABSTRACT_TYPE (
    GstVirtcamControls, gst_virtcam_controls, GST_TYPE_OBJECT)

static gboolean
is_button (GParamSpec *spec)
{
  return gst_virtcam_control_of (spec)->query.type == V4L2_CTRL_TYPE_BUTTON;
}

static gboolean
is_this_thread (GThread **thread)
{
  return g_atomic_pointer_get (thread) == g_thread_self ();
}

/* Wishes */

/* Each field is a GValue in a box: GstStructure takes no text but UTF-8. */
static const GValue *
get_wish (const GstStructure *wishes, const gchar *name)
{
  const GValue *box = gst_structure_get_value (wishes, name);

  return box ? g_value_get_boxed (box) : NULL;
}

static void
remember (GstVirtcamControls *self, GParamSpec *spec, const GValue *value)
{
  GstStructure *wishes = self->wishes;

  if (is_button (spec))
    return;
  GST_OBJECT_LOCK (self);
  gst_structure_remove_field (wishes, spec->name); /* the last one comes last */
  gst_structure_set (wishes, spec->name, G_TYPE_VALUE, value, NULL);
  GST_OBJECT_UNLOCK (self);
}

/* FALSE: it was not set. */
static gboolean
recall (GstVirtcamControls *self, GParamSpec *spec, GValue *value)
{
  const GValue *wish;

  GST_OBJECT_LOCK (self);
  wish = get_wish (self->wishes, spec->name);
  if (wish)
    g_value_copy (wish, value);
  GST_OBJECT_UNLOCK (self);
  return wish != NULL;
}

static GstStructure *
copy_wishes (GstVirtcamControls *self)
{
  GstStructure *copy;

  GST_OBJECT_LOCK (self);
  copy = gst_structure_copy (self->wishes);
  GST_OBJECT_UNLOCK (self);
  return copy;
}

/* Reading and setting */

static void
changed (GstVirtcamControls *self, GParamSpec *spec)
{
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (self));

  g_object_notify_by_pspec (G_OBJECT (self), spec);
  if (parent)
    self->changed (GST_ELEMENT_CAST (parent), self,
        gst_virtcam_control_of (spec)->query.id);
}

/* In NULL there is no bus to tell by. */
static void
tell_refusal (GstVirtcamControls *self, const GstVirtcamSetting *setting)
{
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (self));
  g_autofree gchar *camera = NULL;

  if (parent == NULL || setting->closed) {
    g_warning ("control \"%s\" %s", setting->spec->name, setting->refusal);
    return;
  }
  camera = gst_virtcam_report_dup_camera (self->report);
  GST_ELEMENT_WARNING (parent, RESOURCE, SETTINGS,
      ("Control \"%s\" of camera %s %s.", setting->spec->name, camera,
          setting->refusal),
      ("%s", g_param_spec_get_blurb (setting->spec)));
}

/* Tells what became of the value, and remembers it unless it was refused. Takes
 * the refusal. A control source goes on and on: to tell once is enough, and what
 * it sets is no setting to be repeated later. */
static gboolean
conclude (GstVirtcamControls *self, GstVirtcamSetting *setting)
{
  gboolean syncing = is_this_thread (&self->syncing);
  gboolean told = syncing && g_hash_table_contains (self->told, setting->spec);

  if (syncing && setting->refusal)
    g_hash_table_add (self->told, setting->spec);
  else if (told)
    g_hash_table_remove (self->told, setting->spec);

  if (setting->taken && !syncing)
    remember (self, setting->spec, setting->value);
  if (setting->refusal && !told)
    tell_refusal (self, setting);
  if (setting->taken && !(told && setting->refusal))
    changed (self, setting->spec);
  g_clear_pointer (&setting->refusal, g_free);
  return setting->taken;
}

static gboolean
set_values (GstVirtcamControls *self, GstVirtcamSetting *settings, guint n)
{
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (self));
  gboolean taken = TRUE;

  gst_virtcam_access_write (parent ? self->camera : NULL, settings, n);
  for (guint i = 0; i < n; i++)
    taken &= conclude (self, &settings[i]);
  return taken;
}

static gboolean
set_value (GstVirtcamControls *self, GParamSpec *spec, const GValue *value)
{
  GstVirtcamSetting setting = { .spec = spec, .value = value };

  return set_values (self, &setting, 1);
}

static void
gst_virtcam_controls_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  GstVirtcamControls *self = GST_VIRTCAM_CONTROLS (object);

  if (is_button (spec) && !g_value_get_boolean (value))
    return;
  if (is_this_thread (&self->holding) && !is_button (spec))
    remember (self, spec, value);
  else
    set_value (self, spec, value);
}

static void
gst_virtcam_controls_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  GstVirtcamControls *self = GST_VIRTCAM_CONTROLS (object);
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (self));

  if (is_this_thread (&self->holding) && recall (self, spec, value))
    return;
  if (parent && gst_virtcam_access_read (self->camera, spec, value))
    return;
  if (!recall (self, spec, value))
    g_param_value_set_default (spec, value);
}

/* Classes */

static void
gst_virtcam_controls_finalize (GObject *object)
{
  gst_structure_free (GST_VIRTCAM_CONTROLS (object)->wishes);
  g_hash_table_unref (GST_VIRTCAM_CONTROLS (object)->told);
  G_OBJECT_CLASS (gst_virtcam_controls_parent_class)->finalize (object);
}

static void
gst_virtcam_controls_class_init (GstVirtcamControlsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_controls_finalize;
}

static void
gst_virtcam_controls_init (GstVirtcamControls *self)
{
  self->wishes = gst_structure_new_empty ("wishes");
  self->told = g_hash_table_new (NULL, NULL);
}

/* GObject does not pass the two functions on to derived classes. */
static void
init_class (gpointer klass, gpointer data)
{
  GObjectClass *object_class = klass;
  GPtrArray *controls = data;
  g_auto (GStrv) names = gst_virtcam_control_names (controls);

  object_class->set_property = gst_virtcam_controls_set_property;
  object_class->get_property = gst_virtcam_controls_get_property;
  for (guint i = 0; i < controls->len; i++)
    g_object_class_install_property (object_class, i + 1,
        gst_virtcam_control_to_spec (
            g_ptr_array_index (controls, i), names[i]));
}

/* A class for each set of controls, forever, as types are. */
static GType
register_type (const gchar *name, GPtrArray *controls)
{
  const GTypeInfo info = { .class_size = sizeof (GstVirtcamControlsClass),
    .class_init = init_class,
    .class_data = g_ptr_array_ref (controls),
    .instance_size = sizeof (GstVirtcamControls) };
  GType type =
      g_type_register_static (GST_TYPE_VIRTCAM_CONTROLS, name, &info, 0);

  g_type_class_ref (type);
  return type;
}

/* The same for every device that has the same controls. */
static GType
type_for (GPtrArray *controls)
{
  static GMutex lock; /* guards the registration of types, of properties' too */
  g_autofree gchar *name = gst_virtcam_control_type_name (controls);
  GType type;

  g_mutex_lock (&lock);
  type = g_type_from_name (name);
  if (type == 0)
    type = register_type (name, controls);
  g_mutex_unlock (&lock);
  return type;
}

/* For the owner */

/* controls, of GstVirtcamControl: those of one device; what no property can stand
 * for is taken out. camera and report are there as long as the parent that the
 * child gets, an element. Not floating. */
GstVirtcamControls *
gst_virtcam_controls_new (GPtrArray *controls, GstVirtcamCamera *camera,
    GstVirtcamReport *report, GstVirtcamControlChanged changed)
{
  GstVirtcamControls *self;

  for (guint i = controls->len; i > 0; i--) {
    if (!gst_virtcam_control_get_kind (g_ptr_array_index (controls, i - 1)))
      g_ptr_array_remove_index (controls, i - 1);
  }
  self = g_object_new (
      type_for (controls), "name", GST_VIRTCAM_CONTROLS_NAME, NULL);
  self->camera = camera;
  self->report = report;
  self->changed = changed;
  return gst_object_ref_sink (self);
}

/* The property of a control, or NULL. */
GParamSpec *
gst_virtcam_controls_find (GstVirtcamControls *self, guint32 id)
{
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (self), &n);

  for (guint i = 0; i < n; i++) {
    const GstVirtcamControl *control = gst_virtcam_control_of (specs[i]);

    if (control && control->query.id == id)
      return specs[i];
  }
  return NULL;
}

/* Of an integer or a boolean. FALSE: there is no such control. */
gboolean
gst_virtcam_controls_get_number (
    GstVirtcamControls *self, guint32 id, gint *number)
{
  GParamSpec *spec = gst_virtcam_controls_find (self, id);
  GValue value = G_VALUE_INIT;

  if (spec == NULL || !(spec->flags & G_PARAM_READABLE) ||
      !g_value_type_transformable (spec->value_type, G_TYPE_INT))
    return FALSE;
  g_value_init (&value, G_TYPE_INT);
  g_object_get_property (G_OBJECT (self), spec->name, &value);
  *number = g_value_get_int (&value);
  return TRUE;
}

/* FALSE: there is no such control, or it does not take the number; that has
 * been told. */
gboolean
gst_virtcam_controls_set_number (
    GstVirtcamControls *self, guint32 id, gint number)
{
  GParamSpec *spec = gst_virtcam_controls_find (self, id);
  GValue value = G_VALUE_INIT, any = G_VALUE_INIT;
  gboolean ok;

  if (spec == NULL || !(spec->flags & G_PARAM_WRITABLE))
    return FALSE;
  g_value_init (&any, spec->value_type);
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  ok = g_value_transform (&value, &any) && set_value (self, spec, &any);
  g_value_unset (&any);
  return ok;
}

/* Somebody else has changed the control. */
void
gst_virtcam_controls_notify (GstVirtcamControls *self, guint32 id)
{
  GParamSpec *spec = gst_virtcam_controls_find (self, id);

  if (spec)
    changed (self, spec);
}

/* Sets what control sources say for a time; for the streaming thread. */
void
gst_virtcam_controls_sync (GstVirtcamControls *self, GstClockTime time)
{
  g_atomic_pointer_set (&self->syncing, g_thread_self ());
  gst_object_sync_values (GST_OBJECT (self), time);
  g_atomic_pointer_set (&self->syncing, NULL);
}

/* Sets again what was set, all at once: of a cluster of controls, such as gain
 * and automatic gain, the driver has to see all. */
void
gst_virtcam_controls_repeat (GstVirtcamControls *self)
{
  g_autoptr (GstStructure) wishes = copy_wishes (self);
  const guint n = gst_structure_n_fields (wishes);
  g_autofree GstVirtcamSetting *settings = g_new0 (GstVirtcamSetting, n);

  for (guint i = 0; i < n; i++) {
    const gchar *name = gst_structure_nth_field_name (wishes, i);

    settings[i].spec =
        g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
    settings[i].value = get_wish (wishes, name);
  }
  set_values (self, settings, n);
}

/* What this thread sets from here to the release is set then, all at once. */
void
gst_virtcam_controls_hold (GstVirtcamControls *self)
{
  g_atomic_pointer_set (&self->holding, g_thread_self ());
}

void
gst_virtcam_controls_release (GstVirtcamControls *self)
{
  g_atomic_pointer_set (&self->holding, NULL);
  gst_virtcam_controls_repeat (self);
}

static gboolean
inherit_wish (GstVirtcamControls *self, const gchar *name, const GValue *wish)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
  GValue value = G_VALUE_INIT;
  gboolean ok;

  if (spec == NULL)
    return FALSE;
  g_value_init (&value, spec->value_type);
  ok = g_value_transform (wish, &value);
  if (ok)
    remember (self, spec, &value);
  g_value_unset (&value);
  return ok;
}

/* Takes over what was set on another camera. The result names what this one
 * does not have, or is NULL. */
gchar *
gst_virtcam_controls_inherit (
    GstVirtcamControls *self, GstVirtcamControls *older)
{
  g_autoptr (GstStructure) wishes = copy_wishes (older);
  g_autoptr (GString) lost = g_string_new (NULL);

  for (gint i = 0; i < gst_structure_n_fields (wishes); i++) {
    const gchar *name = gst_structure_nth_field_name (wishes, i);

    if (!inherit_wish (self, name, get_wish (wishes, name)))
      g_string_append_printf (lost, "%s%s", lost->len ? ", " : "", name);
  }
  return lost->len ? g_strdup (lost->str) : NULL;
}
