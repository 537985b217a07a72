/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera that the provider has found.
 *
 * GstDevice takes its caps when it is made and hands them out without asking
 * anybody, so there is no moment at which gst_device_get_caps() could make the
 * camera enumerate. Until it has been asked, its caps are therefore those of
 * virtcamsrc's template: everything that it may turn out to have. Reading the
 * property "caps" asks; so does the provider, before it shows the camera to a
 * GstDeviceMonitor (which looks at the caps of all), or else when it is idle. */

#include "gstvirtcamdevice.h"

#include "gstvirtcamcaps.h"

GST_DEBUG_CATEGORY_STATIC (gst_virtcam_device_debug);
#define GST_CAT_DEFAULT gst_virtcam_device_debug

enum { PROP_0, PROP_CAPS };

struct _GstVirtcamDevice {
  GstDevice parent;

  VirtcamIdentity *identity;
  gchar *sysfs_path;
  GstCaps *first_caps; /* somebody may just be taking them: see set_caps */

  GMutex ask_lock; /* one thread asks, others wait for the answer */
  gint asked;      /* atomic */
  gboolean usable; /* guarded by ask_lock */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamDevice, gst_virtcam_device, GST_TYPE_DEVICE,
    GST_DEBUG_CATEGORY_INIT (gst_virtcam_device_debug, "virtcamdevice", 0,
        "virtcam camera as a device"))

/* Caps */

static void
set_parent_caps (GObject *object, const GValue *caps)
{
  GObjectClass *parent = G_OBJECT_CLASS (gst_virtcam_device_parent_class);
  GParamSpec *pspec = g_object_class_find_property (parent, "caps");

  parent->set_property (object, pspec->param_id, caps, pspec);
}

/* gst_device_get_caps() takes no lock: a thread may have read the pointer to the
 * first caps and not yet taken its reference. They live as long as the device,
 * and change but once. */
static void
set_caps (GstVirtcamDevice *self, GstCaps *caps)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, GST_TYPE_CAPS);
  gst_value_set_caps (&value, caps);
  set_parent_caps (G_OBJECT (self), &value);
  g_value_unset (&value);
}

/* As the element finds them: it opens the node and enumerates. NULL if the node
 * cannot be opened. */
static GstCaps *
ask_element (GstVirtcamDevice *self)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_device_create_element (GST_DEVICE (self), NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  GstCaps *caps = NULL;

  if (gst_element_set_state (element, GST_STATE_READY) !=
      GST_STATE_CHANGE_FAILURE)
    caps = gst_pad_query_caps (pad, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  return caps;
}

static gboolean
ask_once (GstVirtcamDevice *self)
{
  g_autoptr (GstCaps) caps = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->asked, FALSE, TRUE))
    return FALSE;
  caps = ask_element (self);
  GST_DEBUG_OBJECT (
      self, "%s has %" GST_PTR_FORMAT, self->identity->path, caps);
  if (caps == NULL)
    return FALSE;
  self->usable = !gst_caps_is_empty (caps);
  set_caps (self, caps);
  return TRUE;
}

gboolean
gst_virtcam_device_ask (GstVirtcamDevice *self)
{
  gboolean changed, usable;

  g_mutex_lock (&self->ask_lock);
  changed = ask_once (self);
  usable = self->usable;
  g_mutex_unlock (&self->ask_lock);
  if (changed)
    g_object_notify (G_OBJECT (self), "caps");
  return usable;
}

gboolean
gst_virtcam_device_is_unasked (GstVirtcamDevice *self)
{
  return !g_atomic_int_get (&self->asked);
}

/* Elements */

static GstElement *
gst_virtcam_device_create_element (GstDevice *device, const gchar *name)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (device);

  return gst_element_factory_make_full (
      "virtcamsrc", "name", name, "device", self->identity->path, NULL);
}

/* An element that has its camera open takes another one when it next leaves
 * NULL, which is not what the caller wants. */
static gboolean
gst_virtcam_device_reconfigure_element (GstDevice *device, GstElement *element)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (device);
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory == NULL || !g_str_equal (GST_OBJECT_NAME (factory), "virtcamsrc"))
    return FALSE;
  if (GST_STATE (element) > GST_STATE_NULL ||
      GST_STATE_PENDING (element) > GST_STATE_NULL)
    return FALSE;
  g_object_set (element, "camera", NULL, "device", self->identity->path, NULL);
  return TRUE;
}

/* Making one */

/* From the name of udev's property to GstDevice's; of those with the same name
 * the first counts. */
