/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "vhost/message.h"

/* A virtual machine monitor, as far as it is a front end of vhost-user: its messages,
 * and the region of shared memory into which it maps what it is asked to. What is not
 * expected fails the test. */
typedef struct _Monitor Monitor;

/* It calls, and says nothing. */
Monitor *monitor_new (const char *path);
void monitor_free (Monitor *self);
/* The connection ends. */
void monitor_hang_up (Monitor *self);
/* Waits until the other side has ended it. */
void monitor_wait_gone (Monitor *self);

void monitor_send (Monitor *self, guint32 request, gconstpointer body,
    gsize size, const int *fds, guint n_fds);
/* Byte by byte. */
void monitor_send_slowly (
    Monitor *self, guint32 request, gconstpointer body, gsize size);
void monitor_receive (
    Monitor *self, guint32 request, gpointer answer, gsize size);
/* Both; returns the size of the answer. */
guint64 monitor_ask (Monitor *self, guint32 request, gconstpointer body,
    gsize size, gpointer answer, gsize answer_size);

/* is_lazy: it answers no request to map by itself. */
void monitor_open_channel (Monitor *self, gboolean is_lazy);
/* Answers one, for which it waits. */
void monitor_serve_channel (Monitor *self, guint64 status);
/* Until fd is readable; meanwhile it answers requests. */
void monitor_wait (Monitor *self, int fd);
guint8 *monitor_get_shared (Monitor *self);
