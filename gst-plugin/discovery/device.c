/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera that the provider has found, to capture from or to feed. */

#include "discovery/provider.h"

#include "session/offer.h"
#include "sink/offering.h"

struct _GstVirtcamDevice {
  GstDevice parent;

  const gchar *factory; /* of its elements */
  gchar *path;
  gchar *sysfs_path; /* NULL where udev knows nothing of the node */
};

G_DEFINE_TYPE (GstVirtcamDevice, gst_virtcam_device, GST_TYPE_DEVICE)

/* Elements */

static GstElement *
gst_virtcam_device_create_element (GstDevice *device, const gchar *name)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (device);

  return gst_element_factory_make_full (
      self->factory, "name", name, "device", self->path, NULL);
}

/* An element that has its camera open takes another one when it next leaves
 * NULL, which is not what the caller wants. */
static gboolean
gst_virtcam_device_reconfigure_element (GstDevice *device, GstElement *element)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (device);
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory == NULL ||
      !g_str_equal (GST_OBJECT_NAME (factory), self->factory))
    return FALSE;
  if (GST_STATE (element) > GST_STATE_NULL ||
      GST_STATE_PENDING (element) > GST_STATE_NULL)
    return FALSE;
  g_object_set (element, "camera", NULL, "device", self->path, NULL);
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

/* udev: what it knows of the node, or NULL. */
static void
describe_by_udev (GstStructure *properties, GUdevDevice *udev)
{
  for (guint i = 0; i < G_N_ELEMENTS (udev_fields); i++)
    set_text (properties, udev_fields[i].field,
        g_udev_device_get_property (udev, udev_fields[i].udev));
  set_text (properties, "sysfs.path", g_udev_device_get_sysfs_path (udev));
  /* where udev's rules say nothing */
  set_text (properties, "device.bus_path", g_udev_device_get_sysfs_path (udev));
  set_text (properties, "device.subsystem", g_udev_device_get_subsystem (udev));
}

static GstStructure *
describe (const GstVirtcamIdentity *identity, GUdevDevice *udev)
{
  GstStructure *properties = gst_structure_new ("virtcamdeviceprovider",
      "device.api", G_TYPE_STRING, "v4l2", "device.path", G_TYPE_STRING,
      identity->path, "v4l2.device.driver", G_TYPE_STRING, identity->driver,
      "v4l2.device.card", G_TYPE_STRING, identity->card, "v4l2.device.bus_info",
      G_TYPE_STRING, identity->bus_info, "v4l2.device.version", G_TYPE_UINT,
      identity->version, "v4l2.device.capabilities", G_TYPE_UINT,
      identity->capabilities, "v4l2.device.device_caps", G_TYPE_UINT,
      identity->device_caps, NULL);

  if (udev)
    describe_by_udev (properties, udev);
  set_text (properties, "device.product.name", identity->card);
  return properties;
}

static gpointer
refuse (const GstVirtcamIdentity *identity, const gchar *why, GError **error)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE, "%s (%s) %s", identity->path,
      identity->card, why);
  return NULL;
}

/* What an element for each direction is. */
static const struct {
  const gchar *factory, *class;
} elements[] = {
  [GST_VIRTCAM_CAPTURE] = { "virtcamsrc", "Video/Source" },
  [GST_VIRTCAM_OUTPUT] = { "virtcamsink", "Video/Sink" },
};

/* One that does both, such as a loopback device, counts as a camera. */
static GstVirtcamNode *
open_node (const gchar *path, GError **error)
{
  GstVirtcamNode *node = gst_virtcam_node_open (path, FALSE, error);

  if (node || !g_error_matches (*error, GST_VIRTCAM_NODE_ERROR,
                  GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE))
    return node;
  g_clear_error (error);
  return gst_virtcam_node_open_output (path, error);
}

/* What the element finds, too; NULL with an error if there is nothing. */
static GstCaps *
find_caps (GstVirtcamNode *node, GError **error)
{
  const GstVirtcamIdentity *identity = gst_virtcam_node_get_identity (node);
  GstVirtcamDirection direction = gst_virtcam_node_get_direction (node);
  g_autoptr (GstCaps) caps = NULL;

  if (!gst_virtcam_identity_is (identity, direction))
    return refuse (identity, "is no camera", error);
  caps = direction == GST_VIRTCAM_CAPTURE
             ? gst_virtcam_offer_caps (gst_virtcam_node_get_modes (node), NULL,
                   GST_VIRTCAM_FORM_PLAIN_FIRST)
             : gst_virtcam_offering_get_caps (node, NULL);
  if (gst_caps_is_empty (caps))
    return refuse (identity, "has no video for either element", error);
  return g_steal_pointer (&caps);
}

GstVirtcamDevice *
gst_virtcam_device_new (const gchar *path, GUdevDevice *udev, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GstVirtcamNode) node = open_node (path, &failure);
  g_autoptr (GstCaps) caps = node ? find_caps (node, &failure) : NULL;
  g_autoptr (GstStructure) properties = NULL;
  const GstVirtcamIdentity *identity;
  GstVirtcamDirection direction;
  GstVirtcamDevice *self;

  if (caps == NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
  }
  identity = gst_virtcam_node_get_identity (node);
  direction = gst_virtcam_node_get_direction (node);
  properties = describe (identity, udev);
  self = g_object_new (GST_TYPE_VIRTCAM_DEVICE, "display-name",
      identity->card[0] ? identity->card : path, "caps", caps, "device-class",
      elements[direction].class, "properties", properties, NULL);
  self->factory = elements[direction].factory;
  self->path = g_strdup (path);
  if (udev)
    self->sysfs_path = g_strdup (g_udev_device_get_sysfs_path (udev));
  return gst_object_ref_sink (self);
}

gboolean
gst_virtcam_device_is_node (GstVirtcamDevice *self, GUdevDevice *udev)
{
  return g_strcmp0 (self->sysfs_path, g_udev_device_get_sysfs_path (udev)) == 0;
}

/* Class */

static void
gst_virtcam_device_finalize (GObject *object)
{
  GstVirtcamDevice *self = GST_VIRTCAM_DEVICE (object);

  g_free (self->path);
  g_free (self->sysfs_path);
  G_OBJECT_CLASS (gst_virtcam_device_parent_class)->finalize (object);
}

static void
gst_virtcam_device_class_init (GstVirtcamDeviceClass *klass)
{
  GstDeviceClass *device_class = GST_DEVICE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_device_finalize;
  device_class->create_element = gst_virtcam_device_create_element;
  device_class->reconfigure_element = gst_virtcam_device_reconfigure_element;
}

static void
gst_virtcam_device_init (GstVirtcamDevice *self)
{
}
