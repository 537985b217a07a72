/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host that answers the guest's driver anything. What the driver's parsers accept must be
 * what the driver relies on, and they read no byte beyond what they are given. */

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "input.h"
#include "virtio/clock.h"
#include "virtio/wire.h"

#include <virtcam/layout.h>

#define MAX_STEPS 200
/* Sides of a frame: a larger one is copied by the same code, only more slowly. */
#define MAX_SIDE 64

static void
require (bool holds)
{
  if (!holds)
    abort ();
}

/* Memory of exactly that size, so that AddressSanitizer sees who leaves it. */
static void *
input_take (Input *input, size_t size)
{
  void *bytes = malloc (size);

  input_read (input, bytes, size);
  return bytes;
}

static void
try_status (Input *input)
{
  size_t used = input_word (input), payload = input_word (input) % 512;
  struct wire_answer *answer = input_take (input, sizeof *answer);
  int status = wire_take_status (answer, used, payload);

  if (status == 0)
    require (used >= sizeof *answer + payload);
  else
    require (status < 0 && status >= -EHWPOISON);
  free (answer);
}

static void
try_event (Input *input, struct vmcam_clock *clock, bool multiplanar)
{
  static u64 now;
  size_t used = input_word (input);
  void *bytes = input_take (input, WIRE_EVENT_HEAD);
  u64 time = clock->time;
  u32 sequence = clock->sequence, lost;
  bool began = clock->began;
  struct wire_news news;

  if (wire_take_event (bytes, used, multiplanar, &news) == 0 &&
      news.event == WIRE_EVENT_DQBUF) {
    require ((u64) news.payload + news.offset <= U32_MAX);
    require (multiplanar || news.offset == 0);
    now += 1000000;
    require (vmcam_clock_time (clock, news.time, now) > time);
    require (vmcam_clock_sequence (clock, news.sequence, &lost) >= lost);
    require (!began || clock->sequence == sequence + 1 + lost);
    require (lost <= VMCAM_CLOCK_MAX_LOST);
  }
  free (bytes);
}

/* A mode that the guest may ask for */
static struct virtcam_mode
pick_mode (Input *input)
{
  struct virtcam_mode mode = {
    .format = &virtcam_formats[input_byte (input) % virtcam_num_formats],
  };

  /* No format has larger groups of pixels. */
  mode.width = 4 * (1 + input_byte (input) % (MAX_SIDE / 4));
  mode.height = 4 * (1 + input_byte (input) % (MAX_SIDE / 4));
  virtcam_mode_set_layout (&mode, input_byte (input));
  return mode;
}

/* As the driver does: from the host's buffer into the program's */
static void
copy_frame (
    const struct virtcam_mode *from, u32 length, const struct virtcam_mode *to)
{
  u8 *source = calloc (1, length), *frame = malloc (to->sizeimage);
  u32 payload = from->sizeimage;

  if (from->format->compressed && payload > to->sizeimage)
    payload = to->sizeimage;
  virtcam_layout_copy (from, source, payload, to, frame);
  free (source);
  free (frame);
}

/* The input is what the host's answer differs by from the question. */
static void
try_format (Input *input, bool multiplanar)
{
  const struct virtcam_mode asked = pick_mode (input);
  struct wire_format *answer = malloc (sizeof *answer);
  u8 *bytes = (u8 *) answer;
  struct virtcam_mode mode;
  u32 length;

  wire_put_format (answer, multiplanar, &asked);
  for (size_t i = 0; i < sizeof *answer; i++)
    bytes[i] ^= input_byte (input);
  if (wire_take_format (answer, multiplanar, &asked, &mode, &length) == NULL) {
    require (length >= mode.sizeimage);
    copy_frame (&mode, length, &asked);
  }
  free (answer);
}

static void
try_place (Input *input, bool multiplanar)
{
  struct wire_buffer *buffer = input_take (input, sizeof *buffer);
  struct wire_plane *plane =
      multiplanar ? input_take (input, sizeof *plane) : NULL;
  struct wire_buffer_place place;

  if (wire_take_place (buffer, plane, multiplanar, &place) == NULL)
    require (place.length > 0);
  free (buffer);
  free (plane);
}

