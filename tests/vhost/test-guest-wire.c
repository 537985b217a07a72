/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guest's driver makes of what a host sends: the recorded host's answers and
 * events, and what no host should send.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "recording.h"
#include "virtio/wire.h"

#include <asm/byteorder.h>

#define HEAD sizeof (struct wire_answer)
#define FRAME 460800
/* Bytes of an ioctl's head */
#define IOCTL_HEAD sizeof (struct wire_ioctl)

/* 640x480 YU12, as the recorded host has it */
static struct virtcam_mode
recorded_mode (void)
{
  struct virtcam_mode mode = {
    .format = virtcam_format_find (V4L2_PIX_FMT_YUV420),
    .width = 640,
    .height = 480,
  };

  virtcam_mode_set_layout (&mode, 0);
  return mode;
}

static const void *
bytes_of (const Recorded *recorded, gsize *size)
{
  return g_bytes_get_data (recorded->bytes, size);
}

/* The number of the ioctl of a command; 0 if it is none */
static guint
ioctl_of (const Recorded *command)
{
  gsize size;
  const struct wire_ioctl *head = bytes_of (command, &size);

  return size >= IOCTL_HEAD && le32_to_cpu (head->head.command) == WIRE_IOCTL
             ? le32_to_cpu (head->code)
             : 0;
}

static const Recorded *
find_answer (GPtrArray *recording, guint number)
{
  for (guint i = 0; i < recording->len; i++) {
    const Recorded *recorded = g_ptr_array_index (recording, i);

    if (recorded->kind == RECORDED_ANSWER && recorded->number == number)
      return recorded;
  }
  g_error ("command %u has no answer", number);
}

static void
every_recorded_event_is_understood (void)
{
  g_autoptr (GPtrArray) recording = recording_read ();
  guint count = 0;

  for (guint i = 0; i < recording->len; i++) {
    const Recorded *event = g_ptr_array_index (recording, i);
    const struct wire_event_dqbuf *bytes;
    struct wire_news news;
    bool multiplanar;
    gsize size;

    if (event->kind != RECORDED_EVENT)
      continue;
    bytes = bytes_of (event, &size);
    g_assert_cmpuint (size, ==, WIRE_EVENT_SIZE);
    multiplanar =
        le32_to_cpu (bytes->buffer.type) == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    g_assert_cmpint (wire_take_event (bytes, size, multiplanar, &news), ==, 0);
    g_assert_cmpuint (news.event, ==, WIRE_EVENT_DQBUF);
    g_assert_cmpuint (news.payload, ==, FRAME);
    g_assert_cmpuint (news.offset, ==, 0);
    g_assert_cmpuint (news.index, <, 3);
    /* That host's clock counts frames. */
    g_assert_cmpuint (news.time, ==, (news.sequence + 1) * 1000);
    count++;
  }
  g_assert_cmpuint (count, >=, 20);
}

