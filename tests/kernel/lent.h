/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cameras that the virtual machine's host lends: of tests/vm/lender, in a guest that
 * was booted with --vm-camera. There are two; the second one's host has no shared
 * memory to offer, and that one can be pulled out of the machine.
 */
#ifndef TEST_LENT_H
#define TEST_LENT_H

#include "camera.h"

/**
 * lent_init:
 *
 * Ends the test program with a skip where no host lends a camera.
 */
void lent_init (void);

/** Loads virtcam-virtio anew. @memory: its parameter: "pages" or "mmap" */
void lent_load (const char *memory);
void lent_unload (void);
/** For lent_load() from now on. @parameter: virtcam-virtio's: "timeout=5000" */
void lent_set_timeout (const char *parameter);

/** Returns: how many cameras there are */
guint lent_count (void);

/**
 * lent_new:
 * @number: 0 for the first
 *
 * Returns: (transfer full): a camera, for lent_free()
 */
TestCamera *lent_new (guint number);
/** Brings the camera back where a test took it away. */
void lent_free (TestCamera *camera);

/**
 * lent_ask:
 * @request: what tests/guest/ask lists, such as "unplug 0"
 *
 * Returns once the lab has done it, which it must.
 */
void lent_ask (const char *request);
/* Two ways to unplug, which tell how long they took: */
/** Takes the camera's device from its driver. */
void lent_unbind (TestCamera *camera);
/** Pulls the second camera's device out of the machine. */
void lent_unplug (TestCamera *camera);

#endif
