/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/sessions.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  bool open;
  uint32_t id;
  int error;         /* 0: none */
  bool told_error;   /* after it, nothing else is told */
  uint32_t sequence; /* of its next event */

  /* a bit for each place of a control */
  uint64_t controls, feedback;
  uint64_t waiting, initial; /* initial: of those that wait */
  bool source, source_waiting;
} Session;

struct VmSessions {
  const VmControls *controls;
  uint32_t next;
  Session sessions[VM_MAX_SESSIONS];

  /* which event vm_sessions_get_event() told of */
  Session *current;
  enum { NONE, ERROR, CONTROL, SOURCE } what;
  int place;
};

VmSessions *
vm_sessions_new (const VmControls *controls)
{
  VmSessions *self = calloc (1, sizeof *self);

  if (self)
    self->controls = controls;
  return self;
}

void
vm_sessions_free (VmSessions *self)
{
  free (self);
}

int
vm_sessions_open (VmSessions *self, uint32_t *session)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++) {
    Session *s = &self->sessions[i];

    if (s->open)
      continue;
    *s = (Session){ .open = true, .id = self->next };
    *session = self->next++;
    return 0;
  }
  return -EMFILE;
}

static Session *
find (const VmSessions *self, uint32_t session)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++)
    if (self->sessions[i].open && self->sessions[i].id == session)
      return (Session *) &self->sessions[i];
  return NULL;
}

void
vm_sessions_close (VmSessions *self, uint32_t session)
{
  Session *s = find (self, session);

  if (s)
    *s = (Session){ 0 };
}

void
vm_sessions_close_all (VmSessions *self)
{
  memset (self->sessions, 0, sizeof self->sessions);
}

bool
vm_sessions_has (const VmSessions *self, uint32_t session)
{
  const Session *s = find (self, session);

  return s && s->error == 0;
}

unsigned
vm_sessions_count (const VmSessions *self)
{
  unsigned n = 0;

  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++)
    n += self->sessions[i].open;
  return n;
}

static int
subscribe_control (VmSessions *self, Session *s, const WireSubscription *wire)
{
  int place = vm_controls_find (self->controls, get32 (wire->id));
  uint32_t flags = get32 (wire->flags);
  uint64_t bit;

  if (place < 0)
    return -EINVAL;
  bit = UINT64_C (1) << place;
  s->controls |= bit;
  s->feedback &= ~bit;
  if (flags & V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK)
    s->feedback |= bit;
  if (flags & V4L2_EVENT_SUB_FL_SEND_INITIAL) {
    s->waiting |= bit;
    s->initial |= bit;
  }
  return 0;
}

int
vm_sessions_subscribe (
    VmSessions *self, uint32_t session, const WireSubscription *wire)
{
  Session *s = find (self, session);

  switch (get32 (wire->type)) {
  case V4L2_EVENT_CTRL:
    return subscribe_control (self, s, wire);
  case V4L2_EVENT_SOURCE_CHANGE:
    s->source = true;
    return 0;
  default:
    return -EINVAL;
  }
}

int
vm_sessions_unsubscribe (
    VmSessions *self, uint32_t session, const WireSubscription *wire)
{
  Session *s = find (self, session);
  uint32_t type = get32 (wire->type);
  int place = vm_controls_find (self->controls, get32 (wire->id));
  uint64_t bits = type == V4L2_EVENT_ALL ? UINT64_MAX : 0;

  if (type == V4L2_EVENT_CTRL && place >= 0)
    bits = UINT64_C (1) << place;
  s->controls &= ~bits;
  s->waiting &= ~bits;
  s->initial &= ~bits;
  if (type == V4L2_EVENT_ALL || type == V4L2_EVENT_SOURCE_CHANGE)
    s->source = s->source_waiting = false;
  return 0;
}

void
vm_sessions_controls_changed (VmSessions *self, uint64_t changed, int64_t by)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++) {
    Session *s = &self->sessions[i];
    bool own = by >= 0 && s->id == by;

    s->waiting |= changed & s->controls & (own ? s->feedback : UINT64_MAX);
  }
}

void
vm_sessions_source_changed (VmSessions *self)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++)
    self->sessions[i].source_waiting = self->sessions[i].source;
}

void
vm_sessions_fail_all (VmSessions *self, int error)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++)
    if (self->sessions[i].open && self->sessions[i].error == 0)
      self->sessions[i].error = error;
}

static bool
find_waiting (VmSessions *self)
{
  for (unsigned i = 0; i < VM_MAX_SESSIONS; i++) {
    Session *s = &self->sessions[i];

    self->current = s;
    self->what = NONE;
    if (s->error)
      self->what = s->told_error ? NONE : ERROR;
    else if (s->source_waiting)
      self->what = SOURCE;
    else if (s->waiting)
      self->what = CONTROL;
    if (self->what != NONE)
      return true;
  }
  return false;
}

static void
fill_event (VmSessions *self, WireV4l2Event *event)
{
  Session *s = self->current;
  uint32_t changes = V4L2_EVENT_CTRL_CH_VALUE;
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  *event = (WireV4l2Event){ .sequence = le32 (s->sequence),
    .seconds = le64 ((uint64_t) now.tv_sec),
    .nanoseconds = le64 ((uint64_t) now.tv_nsec) };
  if (self->what == SOURCE) {
    event->type = le32 (V4L2_EVENT_SOURCE_CHANGE);
    event->u.source_changes = le32 (V4L2_EVENT_SRC_CH_RESOLUTION);
    return;
  }
  self->place = __builtin_ctzll (s->waiting);
  if (s->initial & UINT64_C (1) << self->place)
    changes |= V4L2_EVENT_CTRL_CH_FLAGS;
  vm_controls_fill_event (self->controls, self->place, changes, event);
}

size_t
vm_sessions_get_event (VmSessions *self, WireEventEvent *event)
{
  if (!find_waiting (self))
    return 0;
  *event = (WireEventEvent){ .head = { le32 (WIRE_EVENT),
                                 le32 (self->current->id) } };
  if (self->what != ERROR) {
    fill_event (self, &event->event);
    return sizeof *event;
  }
  event->head.event = le32 (WIRE_ERROR);
  event->event.type = le32 ((uint32_t) self->current->error);
  return sizeof (WireErrorEvent);
}

void
vm_sessions_sent (VmSessions *self)
{
  Session *s = self->current;

  if (self->what == ERROR) {
    s->told_error = true;
    return;
  }
  s->sequence++;
  if (self->what == SOURCE) {
    s->source_waiting = false;
    return;
  }
  s->waiting &= ~(UINT64_C (1) << self->place);
  s->initial &= ~(UINT64_C (1) << self->place);
}
