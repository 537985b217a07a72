/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/modes.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#define MAX_MODES 1024
#define MAX_INTERVALS 64
#define MAX_EXTENT 32768u
#define MAX_IMAGE (256u << 20)
/* of a range, what a guest has that asks for nothing */
#define USUAL_WIDTH 640
#define USUAL_HEIGHT 480

struct VmModes {
  VmMode *modes;
  unsigned n;
  VmLayout layout;
  void *data;
};

static bool
is_one (const VmMode *mode)
{
  return mode->width.min == mode->width.max &&
         mode->height.min == mode->height.max;
}

static bool
is_span (const VmSpan *s)
{
  return s->min > 0 && s->min <= s->max && s->max <= MAX_EXTENT &&
         (s->min == s->max ||
             (s->step > 0 && (s->max - s->min) % s->step == 0));
}

static bool
has_layout (
    const VmModes *self, uint32_t fourcc, uint32_t width, uint32_t height)
{
  uint32_t line, size = 0;

  return self->layout (self->data, fourcc, width, height, &line, &size) &&
         size > 0 && size <= MAX_IMAGE;
}

static bool
has_sound_intervals (const VmMode *mode)
{
  if (mode->n_intervals > MAX_INTERVALS ||
      (mode->is_range && mode->n_intervals != 3))
    return false;
  for (unsigned i = 0; i < mode->n_intervals; i++)
    if (mode->intervals[i].numerator == 0 ||
        mode->intervals[i].denominator == 0)
      return false;
  return true;
}

static bool
is_sound (const VmModes *self, const VmMode *mode)
{
  return is_span (&mode->width) && is_span (&mode->height) &&
         has_sound_intervals (mode) &&
         has_layout (self, mode->fourcc, mode->width.min, mode->height.min) &&
         has_layout (self, mode->fourcc, mode->width.max, mode->height.max);
}

/* V4L2 has no words for a range beside other modes of a format. */
static bool
can_be_told (const VmModes *self)
{
  for (unsigned i = 0; i < self->n; i++)
    for (unsigned j = 0; j < i; j++)
      if (self->modes[i].fourcc == self->modes[j].fourcc &&
          !(is_one (&self->modes[i]) && is_one (&self->modes[j])))
        return false;
  return true;
}

static int
copy_intervals (VmMode *mode)
{
  size_t size = mode->n_intervals * sizeof (VmFraction);
  VmFraction *copy = size ? malloc (size) : NULL;

  if (size && copy == NULL)
    return -ENOMEM;
  if (size)
    memcpy (copy, mode->intervals, size);
  mode->intervals = copy;
  return 0;
}

static int
add (VmModes *self, const VmMode *mode)
{
  VmMode *copy = &self->modes[self->n];

  if (!is_sound (self, mode))
    return -EINVAL;
  *copy = *mode;
  if (copy_intervals (copy) < 0)
    return -ENOMEM;
  self->n++;
  return 0;
}

VmModes *
vm_modes_new (
    const VmMode *modes, unsigned n, VmLayout layout, void *data, int *error)
{
  VmModes *self = calloc (1, sizeof *self);

  *error = n > 0 && n <= MAX_MODES ? 0 : -EINVAL;
  if (self && *error == 0)
    self->modes = calloc (n, sizeof *modes);
  if (self == NULL || (*error == 0 && self->modes == NULL))
    *error = -ENOMEM;
  if (self) {
    self->layout = layout;
    self->data = data;
  }
  for (unsigned i = 0; *error == 0 && i < n; i++)
    *error = add (self, &modes[i]);
  if (*error == 0 && !can_be_told (self))
    *error = -EINVAL;
  if (*error == 0)
    return self;
  vm_modes_free (self);
  return NULL;
}

void
vm_modes_free (VmModes *self)
{
  if (self == NULL)
    return;
  for (unsigned i = 0; i < self->n; i++)
    free ((void *) self->modes[i].intervals);
  free (self->modes);
  free (self);
}

/* The index-th mode of a format. */
static const VmMode *
find (const VmModes *self, uint32_t fourcc, uint32_t index)
{
  for (unsigned i = 0; i < self->n; i++)
    if (self->modes[i].fourcc == fourcc && index-- == 0)
      return &self->modes[i];
  return NULL;
}

static bool
is_in (const VmSpan *span, uint32_t value)
{
  return value >= span->min && value <= span->max &&
         (span->min == span->max || (value - span->min) % span->step == 0);
}

static const VmMode *
find_of_size (
    const VmModes *self, uint32_t fourcc, uint32_t width, uint32_t height)
{
  for (unsigned i = 0; i < self->n; i++)
    if (self->modes[i].fourcc == fourcc &&
        is_in (&self->modes[i].width, width) &&
        is_in (&self->modes[i].height, height))
      return &self->modes[i];
  return NULL;
}

static bool
is_compressed (const VmModes *self, const VmMode *mode)
{
  uint32_t line = 0, size;

  self->layout (self->data, mode->fourcc, mode->width.min, mode->height.min,
      &line, &size);
  return line == 0;
}

int
vm_modes_get_format (const VmModes *self, WireFmtdesc *wire)
{
  uint32_t index = get32 (wire->index);
  Le32 type = wire->type;

  for (unsigned i = 0; i < self->n; i++) {
    const VmMode *mode = &self->modes[i];

    if (find (self, mode->fourcc, 0) != mode || index-- > 0)
      continue;
    *wire = (WireFmtdesc){ .index = wire->index,
      .type = type,
      .flags = le32 (is_compressed (self, mode) ? V4L2_FMT_FLAG_COMPRESSED : 0),
      .pixelformat = le32 (mode->fourcc) };
    return 0;
  }
  return -EINVAL;
}

