/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A camera for virtual machines: a vhost-user back end on a socket, and behind it the
 * virtio-media device that a guest's driver finds. Plain C, without GLib.
 *
 * Errors are negative numbers of errno. Times are nanoseconds of CLOCK_MONOTONIC.
 * Every function may be called from any thread, but for vm_camera_destroy(), which
 * none of the callbacks may call. Functions return at once: none waits for a guest.
 *
 * Neither the guest nor its virtual machine monitor (the front end) is trusted. One
 * thing cannot be checked: a front end that truncates a file of guest memory after
 * it was handed over makes this process die of SIGBUS.
 */
typedef struct VmCamera VmCamera;

/* Seconds between two frames. */
typedef struct {
  uint32_t numerator, denominator;
} VmFraction;

/* Pixels: min, min + step, ... max. min == max: this one. */
typedef struct {
  uint32_t min, max, step;
} VmSpan;

/* V4L2's numbers (linux/videodev2.h) for what a picture's colours mean; 0: the
 * default. */
typedef struct {
  uint32_t colorspace, ycbcr_enc, quantization, xfer_func;
} VmColours;

/* What a guest may choose. A pixel format has either modes of one size each, or one
 * mode with a range. */
typedef struct {
  uint32_t fourcc; /* of V4L2, a format in one plane of memory */
  VmSpan width, height;
  const VmFraction *intervals; /* all there are, or shortest, longest, step */
  unsigned n_intervals;        /* 0: any */
  bool is_range;               /* of intervals: there are three */
  VmColours colours;
} VmMode;

/* What a guest has chosen. */
typedef struct {
  uint32_t fourcc, width, height;
  uint32_t bytesperline; /* of the first plane; 0: compressed */
  uint32_t sizeimage;    /* bytes of a buffer */
  VmFraction interval;   /* 0/0: any */
  VmColours colours;
  uint32_t stream; /* another number each time that a guest streams */
} VmFormat;

/* A control with an integer, in V4L2's terms. */
typedef struct {
  uint32_t id, type, flags; /* V4L2_CID_, V4L2_CTRL_TYPE_, V4L2_CTRL_FLAG_ */
  const char *name;         /* up to 31 bytes */
  int64_t minimum, maximum;
  uint64_t step;
  int64_t default_value, value;
  /* of a menu, [0] to [maximum]; NULL: there is no such item */
  const char *const *menu;
  const int64_t *integer_menu; /* of an integer menu, [0] to [maximum] */
} VmControl;

/* Callbacks. All but layout are called by the camera's own thread, under no lock, and
 * may call any function here but vm_camera_destroy(); NULL: not interested. */
typedef struct {
  /* How a picture lies in memory. FALSE: there is no such picture. From any thread,
   * under the camera's lock: it computes, and calls nothing of the camera's. */
  bool (*layout) (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
      uint32_t *bytesperline, uint32_t *sizeimage);
  /* A guest streams, or does no more. format lives until the callback returns. */
  void (*started) (void *data, const VmFormat *format);
  void (*stopped) (void *data);
  /* There is an empty buffer after there was none. */
  void (*buffer_queued) (void *data);
  void (*control_set) (void *data, uint32_t id, int64_t value);
  /* A front end connected, or has gone. why: NULL, or what it did wrong, as a
   * sentence without its full stop. */
  void (*front_end) (void *data, bool is_there, const char *why);
} VmCameraOps;

typedef struct {
  const char *socket_path;
  const char *card; /* the camera's name; 31 bytes of it are used */
  const VmMode *modes;
  unsigned n_modes; /* at least 1 */
  const VmControl *controls;
  unsigned n_controls;
  const VmCameraOps *ops;
  void *data; /* for the callbacks */
  /* Guests lend their pages, and no shared memory is offered. QEMU 11.1.3 crashes when
   * a device is unplugged whose back end may ask it for shared memory. */
  bool pages_only;
} VmCameraConfig;

/* Copies all of config but for data. A socket at the path on which nobody listens is
 * replaced. NULL: *error says why:
 *   -EINVAL: no mode, or bad ones or controls; -EADDRINUSE: somebody listens there;
 *   -ENAMETOOLONG; and what socket(), bind() and pthread_create() say. */
VmCamera *vm_camera_create (const VmCameraConfig *config, int *error);
/* Ends the connection and the thread: no callback runs any more. Buffers that were
 * taken stay valid until they are given back, which goes on working. Takes NULL. */
void vm_camera_destroy (VmCamera *camera);

/* A guest's empty buffer, or one that is held for reading still. */
typedef struct {
  uint8_t *data; /* write here */
  size_t size;   /* and no further */
  /* VmFormat.stream of what it is for: a stream may have followed the one that the
   * embedder knows of, and not have been told yet. */
  uint32_t stream;
} VmBuffer;

/* NULL: no guest streams, or it has none queued. The caller owns it until
 * vm_camera_give_back(). Where the guest takes the buffer back meanwhile the memory
 * stays writable, but is the guest's no more. */
VmBuffer *vm_camera_take_buffer (VmCamera *camera);
/* Hands the frame to the guest. It is read from here on, and not written. flags: 0 or
 * V4L2_BUF_FLAG_ERROR and others of V4L2. Returns 0, or -ECANCELED: the guest has
 * taken the buffer back; -EALREADY: it was handed over; -EINVAL: more than size. */
int vm_camera_done (VmCamera *camera, VmBuffer *buffer, size_t bytesused,
    uint64_t time_ns, uint32_t sequence, uint32_t flags);
/* buffer is not valid any more. Was it not done it is the guest's next empty one
 * again, as long as the guest has not taken it back. */
void vm_camera_give_back (VmCamera *camera, VmBuffer *buffer);

/* Replaces the modes: guests get V4L2_EVENT_SOURCE_CHANGE. A guest with buffers keeps
 * its mode until it frees them. -EINVAL as for create. */
int vm_camera_set_modes (
    VmCamera *camera, const VmMode *modes, unsigned n_modes);
/* Without control_set. -EINVAL: no such control; -ERANGE: no such value. */
int vm_camera_set_control (VmCamera *camera, uint32_t id, int64_t value);
/* Ends all sessions of guests with an ERROR event. error: an errno, positive. */
void vm_camera_post_error (VmCamera *camera, int error);

/* Since vm_camera_create(). */
typedef struct {
  uint64_t frames;   /* handed to a guest */
  uint64_t copied;   /* of them copied, since pages could not be mapped */
  uint64_t revoked;  /* buffers that a guest took back while they were held */
  uint64_t commands; /* of guests */
  uint64_t events;   /* to guests */
  uint64_t events_kept;  /* of them that had to wait for room */
  uint64_t front_ends;   /* that connected */
  uint64_t front_errors; /* that were sent away for what they did wrong */
  unsigned sessions;     /* open now */
  unsigned queued;       /* empty buffers there are now */
  unsigned taken;        /* buffers that are held now */
} VmCameraCounts;

VmCameraCounts vm_camera_get_counts (VmCamera *camera);
