/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A recorded session of a driver with a host: vectors/recorded.txt. */

typedef enum {
  RECORDED_SECTION,
  RECORDED_COMMAND,
  RECORDED_ANSWER,
  RECORDED_EVENT,
} RecordedKind;

typedef struct {
  RecordedKind kind;
  guint number;
  gchar *name;   /* of a section */
  GBytes *bytes; /* of the others */
  gsize room;    /* for the answer to a command */
} Recorded;

/* Recordeds, in the order of time. */
GPtrArray *recording_read (void);