/* Payloads of ours are as long as those of the recorded driver. */
static void
questions_have_the_recorded_lengths (void)
{
  static const struct {
    guint nr;
    gsize size;
  } payloads[] = {
    { 2, sizeof (struct wire_fmtdesc) },
    { 4, sizeof (struct wire_format) },
    { 5, sizeof (struct wire_format) },
    { 8, sizeof (struct wire_requestbuffers) },
    { 18, sizeof (__le32) },
    { 19, sizeof (__le32) },
    { 21, sizeof (struct wire_parm) },
    { 22, sizeof (struct wire_parm) },
    { 37, sizeof (struct wire_querymenu) },
    { 74, sizeof (struct wire_frmsizeenum) },
    { 75, sizeof (struct wire_frmivalenum) },
    { 90, sizeof (struct wire_subscription) },
    { 103, sizeof (struct wire_query_ext_ctrl) },
  };
  g_autoptr (GPtrArray) recording = recording_read ();
  guint seen[128] = { 0 };

  for (guint i = 0; i < recording->len; i++) {
    const Recorded *command = g_ptr_array_index (recording, i);
    gsize size;

    /* 817 to 829 had their heads changed. */
    if (command->kind != RECORDED_COMMAND ||
        (command->number >= 817 && command->number <= 829))
      continue;
    bytes_of (command, &size);
    for (guint p = 0; p < G_N_ELEMENTS (payloads); p++)
      if (ioctl_of (command) == payloads[p].nr) {
        g_assert_cmpuint (size, ==, IOCTL_HEAD + payloads[p].size);
        seen[payloads[p].nr]++;
      }
  }
  for (guint p = 0; p < G_N_ELEMENTS (payloads); p++)
    g_assert_cmpuint (seen[payloads[p].nr], >, 0);
  g_assert_cmpuint (sizeof (struct wire_event_v4l2), ==, 8 + 136);
  g_assert_cmpuint (sizeof (struct wire_ext_controls), ==, 32 + 20);
  g_assert_cmpuint (sizeof (struct wire_mmap), ==, 20);
  g_assert_cmpuint (HEAD + sizeof (struct wire_mmap_answer), ==, 24);
  g_assert_cmpuint (sizeof (struct wire_undo), ==, 16);
  g_assert_cmpuint (sizeof (struct wire_buffer), ==, 88);
  g_assert_cmpuint (sizeof (struct wire_plane), ==, 64);
  g_assert_cmpuint (sizeof (struct wire_config), ==, 40);
}

static void
check_format_answer (const Recorded *command, const guint8 *answer, gsize used)
{
  const struct virtcam_mode asked = recorded_mode ();
  struct wire_format format, question;
  struct virtcam_mode mode;
  guint32 length;
  bool multiplanar;
  gsize size;
  const guint8 *bytes = bytes_of (command, &size);

  memcpy (&question, bytes + IOCTL_HEAD, sizeof question);
  multiplanar =
      le32_to_cpu (question.type) == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
  g_assert_cmpint (wire_take_status (answer, used, sizeof format), ==, 0);
  memcpy (&format, answer + HEAD, sizeof format);
  g_assert_null (
      wire_take_format (&format, multiplanar, &asked, &mode, &length));
  g_assert_cmpuint (mode.sizeimage, ==, FRAME);
  g_assert_cmpuint (mode.bytesperline, ==, 640);
}

static void
check_place_answer (const Recorded *command, const guint8 *answer, gsize used)
{
  struct {
    struct wire_buffer buffer;
    struct wire_plane plane;
  } payload = { 0 };
  struct wire_buffer_place place;
  bool multiplanar;
  gsize size;
  const guint8 *bytes = bytes_of (command, &size);
  struct wire_buffer question;

  memcpy (&question, bytes + IOCTL_HEAD, sizeof question);
  multiplanar =
      le32_to_cpu (question.type) == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
  memcpy (&payload, answer + HEAD, MIN (used - HEAD, sizeof payload));
  g_assert_null (
      wire_take_place (&payload.buffer, &payload.plane, multiplanar, &place));
  g_assert_cmpuint (place.length, ==, FRAME);
  if (le32_to_cpu (payload.buffer.memory) == V4L2_MEMORY_MMAP)
    g_assert_cmpuint (
        place.offset, ==, le32_to_cpu (payload.buffer.index) * 0x1000);
}

static void
check_list_answer (guint nr, const guint8 *answer)
{
  struct v4l2_frmsize_stepwise sizes;
  struct v4l2_frmival_stepwise intervals;
  struct wire_frmsizeenum size;
  struct wire_frmivalenum interval;

  if (nr == 74) {
    memcpy (&size, answer + HEAD, sizeof size);
    g_assert_cmpint (wire_take_sizes (&size, V4L2_PIX_FMT_YUV420, &sizes), ==,
        V4L2_FRMSIZE_TYPE_DISCRETE);
    g_assert_cmpuint (sizes.min_width, ==, 640);
    g_assert_cmpuint (sizes.max_height, ==, 480);
  } else {
    memcpy (&interval, answer + HEAD, sizeof interval);
    g_assert_cmpint (wire_take_intervals (&interval, &intervals), ==,
        V4L2_FRMIVAL_TYPE_DISCRETE);
    g_assert_cmpuint (intervals.min.numerator, ==, 1);
    g_assert_cmpuint (intervals.min.denominator, ==, 30);
  }
}

