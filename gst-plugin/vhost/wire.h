/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <string.h>

/* virtio-media and virtio's rings, byte by byte: little-endian, V4L2's structs in their
 * 64-bit layout. These structs have no alignment, so that they have no holes but the
 * named ones, on any machine. */

typedef struct {
  uint8_t b[2];
} Le16;
typedef struct {
  uint8_t b[4];
} Le32;
typedef struct {
  uint8_t b[8];
} Le64;

static inline uint16_t
get16 (Le16 v)
{
  return (uint16_t) (v.b[0] | v.b[1] << 8);
}

static inline uint32_t
get32 (Le32 v)
{
  return v.b[0] | (uint32_t) v.b[1] << 8 | (uint32_t) v.b[2] << 16 |
         (uint32_t) v.b[3] << 24;
}

static inline uint64_t
get64 (Le64 v)
{
  uint64_t value = 0;

  for (int i = 7; i >= 0; i--)
    value = value << 8 | v.b[i];
  return value;
}

static inline Le16
le16 (uint16_t v)
{
  return (Le16){ { (uint8_t) v, (uint8_t) (v >> 8) } };
}

static inline Le32
le32 (uint32_t v)
{
  return (Le32){ { (uint8_t) v, (uint8_t) (v >> 8), (uint8_t) (v >> 16),
      (uint8_t) (v >> 24) } };
}

static inline Le64
le64 (uint64_t v)
{
  Le64 wire;

  for (int i = 0; i < 8; i++)
    wire.b[i] = (uint8_t) (v >> 8 * i);
  return wire;
}

/* virtio-media's commands and events */

enum { WIRE_OPEN = 1, WIRE_CLOSE, WIRE_IOCTL, WIRE_MMAP, WIRE_MUNMAP };
enum { WIRE_ERROR = 0, WIRE_DQBUF, WIRE_EVENT };

#define WIRE_MMAP_WRITABLE 1u

typedef struct {
  Le32 command, reserved;
} WireCommand;
typedef struct {
  Le32 status, reserved;
} WireAnswer;
typedef struct {
  WireAnswer head;
  Le32 session, reserved;
} WireOpened;
typedef struct {
  Le32 session, reserved;
} WireClose;
typedef struct {
  Le32 session, code;
} WireIoctl;
typedef struct {
  Le32 session, flags, offset;
} WireMmap;
typedef struct {
  WireAnswer head;
  Le64 address, size;
} WireMapped;
typedef struct {
  Le64 address;
} WireMunmap;

typedef struct {
  Le64 start;
  Le32 size, reserved;
} WirePiece;

typedef struct {
  Le32 card_caps, type;
  char card[32];
} WireConfig;

/* V4L2 */

typedef struct {
  Le32 numerator, denominator;
} WireFraction;

typedef struct {
  Le32 index, type, flags;
  char description[32];
  Le32 pixelformat, mbus_code, reserved[3];
} WireFmtdesc;

typedef struct {
  Le32 index, pixelformat, type;
  Le32 size[6]; /* width, height; or min, max, step of each */
  Le32 reserved[2];
} WireFrmsize;

typedef struct {
  Le32 index, pixelformat, width, height, type;
  WireFraction interval[3]; /* it; or min, max, step */
  Le32 reserved[2];
} WireFrmival;

typedef struct {
  Le32 type, hole;
  Le32 width, height, pixelformat, field, bytesperline, sizeimage, colorspace,
      priv, flags, ycbcr_enc, quantization, xfer_func;
  uint8_t rest[152];
} WireFormat;

typedef struct {
  Le32 type, capability, mode;
  WireFraction interval;
  Le32 extended_mode, readbuffers, reserved[4];
  uint8_t rest[160];
} WireParm;

typedef struct {
  Le32 count, type, memory, capabilities, flags;
} WireRequest;

typedef struct {
  Le32 index, count, memory, hole;
  WireFormat format;
  Le32 capabilities, flags, reserved[6];
} WireCreate;

typedef struct {
  Le32 index, type, bytesused, flags, field, hole;
  Le64 seconds, microseconds;
  uint8_t timecode[16];
  Le32 sequence, memory;
  Le64 m;
  Le32 length, reserved, request_fd, hole2;
} WireBuffer;

typedef struct {
  Le32 index;
  char name[32];
  Le32 type, audioset, tuner;
  Le64 std;
  Le32 status, capabilities, reserved[3], hole;
} WireInput;

typedef struct {
  Le32 id, type;
  char name[32];
  Le64 minimum, maximum, step, default_value;
  Le32 flags, elem_size, elems, n_dims, dims[4], reserved[32];
} WireControlInfo;

typedef struct {
  Le32 id, index;
  union {
    char name[32];
    Le64 value;
  } item;
  Le32 reserved;
} WireMenu;

typedef struct {
  Le32 which, count, error_index, request_fd, reserved, hole;
  Le64 pointer;
} WireControls;

typedef struct {
  Le32 id, size, reserved;
  Le64 value;
} WireControl;

typedef struct {
  Le32 type, id, flags, reserved[5];
} WireSubscription;

typedef struct {
  Le32 type, hole;
  union {
    struct {
      Le32 changes, type;
      Le64 value;
      Le32 flags, minimum, maximum, step, default_value;
    } control;
    Le32 source_changes;
    uint8_t all[64];
  } u;
  Le32 pending, sequence;
  Le64 seconds, nanoseconds;
  Le32 id, reserved[8], hole2;
} WireV4l2Event;

/* events */

typedef struct {
  Le32 event, session;
} WireEventHead;
typedef struct {
  WireEventHead head;
  Le32 error, reserved;
} WireErrorEvent;
typedef struct {
  WireEventHead head;
  WireBuffer buffer;
  uint8_t planes[8][64];
} WireDqbufEvent;
typedef struct {
  WireEventHead head;
  WireV4l2Event event;
} WireEventEvent;

_Static_assert(sizeof (WireConfig) == 40, "config");
_Static_assert(sizeof (WirePiece) == 16, "sg entry");
_Static_assert(sizeof (WireFmtdesc) == 64, "v4l2_fmtdesc");
_Static_assert(sizeof (WireFrmsize) == 44, "v4l2_frmsizeenum");
_Static_assert(sizeof (WireFrmival) == 52, "v4l2_frmivalenum");
_Static_assert(sizeof (WireFormat) == 208, "v4l2_format");
_Static_assert(sizeof (WireParm) == 204, "v4l2_streamparm");
_Static_assert(sizeof (WireRequest) == 20, "v4l2_requestbuffers");
_Static_assert(sizeof (WireCreate) == 256, "v4l2_create_buffers");
_Static_assert(sizeof (WireBuffer) == 88, "v4l2_buffer");
_Static_assert(sizeof (WireInput) == 80, "v4l2_input");
_Static_assert(sizeof (WireControlInfo) == 232, "v4l2_query_ext_ctrl");
_Static_assert(sizeof (WireMenu) == 44, "v4l2_querymenu");
_Static_assert(sizeof (WireControls) == 32, "v4l2_ext_controls");
_Static_assert(sizeof (WireControl) == 20, "v4l2_ext_control");
_Static_assert(sizeof (WireSubscription) == 32, "v4l2_event_subscription");
_Static_assert(sizeof (WireV4l2Event) == 136, "v4l2_event");
_Static_assert(sizeof (WireDqbufEvent) == 608, "a DQBUF event");
_Static_assert(sizeof (WireEventEvent) == 144, "an EVENT event");
_Static_assert(sizeof (WireErrorEvent) == 16, "an ERROR event");
