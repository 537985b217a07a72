/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every ioctl of V4L2, and how a sensible argument of it looks.
 */
#ifndef HOSTILE_IOCTL_H
#define HOSTILE_IOCTL_H

#include "hostile-caller.h"

/* Linux 6.10; Debian 12's headers do not have it. */
typedef struct {
  guint32 index;
  guint32 count;
  guint32 type;
  guint32 reserved[13];
} RemoveBuffers;

#define HOSTILE_REMOVE_BUFS _IOWR ('V', 104, RemoveBuffers)

/**
 * HostileIoctl:
 * @request: its number
 * @weight: how often it is called; 0 for one that virtcam does not have
 * @fill: makes an argument that may well succeed
 * @pointer: where in the argument a pointer lies, or 0
 * @from: the first kernel with it, as major * 100 + minor, or 0
 * @never: where it never succeeds, as bits: see Called
 */
typedef struct {
  const char *name;
  unsigned long request;
  guint weight;
  void (*fill) (Caller *caller, gpointer argument);
  guint pointer;
  guint from;
  guint never;
} HostileIoctl;

extern const HostileIoctl hostile_ioctls[];
extern const guint hostile_n_ioctls;

/** Returns: the place in the table of the ioctl with this number */
guint hostile_ioctl_find (unsigned long request);

#endif