static void
every_recorded_answer_is_understood (void)
{
  g_autoptr (GPtrArray) recording = recording_read ();
  guint good = 0, bad = 0;

  for (guint i = 0; i < recording->len; i++) {
    const Recorded *command = g_ptr_array_index (recording, i);
    const guint nr = command->kind == RECORDED_COMMAND ? ioctl_of (command) : 0;
    const guint8 *answer;
    gsize used;
    int status;

    if (!nr)
      continue;
    answer = bytes_of (find_answer (recording, command->number), &used);
    status = wire_take_status (answer, used, 0);
    if (status) {
      g_assert_true (
          status == -EINVAL || status == -ENOTTY || status == -EBUSY);
      bad++;
      continue;
    }
    good++;
    if (nr == 4 || nr == 5)
      check_format_answer (command, answer, used);
    else if (nr == 9 || nr == 15)
      check_place_answer (command, answer, used);
    else if (nr == 74 || nr == 75)
      check_list_answer (nr, answer);
  }
  g_assert_cmpuint (good, >=, 40);
  g_assert_cmpuint (bad, >=, 20);
}

static void
a_status_is_an_errno_or_none (void)
{
  static const struct {
    guint32 status;
    gsize used;
    int taken;
  } answers[] = {
    { 0, HEAD + 16, 0 },
    { 0, HEAD + 15, -EPROTO },
    { 0, HEAD - 1, -EPROTO },
    { 0, 0, -EPROTO },
    { EBUSY, HEAD, -EBUSY },
    { EBUSY, HEAD - 1, -EPROTO },
    { EHWPOISON, HEAD, -EHWPOISON },
    { EHWPOISON + 1, HEAD, -EPROTO },
    { 512, HEAD, -EPROTO },
    { (guint32) -EINVAL, HEAD, -EPROTO },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    const struct wire_answer answer = {
      .status = cpu_to_le32 (answers[i].status),
    };

    g_assert_cmpint (
        wire_take_status (&answer, answers[i].used, 16), ==, answers[i].taken);
  }
}

static void
a_part_of_an_event_is_refused (void)
{
  static const struct {
    guint32 event;
    gsize whole;
  } events[] = {
    { WIRE_EVENT_ERROR, sizeof (struct wire_event_error) },
    { WIRE_EVENT_DQBUF, WIRE_EVENT_HEAD },
    { WIRE_EVENT_V4L2, sizeof (struct wire_event_v4l2) },
  };
  guint8 bytes[WIRE_EVENT_SIZE] __attribute__ ((aligned (8))) = { 0 };
  struct wire_event_head *head = (void *) bytes;
  struct wire_news news;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++) {
    head->event = cpu_to_le32 (events[i].event);
    for (gsize used = 0; used <= WIRE_EVENT_SIZE; used++)
      g_assert_cmpint (wire_take_event (bytes, used, true, &news), ==,
          used < events[i].whole ? -EPROTO : 0);
    g_assert_cmpint (
        wire_take_event (bytes, WIRE_EVENT_SIZE + 1, true, &news), ==, -EPROTO);
  }
  head->event = cpu_to_le32 (WIRE_EVENT_V4L2 + 1);
  g_assert_cmpint (
      wire_take_event (bytes, WIRE_EVENT_SIZE, true, &news), ==, -EPROTO);
}