static void
try_sizes (Input *input)
{
  struct wire_frmsizeenum *answer = input_take (input, sizeof *answer);
  struct v4l2_frmsize_stepwise sizes;
  int type = wire_take_sizes (answer, V4L2_PIX_FMT_YUYV, &sizes);

  if (type == V4L2_FRMSIZE_TYPE_DISCRETE)
    require (sizes.min_width == sizes.max_width &&
             sizes.min_height == sizes.max_height);
  if (type == V4L2_FRMSIZE_TYPE_CONTINUOUS)
    require (sizes.step_width == 1 && sizes.step_height == 1);
  require (type == -EPROTO || (type >= V4L2_FRMSIZE_TYPE_DISCRETE &&
                                  type <= V4L2_FRMSIZE_TYPE_STEPWISE));
  free (answer);
}

static void
try_intervals (Input *input)
{
  struct wire_frmivalenum *answer = input_take (input, sizeof *answer);
  struct v4l2_frmival_stepwise intervals;
  int type = wire_take_intervals (answer, &intervals);

  require (type == -EPROTO || (type >= V4L2_FRMIVAL_TYPE_DISCRETE &&
                                  type <= V4L2_FRMIVAL_TYPE_STEPWISE));
  free (answer);
}

/* What V4L2's control framework counts on. */
static void
require_range (const struct virtcam_control *control)
{
  bool counts = control->type == V4L2_CTRL_TYPE_INTEGER ||
                control->type == V4L2_CTRL_TYPE_INTEGER64;

  require (control->min <= control->def && control->def <= control->max);
  if (control->type == V4L2_CTRL_TYPE_BITMASK)
    require (control->max <= U32_MAX);
  else if (control->type != V4L2_CTRL_TYPE_INTEGER64)
    require (control->min >= S32_MIN && control->max <= S32_MAX);
  require (!counts || (u32) control->step != 0);
}

static void
try_control (Input *input)
{
  u32 after = input_word (input);
  struct wire_query_ext_ctrl *answer = input_take (input, sizeof *answer);
  struct virtcam_control control;

  if (wire_take_control (answer, after, &control) == NULL) {
    require (control.id > after);
    require_range (&control);
  }
  free (answer);
}

/* Of characters, in the C library's opinion, none of which is a control character */
static void
require_shown (const char *text)
{
  static locale_t utf8;
  wchar_t c;
  int n;

  if (!utf8)
    utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", NULL);
  require (utf8 != NULL);
  uselocale (utf8);
  for (; *text; text += n) {
    n = mbtowc (&c, text, MB_CUR_MAX);
    require (n > 0 && c >= ' ' && (c < 0x7f || c >= 0xa0));
  }
}

static void
try_text (Input *input)
{
  size_t size = 1 + input_byte (input) % WIRE_CARD_SIZE;
  u8 *from = input_take (input, size);
  char *text = malloc (size);

  wire_take_text (from, size, text);
  require_shown (text);
  free (from);
  free (text);
}

static void
step (Input *input, struct vmcam_clock *clock)
{
  uint8_t what = input_byte (input);
  bool multiplanar = what & 8;

  switch (what % 8) {
  case 0:
    try_status (input);
    break;
  case 1:
    try_event (input, clock, multiplanar);
    break;
  case 2:
    try_format (input, multiplanar);
    break;
  case 3:
    try_place (input, multiplanar);
    break;
  case 4:
    try_sizes (input);
    break;
  case 5:
    try_intervals (input);
    break;
  case 6:
    try_control (input);
    break;
  default:
    try_text (input);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };
  struct vmcam_clock clock;

  vmcam_clock_start (&clock);
  for (unsigned i = 0; i < MAX_STEPS && input.left > 0; i++)
    step (&input, &clock);
  return 0;
}
