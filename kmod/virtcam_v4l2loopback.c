// SPDX-License-Identifier: GPL-2.0-only
/*
 * OBS Studio offers its virtual camera only where /proc/modules has a line with
 * "v4l2loopback" in it, then takes any video output node. This module is that
 * line, and nothing else.
 *
 * It neither needs nor loads virtcam: loading virtcam makes the cameras that
 * the administrator asked for, and virtcam can be unloaded beside this module.
 * It has no alias "v4l2loopback": a script that loads v4l2loopback, to have the
 * cameras of v4l2loopback, must fail where there is none.
 */
#include <linux/module.h>
#include <linux/stringify.h>

MODULE_DESCRIPTION("Lets OBS Studio find virtcam's cameras");
MODULE_AUTHOR("The virtcam developers");
MODULE_VERSION(__stringify(VIRTCAM_VERSION));
MODULE_LICENSE("GPL");