static void
a_frame_that_ends_before_it_begins_is_refused (void)
{
  struct wire_event_dqbuf event = {
    .head.event = cpu_to_le32 (WIRE_EVENT_DQBUF),
    .plane[0] = { .bytesused = cpu_to_le32 (99),
        .data_offset = cpu_to_le32 (100) },
  };
  struct wire_news news;

  g_assert_cmpint (
      wire_take_event (&event, sizeof event, true, &news), ==, -EPROTO);
  event.plane[0].bytesused = cpu_to_le32 (101);
  g_assert_cmpint (wire_take_event (&event, sizeof event, true, &news), ==, 0);
  g_assert_cmpuint (news.payload, ==, 1);
  g_assert_cmpuint (news.offset, ==, 100);
}

static void
another_format_than_was_asked_for_is_refused (void)
{
  static const struct {
    gsize field;
    guint32 value;
    gboolean taken;
  } changes[] = {
    { offsetof (struct wire_pix, width), 641, FALSE },
    { offsetof (struct wire_pix, height), 0, FALSE },
    { offsetof (struct wire_pix, pixelformat), V4L2_PIX_FMT_NV12, FALSE },
    { offsetof (struct wire_pix, field), V4L2_FIELD_INTERLACED, FALSE },
    { offsetof (struct wire_pix, field), V4L2_FIELD_ANY, TRUE },
    { offsetof (struct wire_pix, bytesperline), 639, FALSE },
    { offsetof (struct wire_pix, bytesperline), G_MAXUINT32, FALSE },
    { offsetof (struct wire_pix, bytesperline), 704, FALSE },
    { offsetof (struct wire_pix, sizeimage), 0, FALSE },
    { offsetof (struct wire_pix, sizeimage), FRAME - 1, FALSE },
    { offsetof (struct wire_pix, sizeimage), FRAME + 1, TRUE },
    { offsetof (struct wire_pix, sizeimage), G_MAXUINT32, FALSE },
    { offsetof (struct wire_pix, colorspace), G_MAXUINT32, TRUE },
  };
  const struct virtcam_mode asked = recorded_mode ();

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    struct wire_format format;
    struct virtcam_mode mode;
    guint32 length;
    const __le32 value = cpu_to_le32 (changes[i].value);

    wire_put_format (&format, false, &asked);
    g_assert_null (wire_take_format (&format, false, &asked, &mode, &length));
    memcpy ((guint8 *) &format.pix + changes[i].field, &value, sizeof value);
    g_assert_true ((wire_take_format (&format, false, &asked, &mode, &length) ==
                       NULL) == changes[i].taken);
  }
}

static void
planes_without_number_are_refused (void)
{
  const struct virtcam_mode asked = recorded_mode ();
  struct wire_format format;
  struct virtcam_mode mode;
  guint32 length;

  for (guint planes = 0; planes < 256; planes++) {
    wire_put_format (&format, true, &asked);
    format.mp.num_planes = planes;
    g_assert_true ((wire_take_format (&format, true, &asked, &mode, &length) ==
                       NULL) == (planes >= 1 && planes <= WIRE_MAX_PLANES));
  }
}

