/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/controls.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#define QUERY_FLAGS (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

struct VmControls {
  unsigned n;
  VmControl
      controls[VM_MAX_CONTROLS]; /* by id; all that they point to is ours */
};

static bool
is_menu (const VmControl *c)
{
  return c->type == V4L2_CTRL_TYPE_MENU ||
         c->type == V4L2_CTRL_TYPE_INTEGER_MENU;
}

static bool
has_item (const VmControl *c, int64_t index)
{
  if (index < c->minimum || index > c->maximum)
    return false;
  return c->type == V4L2_CTRL_TYPE_INTEGER_MENU || c->menu[index] != NULL;
}

static bool
is_sound (const VmControl *c)
{
  switch (c->type) {
  case V4L2_CTRL_TYPE_INTEGER:
  case V4L2_CTRL_TYPE_INTEGER64:
  case V4L2_CTRL_TYPE_BOOLEAN:
  case V4L2_CTRL_TYPE_BITMASK:
    return c->minimum <= c->maximum && c->step <= INT64_MAX;
  case V4L2_CTRL_TYPE_BUTTON:
  case V4L2_CTRL_TYPE_CTRL_CLASS:
    return true;
  case V4L2_CTRL_TYPE_MENU:
    return c->menu && c->minimum >= 0 && c->minimum <= c->maximum &&
           c->maximum < 256 && has_item (c, c->default_value);
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    return c->integer_menu && c->minimum >= 0 && c->minimum <= c->maximum &&
           c->maximum < 256 && has_item (c, c->default_value);
  default:
    return false;
  }
}

static void
clear (VmControl *c)
{
  for (int64_t i = 0; c->menu && i <= c->maximum; i++)
    free ((void *) c->menu[i]);
  free ((void *) c->menu);
  free ((void *) c->integer_menu);
  free ((void *) c->name);
}

static int
copy_menu (VmControl *to, const VmControl *from)
{
  size_t n = (size_t) from->maximum + 1;
  const char **menu;

  if (from->type == V4L2_CTRL_TYPE_INTEGER_MENU) {
    int64_t *items = malloc (n * sizeof *items);

    if (items)
      memcpy (items, from->integer_menu, n * sizeof *items);
    to->integer_menu = items;
    return items ? 0 : -ENOMEM;
  }
  menu = calloc (n, sizeof *menu);
  to->menu = menu;
  for (size_t i = 0; menu && i < n; i++)
    if (from->menu[i] && !(menu[i] = strdup (from->menu[i])))
      return -ENOMEM;
  return menu ? 0 : -ENOMEM;
}

static int normalise (const VmControl *c, int64_t *value);

static int
add (VmControls *self, const VmControl *control)
{
  VmControl *c = &self->controls[self->n];

  if (!is_sound (control) || vm_controls_find (self, control->id) >= 0 ||
      (control->id & ~V4L2_CTRL_ID_MASK))
    return -EINVAL;
  *c = *control;
  c->menu = NULL;
  c->integer_menu = NULL;
  c->name = strdup (control->name ? control->name : "");
  self->n++;
  if (c->name == NULL || (is_menu (control) && copy_menu (c, control) < 0))
    return -ENOMEM;
  return normalise (c, &c->value);
}

static int
compare (const void *a, const void *b)
{
  uint32_t left = ((const VmControl *) a)->id,
           right = ((const VmControl *) b)->id;

  return left < right ? -1 : left > right;
}

VmControls *
vm_controls_new (const VmControl *controls, unsigned n, int *error)
{
  VmControls *self = calloc (1, sizeof *self);

  *error = self == NULL ? -ENOMEM : n > VM_MAX_CONTROLS ? -EINVAL : 0;
  for (unsigned i = 0; *error == 0 && i < n; i++)
    *error = add (self, &controls[i]);
  if (*error < 0) {
    vm_controls_free (self);
    return NULL;
  }
  qsort (self->controls, n, sizeof *controls, compare);
  return self;
}

void
vm_controls_free (VmControls *self)
{
  for (unsigned i = 0; self && i < self->n; i++)
    clear (&self->controls[i]);
  free (self);
}

int
vm_controls_find (const VmControls *self, uint32_t id)
{
  for (unsigned i = 0; i < self->n; i++)
    if (self->controls[i].id == id)
      return (int) i;
  return -1;
}

/* None of them is compound. */
static int
find_next (const VmControls *self, uint32_t query)
{
  uint32_t id = query & V4L2_CTRL_ID_MASK;

  if (!(query & QUERY_FLAGS))
    return vm_controls_find (self, query);
  for (unsigned i = 0; (query & V4L2_CTRL_FLAG_NEXT_CTRL) && i < self->n; i++)
    if (self->controls[i].id > id)
      return (int) i;
  return -1;
}

