/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be done to a camera and its mappings without an ioctl.
 */
#ifndef HOSTILE_DEED_H
#define HOSTILE_DEED_H

#include "hostile-caller.h"

typedef struct {
  const char *name;
  void (*act) (Caller *caller);
} HostileDeed;

extern const HostileDeed hostile_deeds[];
extern const guint hostile_n_deeds;

/** Returns: the node to be called, unless what is done there would stay with it */
int hostile_deed_node (Caller *caller);

/** Ends all mappings of the caller. */
void hostile_deeds_finish (Caller *caller);

#endif