static void
a_range_that_cannot_be_is_refused (void)
{
  static const struct {
    guint32 type;
    gint64 min, max, def;
    guint64 step;
    gboolean taken;
  } controls[] = {
    { V4L2_CTRL_TYPE_INTEGER, 0, 255, 128, 1, TRUE },
    { V4L2_CTRL_TYPE_INTEGER, 0, 255, 256, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, 0, 255, -1, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, 1, 0, 0, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, 0, 255, 1, 0, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, 0, G_MAXINT64, 0, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, G_MININT64, 0, 0, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER64, G_MININT64, G_MAXINT64, 0, 1, TRUE },
    { V4L2_CTRL_TYPE_INTEGER64, 0, 1, 0, G_MAXUINT64, FALSE },
    /* V4L2 would divide by its low 32 bits. */
    { V4L2_CTRL_TYPE_INTEGER64, 0, 1, 0, G_GUINT64_CONSTANT (1) << 32, FALSE },
    { V4L2_CTRL_TYPE_INTEGER, 0, 255, 1, G_GUINT64_CONSTANT (1) << 32, FALSE },
    { V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1, 1, TRUE },
    { V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1, 7, TRUE },
    { V4L2_CTRL_TYPE_BOOLEAN, 0, 2, 1, 1, FALSE },
    { V4L2_CTRL_TYPE_MENU, 0, 3, 1, 0, TRUE },
    { V4L2_CTRL_TYPE_MENU, 1, 3, 1, 0, FALSE },
    { V4L2_CTRL_TYPE_BITMASK, 0, 15, 3, 0, TRUE },
    { V4L2_CTRL_TYPE_BITMASK, 0, 15, 16, 0, FALSE },
    { V4L2_CTRL_TYPE_BITMASK, 0, -1, 0, 0, FALSE },
    { V4L2_CTRL_TYPE_BUTTON, 5, 1, 9, 0, TRUE },
    { V4L2_CTRL_TYPE_STRING, 0, 5, 0, 1, FALSE },
    { V4L2_CTRL_TYPE_INTEGER_MENU, 0, 5, 0, 0, FALSE },
    { V4L2_CTRL_TYPE_CTRL_CLASS, 0, 0, 0, 0, FALSE },
    { G_MAXUINT32, 0, 1, 0, 1, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (controls); i++) {
    struct wire_query_ext_ctrl answer = {
      .id = cpu_to_le32 (V4L2_CID_BRIGHTNESS),
      .type = cpu_to_le32 (controls[i].type),
      .minimum = cpu_to_le64 (controls[i].min),
      .maximum = cpu_to_le64 (controls[i].max),
      .step = cpu_to_le64 (controls[i].step),
      .default_value = cpu_to_le64 (controls[i].def),
    };
    struct virtcam_control control;

    g_assert_true ((wire_take_control (&answer, 0, &control) == NULL) ==
                   controls[i].taken);
    /* What would have the driver ask for the same one again */
    g_assert_nonnull (
        wire_take_control (&answer, V4L2_CID_BRIGHTNESS, &control));
    answer.flags = cpu_to_le32 (V4L2_CTRL_FLAG_DISABLED);
    g_assert_nonnull (wire_take_control (&answer, 0, &control));
    answer.flags = 0;
    answer.nr_of_dims = cpu_to_le32 (1);
    g_assert_nonnull (wire_take_control (&answer, 0, &control));
  }
}

static void
a_name_is_plain_text (void)
{
  char text[8];

  wire_take_text ((const guint8 *) "a\x1b[31m", 7, text);
  g_assert_cmpstr (text, ==, "a?[31m");
  wire_take_text ((const guint8 *) "12345678", 8, text);
  g_assert_cmpstr (text, ==, "1234567");
  wire_take_text ((const guint8 *) "\xff\x7f\n", 4, text);
  g_assert_cmpstr (text, ==, "???");
  wire_take_text ((const guint8 *) "K\u00fcche", 8, text);
  g_assert_cmpstr (text, ==, "K\u00fcche");
  /* where the host has cut it, or this does */
  wire_take_text ((const guint8 *) "abcdefg\u00e9", 8, text);
  g_assert_cmpstr (text, ==, "abcdefg");
  wire_take_text ((const guint8 *) "abcdef\u00e9", 8, text);
  g_assert_cmpstr (text, ==, "abcdef?");
}

#define ADD(name) g_test_add_func ("/guest-wire/" #name, name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (every_recorded_event_is_understood);
  ADD (questions_have_the_recorded_lengths);
  ADD (every_recorded_answer_is_understood);
  ADD (a_status_is_an_errno_or_none);
  ADD (a_part_of_an_event_is_refused);
  ADD (a_frame_that_ends_before_it_begins_is_refused);
  ADD (another_format_than_was_asked_for_is_refused);
  ADD (planes_without_number_are_refused);
  ADD (a_range_that_cannot_be_is_refused);
  ADD (a_name_is_plain_text);
  return g_test_run ();
}