static uint64_t
get_step (const VmControl *c)
{
  return is_menu (c) || c->type == V4L2_CTRL_TYPE_BOOLEAN ? 1 : c->step;
}

int
vm_controls_query (const VmControls *self, WireControlInfo *wire)
{
  int place = find_next (self, get32 (wire->id));
  const VmControl *c = &self->controls[place < 0 ? 0 : place];

  if (place < 0)
    return -EINVAL;
  *wire = (WireControlInfo){ .id = le32 (c->id),
    .type = le32 (c->type),
    .minimum = le64 ((uint64_t) c->minimum),
    .maximum = le64 ((uint64_t) c->maximum),
    .step = le64 (get_step (c)),
    .default_value = le64 ((uint64_t) c->default_value),
    .flags = le32 (c->flags),
    .elem_size = le32 (c->type == V4L2_CTRL_TYPE_INTEGER64 ? 8 : 4),
    .elems = le32 (1) };
  strncpy (wire->name, c->name, sizeof wire->name - 1);
  return 0;
}

int
vm_controls_get_menu (const VmControls *self, WireMenu *wire)
{
  int place = vm_controls_find (self, get32 (wire->id));
  const VmControl *c = &self->controls[place < 0 ? 0 : place];
  uint32_t index = get32 (wire->index);

  if (place < 0 || !is_menu (c) || !has_item (c, index))
    return -EINVAL;
  memset (&wire->item, 0, sizeof wire->item);
  wire->reserved = le32 (0);
  if (c->type == V4L2_CTRL_TYPE_INTEGER_MENU)
    wire->item.value = le64 ((uint64_t) c->integer_menu[index]);
  else
    strncpy (wire->item.name, c->menu[index], sizeof wire->item.name - 1);
  return 0;
}

/* Values */

static int64_t
round_to_step (const VmControl *c, int64_t value)
{
  uint64_t step = c->step ? c->step : 1, n;

  if (value <= c->minimum)
    return c->minimum;
  if (value >= c->maximum)
    return c->maximum;
  n = ((uint64_t) value - (uint64_t) c->minimum + step / 2) / step;
  value = (int64_t) ((uint64_t) c->minimum + n * step);
  return value > c->maximum ? (int64_t) (value - (int64_t) step) : value;
}

/* As V4L2's own controls do it. */
static int
normalise (const VmControl *c, int64_t *value)
{
  switch (c->type) {
  case V4L2_CTRL_TYPE_BOOLEAN:
    *value = *value != 0;
    return 0;
  case V4L2_CTRL_TYPE_BITMASK:
    *value &= c->maximum;
    return 0;
  case V4L2_CTRL_TYPE_MENU:
  case V4L2_CTRL_TYPE_INTEGER_MENU:
    if (*value < c->minimum || *value > c->maximum)
      return -ERANGE;
    return has_item (c, *value) ? 0 : -EINVAL;
  case V4L2_CTRL_TYPE_BUTTON:
  case V4L2_CTRL_TYPE_CTRL_CLASS:
    *value = 0;
    return 0;
  default:
    *value = round_to_step (c, *value);
    return 0;
  }
}

/* On the wire a value has 8 bytes, of which most types have but 4. */
static int64_t
from_wire (const VmControl *c, Le64 value)
{
  uint64_t v = get64 (value);

  if (c->type == V4L2_CTRL_TYPE_INTEGER64)
    return (int64_t) v;
  return c->type == V4L2_CTRL_TYPE_BITMASK ? (int64_t) (uint32_t) v
                                           : (int32_t) (uint32_t) v;
}

static Le64
to_wire (const VmControl *c, int64_t value)
{
  return le64 (c->type == V4L2_CTRL_TYPE_INTEGER64 ? (uint64_t) value
                                                   : (uint32_t) value);
}

static bool
is_of_class (uint32_t which, uint32_t id)
{
  return which == V4L2_CTRL_WHICH_CUR_VAL || which == V4L2_CTRL_WHICH_DEF_VAL ||
         (id & 0x0fff0000) == which;
}

