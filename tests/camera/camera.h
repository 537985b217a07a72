/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cameras that a test makes for itself through configfs, and takes away again.
 *
 * Whatever fails here ends the test program with a message: a test without its
 * camera has nothing left to say. The functions with a GError are those whose
 * failure a test may want to see.
 */
#ifndef TEST_CAMERA_H
#define TEST_CAMERA_H

#include <glib.h>

#define VIRTCAM_CONFIGFS "/sys/kernel/config/virtcam"
#define VIRTCAM_DRIVER "/sys/bus/platform/drivers/virtcam"
#define VIRTCAM_FEED_DRIVER "/sys/bus/platform/drivers/virtcam-feed"

/**
 * TestCamera:
 * @directory: its place in configfs
 * @node: its device node, such as "/dev/video3"; NULL while not enabled
 * @output: of a feed, the node that takes its frames; else NULL
 * @device: its platform device, such as "virtcam.1"; NULL while not enabled
 * @driver: that device's driver in sysfs
 */
typedef struct
{
  char *directory;
  char *node;
  char *output;
  char *device;
  const char *driver;
} TestCamera;

/**
 * test_camera_available:
 *
 * Returns: whether this kernel has virtcam loaded and configfs mounted
 */
gboolean test_camera_available (void);

/**
 * test_camera_new:
 * @attribute: (nullable): first name of NAME, VALUE pairs, ended by NULL
 *
 * Makes a directory with a name of its own, sets the attributes and enables
 * the camera. The node can be opened when this returns.
 *
 * Returns: (transfer full): the camera; free with test_camera_free()
 */
TestCamera *test_camera_new (const char *attribute, ...)
    G_GNUC_NULL_TERMINATED;

/**
 * test_camera_prepare:
 *
 * Returns: (transfer full): a camera's directory, not enabled yet
 */
TestCamera *test_camera_prepare (void);

/**
 * test_feed_new:
 * @attribute: (nullable): first name of NAME, VALUE pairs, ended by NULL
 *
 * As test_camera_new(), but a camera that programs feed.
 */
TestCamera *test_feed_new (const char *attribute, ...) G_GNUC_NULL_TERMINATED;

/** As test_camera_prepare(), but for a camera that programs feed. */
TestCamera *test_feed_prepare (void);

/**
 * test_feed_viewer_node:
 * @index: 0 for the first
 *
 * Returns: (transfer full): one of the capture nodes of a feed
 */
char *test_feed_viewer_node (TestCamera * camera, guint index);

/**
 * test_camera_set:
 * @error: (out): G_FILE_ERROR with the code of errno on failure
 *
 * Writes one attribute.
 *
 * Returns: whether the kernel took the value
 */
gboolean test_camera_set (TestCamera * camera, const char *attribute,
    const char *value, GError ** error);

/**
 * test_camera_get:
 *
 * Returns: (transfer full): the attribute's value without its newline
 */
char *test_camera_get (TestCamera * camera, const char *attribute);

/**
 * test_camera_enable:
 *
 * Writes 1 to "enabled" and fills in the camera's node and device.
 */
void test_camera_enable (TestCamera * camera);

/**
 * test_camera_unbind:
 *
 * Pulls the driver from the device through sysfs, as an unplug does.
 */
void test_camera_unbind (TestCamera * camera);

/**
 * test_camera_bind:
 *
 * Gives the device its driver back and fills in the new node.
 */
void test_camera_bind (TestCamera * camera);

/**
 * test_camera_remove:
 *
 * Removes the directory, and with it the camera. Does nothing the second time.
 */
void test_camera_remove (TestCamera * camera);

/**
 * test_camera_free:
 * @camera: (nullable) (transfer full): the camera
 *
 * Removes the camera where that has not happened yet.
 */
void test_camera_free (TestCamera * camera);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestCamera, test_camera_free)

/**
 * test_camera_settle:
 *
 * Waits until udev has closed the nodes that it looks into when they appear.
 */
void test_camera_settle (void);

#endif