int
vm_modes_get_size (const VmModes *self, WireFrmsize *wire)
{
  const VmMode *mode =
      find (self, get32 (wire->pixelformat), get32 (wire->index));
  const VmSpan *spans[2];

  if (mode == NULL)
    return -EINVAL;
  spans[0] = &mode->width;
  spans[1] = &mode->height;
  *wire = (WireFrmsize){ .index = wire->index,
    .pixelformat = wire->pixelformat,
    .type = le32 (is_one (mode) ? V4L2_FRMSIZE_TYPE_DISCRETE
                                : V4L2_FRMSIZE_TYPE_STEPWISE) };
  for (int i = 0; i < 2; i++) {
    if (is_one (mode)) {
      wire->size[i] = le32 (spans[i]->min);
      continue;
    }
    wire->size[3 * i] = le32 (spans[i]->min);
    wire->size[3 * i + 1] = le32 (spans[i]->max);
    wire->size[3 * i + 2] = le32 (spans[i]->step ? spans[i]->step : 1);
  }
  return 0;
}

static WireFraction
to_wire (VmFraction f)
{
  return (WireFraction){ le32 (f.numerator), le32 (f.denominator) };
}

int
vm_modes_get_interval (const VmModes *self, WireFrmival *wire)
{
  const VmMode *mode = find_of_size (self, get32 (wire->pixelformat),
      get32 (wire->width), get32 (wire->height));
  uint32_t index = get32 (wire->index);

  if (mode == NULL || mode->n_intervals == 0 ||
      index >= (mode->is_range ? 1 : mode->n_intervals))
    return -EINVAL;
  memset (wire->interval, 0, sizeof wire->interval);
  memset (wire->reserved, 0, sizeof wire->reserved);
  wire->type = le32 (
      mode->is_range ? V4L2_FRMIVAL_TYPE_STEPWISE : V4L2_FRMIVAL_TYPE_DISCRETE);
  wire->interval[0] = to_wire (mode->intervals[index]);
  for (int i = 1; mode->is_range && i < 3; i++)
    wire->interval[i] = to_wire (mode->intervals[i]);
  return 0;
}

/* Choosing */

static uint32_t
clamp (const VmSpan *span, uint32_t value)
{
  if (value <= span->min)
    return span->min;
  if (value >= span->max)
    return span->max;
  return value - (value - span->min) % span->step;
}

static uint64_t
get_distance (const VmMode *mode, const VmFormat *wish)
{
  int64_t w = (int64_t) clamp (&mode->width, wish->width) - wish->width;
  int64_t h = (int64_t) clamp (&mode->height, wish->height) - wish->height;

  return (uint64_t) (llabs (w) + llabs (h));
}

static const VmMode *
find_nearest (const VmModes *self, const VmFormat *wish)
{
  const VmMode *best = find (self, wish->fourcc, 0), *mode;

  if (best == NULL)
    return find (self, self->modes[0].fourcc, 0);
  for (uint32_t i = 1; (mode = find (self, wish->fourcc, i)); i++)
    if (get_distance (mode, wish) < get_distance (best, wish))
      best = mode;
  return best;
}

int
vm_modes_fit (const VmModes *self, VmFormat *format)
{
  const VmMode *mode = find_nearest (self, format);
  VmFormat wish = *format;

  if (mode->fourcc != wish.fourcc) {
    wish.fourcc = mode->fourcc;
    mode = find_nearest (self, &wish);
  }
  format->fourcc = mode->fourcc;
  format->width = clamp (&mode->width, wish.width);
  format->height = clamp (&mode->height, wish.height);
  format->colours = mode->colours;
  format->bytesperline = 0;
  if (!self->layout (self->data, format->fourcc, format->width, format->height,
          &format->bytesperline, &format->sizeimage) ||
      format->sizeimage == 0 || format->sizeimage > MAX_IMAGE)
    return -EINVAL;
  vm_modes_fit_interval (self, format);
  return 0;
}

void
vm_modes_get_first (const VmModes *self, VmFormat *format)
{
  const VmMode *mode = &self->modes[0];

  *format = (VmFormat){ .fourcc = mode->fourcc,
    .width = clamp (&mode->width, USUAL_WIDTH),
    .height = clamp (&mode->height, USUAL_HEIGHT) };
  vm_modes_fit (self, format);
}

static double
to_seconds (VmFraction f)
{
  return (double) f.numerator / f.denominator;
}

static double
get_difference (VmFraction a, VmFraction b)
{
  double d = to_seconds (a) - to_seconds (b);

  return d < 0 ? -d : d;
}

static VmFraction
choose (const VmMode *mode, VmFraction wish)
{
  VmFraction best = mode->intervals[0];

  if (wish.numerator == 0 || wish.denominator == 0)
    return best;
  if (mode->is_range && to_seconds (wish) > to_seconds (best))
    return to_seconds (wish) < to_seconds (mode->intervals[1])
               ? wish
               : mode->intervals[1];
  for (unsigned i = 1; !mode->is_range && i < mode->n_intervals; i++)
    if (get_difference (mode->intervals[i], wish) < get_difference (best, wish))
      best = mode->intervals[i];
  return best;
}

void
vm_modes_fit_interval (const VmModes *self, VmFormat *format)
{
  const VmMode *mode =
      find_of_size (self, format->fourcc, format->width, format->height);

  if (mode && mode->n_intervals > 0)
    format->interval = choose (mode, format->interval);
  else if (format->interval.numerator == 0 || format->interval.denominator == 0)
    format->interval = (VmFraction){ 0, 0 };
}

bool
vm_modes_has (const VmModes *self, const VmFormat *format)
{
  return find_of_size (self, format->fourcc, format->width, format->height) !=
         NULL;
}