static int
check_one (
    const VmControls *self, VmControlsAction action, uint32_t which, Le32 id)
{
  int place = vm_controls_find (self, get32 (id));
  const VmControl *c = &self->controls[place < 0 ? 0 : place];

  if (place < 0 || !is_of_class (which, c->id))
    return -EINVAL;
  if (c->type == V4L2_CTRL_TYPE_CTRL_CLASS)
    return -EACCES;
  if (action == VM_CONTROLS_GET)
    return c->flags & V4L2_CTRL_FLAG_WRITE_ONLY ? -EACCES : 0;
  if (c->flags & V4L2_CTRL_FLAG_READ_ONLY)
    return -EACCES;
  return c->flags & V4L2_CTRL_FLAG_GRABBED ? -EBUSY : 0;
}

static int
check_which (const VmControls *self, VmControlsAction action, uint32_t which,
    uint32_t count)
{
  if (which == V4L2_CTRL_WHICH_DEF_VAL)
    return action == VM_CONTROLS_GET ? 0 : -EINVAL;
  if (which == V4L2_CTRL_WHICH_CUR_VAL || count > 0)
    return which & ~0x0fff0000u ? -EINVAL : 0;
  for (unsigned i = 0; i < self->n; i++)
    if (is_of_class (which, self->controls[i].id))
      return 0;
  return -EINVAL;
}

/* Of TRY the failing one is told, of the others none was done. */
static int
check_all (const VmControls *self, VmControlsAction action, WireControls *wire,
    WireControl *items)
{
  uint32_t count = get32 (wire->count);
  int error = check_which (self, action, get32 (wire->which), count);

  wire->error_index = le32 (count);
  for (uint32_t i = 0; error == 0 && i < count; i++) {
    int place = vm_controls_find (self, get32 (items[i].id));
    int64_t value;

    error = check_one (self, action, get32 (wire->which), items[i].id);
    if (error == 0 && action != VM_CONTROLS_GET) {
      value = from_wire (&self->controls[place], items[i].value);
      error = normalise (&self->controls[place], &value);
    }
    if (error < 0 && action == VM_CONTROLS_TRY)
      wire->error_index = le32 (i);
  }
  return error;
}

static void
store (VmControls *self, int place, int64_t value, uint64_t *changed)
{
  VmControl *c = &self->controls[place];

  if (c->value != value || c->type == V4L2_CTRL_TYPE_BUTTON ||
      (c->flags & V4L2_CTRL_FLAG_EXECUTE_ON_WRITE))
    *changed |= UINT64_C (1) << place;
  c->value = value;
}

static void
act_on_one (VmControls *self, VmControlsAction action, bool defaults,
    WireControl *item, uint64_t *changed)
{
  int place = vm_controls_find (self, get32 (item->id));
  VmControl *c = &self->controls[place];
  int64_t value = defaults ? c->default_value : c->value;

  if (action != VM_CONTROLS_GET) {
    value = from_wire (c, item->value);
    normalise (c, &value);
  }
  if (action == VM_CONTROLS_SET)
    store (self, place, value, changed);
  item->value = to_wire (c, value);
}

int
vm_controls_act (VmControls *self, VmControlsAction action, WireControls *wire,
    WireControl *items, uint64_t *changed)
{
  int error = check_all (self, action, wire, items);
  bool defaults = get32 (wire->which) == V4L2_CTRL_WHICH_DEF_VAL;

  for (uint32_t i = 0; error == 0 && i < get32 (wire->count); i++)
    act_on_one (self, action, defaults, &items[i], changed);
  return error;
}

int
vm_controls_set (
    VmControls *self, uint32_t id, int64_t value, uint64_t *changed)
{
  int place = vm_controls_find (self, id), error;

  if (place < 0)
    return -EINVAL;
  error = normalise (&self->controls[place], &value);
  if (error == 0)
    store (self, place, value, changed);
  return error;
}

void
vm_controls_fill_event (
    const VmControls *self, int place, uint32_t changes, WireV4l2Event *event)
{
  const VmControl *c = &self->controls[place];

  event->type = le32 (V4L2_EVENT_CTRL);
  event->id = le32 (c->id);
  event->u.control.changes = le32 (changes);
  event->u.control.type = le32 (c->type);
  event->u.control.value = to_wire (c, c->value);
  event->u.control.flags = le32 (c->flags);
  if (c->type == V4L2_CTRL_TYPE_INTEGER64)
    return;
  event->u.control.minimum = le32 ((uint32_t) c->minimum);
  event->u.control.maximum = le32 ((uint32_t) c->maximum);
  event->u.control.step = le32 ((uint32_t) get_step (c));
  event->u.control.default_value = le32 ((uint32_t) c->default_value);
}

void
vm_controls_get (
    const VmControls *self, int place, uint32_t *id, int64_t *value)
{
  *id = self->controls[place].id;
  *value = self->controls[place].value;
}
