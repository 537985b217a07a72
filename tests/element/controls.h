/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of controls share: the child, the camera's side, and a driver
 * that can be made to behave in other ways. */
#pragma once

#include "rig.h"

/* The source's child; its camera must have been opened. */
GObject *controls_get (GstElement *source);
/* The same, with the source set to READY. */
GObject *controls_open (Rig *rig);
GParamSpec *controls_find (GObject *controls, const gchar *name, GType type);
gchar *controls_table_row (GParamSpec *spec);
guint controls_count_rows (const gchar *page);

/* The oldest warning on the bus names the control and has the words. */
void controls_assert_warning (Rig *rig, const gchar *name, const gchar *words);

/* Counts the notifications; waiting fails when there are more already. */
void controls_watch (Rig *rig, GObject *controls, const gchar *signal);
void controls_wait_for_notify (Rig *rig, guint count);
/* A handler of notify: writes the new value into a gint. */
void controls_note_value (GObject *controls, GParamSpec *spec, gint *value);

/* As another program would. */
void camera_set (const gchar *node, guint32 id, gint value);
gint camera_get (const gchar *node, guint32 id);

/* What some controls were, ended by NULL, to be put back: vivid is every
 * test's. Their child must still be open then. */
typedef struct {
  GObject *controls;
  GHashTable *values;
} KeptControls;
KeptControls *controls_keep (
    GObject *controls, const gchar *name, ...) G_GNUC_NULL_TERMINATED;
void controls_put_back (KeptControls *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeptControls, controls_put_back)

/* The first capture node of vivid; fails the test where there is none. */
gchar *find_vivid (void);

/* The control has this step from now on; 0, 0: none has. */
void driver_set_step (guint32 id, gint step);
/* The control is not there from now on; 0: all are. */
void driver_hide (guint32 id);
/* The control is held from now on, as if by the driver; 0: none is. */
#define ANY_CONTROL G_MAXUINT32
void driver_hold (guint32 id);
/* The same for another reason, a number of errno. */
void driver_refuse (guint32 id, gint number);
/* The camera goes when it has told the first of its controls; once. */
void driver_unbind_amid_controls (TestCamera *camera);
/* Counts the plugin's calls that have to do with controls, from now on; but
 * for the one that every stream makes. */
void driver_count_calls (void);
guint driver_n_control_calls (void);

/* Counts the plugin's S_EXT_CTRLS that have a control, and those that have
 * both, from now on. */
void driver_count_sets (guint32 one, guint32 other);
guint driver_n_sets (guint32 id);
guint driver_n_sets_of_both (void);

/* A thread that sets and reads a control for a while; data: the child. */
gpointer controls_set_often (gpointer data);