static const struct {
  const gchar *field, *udev;
} udev_fields[] = {
  { "device.bus_path", "ID_PATH" },
  { "device.bus", "ID_BUS" },
  { "device.subsystem", "SUBSYSTEM" },
  { "device.vendor.id", "ID_VENDOR_ID" },
  { "device.vendor.name", "ID_VENDOR_FROM_DATABASE" },
  { "device.vendor.name", "ID_VENDOR" },
  { "device.product.id", "ID_MODEL_ID" },
  { "device.product.name", "ID_V4L_PRODUCT" },
  { "device.product.name", "ID_MODEL_FROM_DATABASE" },
  { "device.product.name", "ID_MODEL" },
  { "device.serial", "ID_SERIAL" },
  { "device.capabilities", "ID_V4L_CAPABILITIES" },
  { "udev.id", "ID_ID" },
};

static void
set_text (GstStructure *properties, const gchar *field, const gchar *text)
{
  if (text && text[0] && g_utf8_validate (text, -1, NULL) &&
      !gst_structure_has_field (properties, field))
    gst_structure_set (properties, field, G_TYPE_STRING, text, NULL);
}

static GstStructure *
describe (const VirtcamIdentity *identity, GUdevDevice *node)
{
  GstStructure *properties = gst_structure_new ("virtcamdeviceprovider",
      "device.api", G_TYPE_STRING, "v4l2", "device.path", G_TYPE_STRING,
      identity->path, "v4l2.device.driver", G_TYPE_STRING, identity->driver,
      "v4l2.device.card", G_TYPE_STRING, identity->card, "v4l2.device.bus_info",
      G_TYPE_STRING, identity->bus_info, "v4l2.device.version", G_TYPE_UINT,
      identity->version, "v4l2.device.capabilities", G_TYPE_UINT,
      identity->capabilities, "v4l2.device.device_caps", G_TYPE_UINT,
      identity->device_caps, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (udev_fields); i++)
    set_text (properties, udev_fields[i].field,
        g_udev_device_get_property (node, udev_fields[i].udev));
  set_text (properties, "sysfs.path", g_udev_device_get_sysfs_path (node));
  /* where udev says nothing */
  set_text (properties, "device.bus_path", g_udev_device_get_sysfs_path (node));
  set_text (properties, "device.subsystem", g_udev_device_get_subsystem (node));
  set_text (properties, "device.product.name", identity->card);
  return properties;
}

GstVirtcamDevice *
gst_virtcam_device_new (VirtcamIdentity *identity, GUdevDevice *node)
{
  g_autoptr (GstStructure) properties = describe (identity, node);
  g_autoptr (GstCaps) caps = gst_virtcam_caps_template ();
  GstVirtcamDevice *self =
      g_object_new (GST_TYPE_VIRTCAM_DEVICE, "display-name",
          identity->card[0] ? identity->card : identity->path, "caps", caps,
          "device-class", "Source/Video", "properties", properties, NULL);

  self->identity = identity;
  self->sysfs_path = g_strdup (g_udev_device_get_sysfs_path (node));
  return self;
}

gboolean
gst_virtcam_device_is_node (GstVirtcamDevice *self, GUdevDevice *node)
{
  return g_strcmp0 (self->sysfs_path, g_udev_device_get_sysfs_path (node)) == 0;
}

/* Class */

static void
gst_virtcam_device_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id != PROP_CAPS) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  GST_VIRTCAM_DEVICE (object)->first_caps = g_value_dup_boxed (value);
  set_parent_caps (object, value);
}

static void
gst_virtcam_device_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id != PROP_CAPS) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  gst_virtcam_device_ask (GST_VIRTCAM_DEVICE (object));
  g_value_take_boxed (value, gst_device_get_caps (GST_DEVICE (object)));
}

static void
gst_virtcam_device_finalize (GObject *object)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (object);

  virtcam_identity_free (self->identity);
  g_free (self->sysfs_path);
  gst_clear_caps (&self->first_caps);
  g_mutex_clear (&self->ask_lock);
  G_OBJECT_CLASS (gst_virtcam_device_parent_class)->finalize (object);
}

static void
gst_virtcam_device_class_init (GstVirtcamDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstDeviceClass *device_class = GST_DEVICE_CLASS (klass);

  object_class->set_property = gst_virtcam_device_set_property;
  object_class->get_property = gst_virtcam_device_get_property;
  object_class->finalize = gst_virtcam_device_finalize;
  g_object_class_override_property (object_class, PROP_CAPS, "caps");
  device_class->create_element = gst_virtcam_device_create_element;
  device_class->reconfigure_element = gst_virtcam_device_reconfigure_element;
}

static void
gst_virtcam_device_init (GstVirtcamDevice *self)
{
  g_mutex_init (&self->ask_lock);
}
