/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vhost/camera.h"
#include "viewer.h"

/* A camera, and a machine in this process that is joined to it by a socket. */
typedef struct {
  gchar *dir, *path;
  VmCamera *camera;
  Guest *guest;

  /* what the camera has called, for rig_wait(); why: the last reason, to be freed */
  GMutex lock;
  GCond cond;
  guint n_started, n_stopped, n_queued, n_set, n_come, n_gone;
  gchar *why;
} Rig;

#define WIDTH 320
#define HEIGHT 240
#define FRAME (WIDTH * HEIGHT * 2)

/* Of the camera's name, which is longer by a character of two bytes, what has room */
#define RIG_CARD "test camera of the kitchen no."

Rig *rig_new (GuestFlags flags);
/* Without a machine. */
Rig *rig_new_alone (void);
/* The error of a second camera at the same path. */
int rig_try (Rig *rig);
void rig_free (Rig *rig);
/* Until it has been called so often. */
void rig_wait (Rig *rig, const guint *counter, guint value);
/* A viewer that streams into so many buffers. */
Viewer *rig_watch (Rig *rig, guint32 memory, guint n_buffers);
