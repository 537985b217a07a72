/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that sends whatever comes into its head, while its buffers are filled. With
 * VIRTCAM_SOAK=yes 300,000 times; VIRTCAM_SEED=N repeats a run. */

#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

typedef struct {
  VmCamera *camera;
  gint over; /* atomic */
  guint n_frames;
} Filler;

/* As an embedder does, and now and then one that is slow to give back. */
static gpointer
fill (gpointer data)
{
  Filler *filler = data;
  VmBuffer *held = NULL;

  while (!g_atomic_int_get (&filler->over)) {
    VmBuffer *buffer = vm_camera_take_buffer (filler->camera);

    if (buffer == NULL) {
      g_thread_yield ();
      continue;
    }
    memset (buffer->data, 1, buffer->size);
    filler->n_frames += vm_camera_done (filler->camera, buffer, buffer->size, 0,
                            filler->n_frames, 0) == 0;
    if (held)
      vm_camera_give_back (filler->camera, held);
    held = filler->n_frames % 3 ? buffer : NULL;
    if (held == NULL)
      vm_camera_give_back (filler->camera, buffer);
  }
  if (held)
    vm_camera_give_back (filler->camera, held);
  return NULL;
}

/* Mostly small, and mostly what means something. */
static guint32
any_number (GRand *rand)
{
  switch (g_rand_int_range (rand, 0, 8)) {
  case 0:
    return g_rand_int (rand);
  case 1:
    return FRAME;
  case 2:
    return V4L2_PIX_FMT_YUYV;
  case 3:
    return V4L2_CID_BRIGHTNESS;
  case 4:
    return (guint32) g_rand_int_range (rand, 0, 1 << 20);
  default:
    return (guint32) g_rand_int_range (rand, 0, 4);
  }
}

static guint32
any_code (GRand *rand)
{
  static const guint8 codes[] = { REQBUFS, QBUF, QBUF, QBUF, QBUF, STREAMON,
    STREAMON, ENUM_FMT, G_FMT, S_FMT, REQBUFS, QUERYBUF, QBUF, STREAMON,
    STREAMOFF, G_PARM, 22, 26, 37, 38, 39, 64, G_EXT_CTRLS, S_EXT_CTRLS,
    TRY_EXT_CTRLS, 74, 75, SUBSCRIBE_EVENT, 91, 92, 103 };

  return g_rand_int_range (rand, 0, 20)
             ? codes[g_rand_int_range (rand, 0, G_N_ELEMENTS (codes))]
             : g_rand_int (rand);
}

/* The words of an ioctl's argument that make it succeed now and then. */
static void
make_sensible (GRand *rand, guint32 code, guint32 session, Le32 *words)
{
  const guint32 memory = session % 2 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_USERPTR;

  switch (code) {
  case REQBUFS:
    words[0] = le32 ((guint32) g_rand_int_range (rand, 0, 8));
    words[1] = le32 (TYPE);
    words[2] = le32 (memory);
    break;
  case QBUF:
  case QUERYBUF:
    words[0] = le32 ((guint32) g_rand_int_range (rand, 0, 4));
    words[1] = le32 (TYPE);
    words[15] = le32 (memory);
    words[18] = le32 (FRAME);
    for (guint i = 0; i < 8; i++) {
      words[22 + 4 * i] = le32 (0x400000 + 0x10000 * i);
      words[23 + 4 * i] = le32 (0);
      words[24 + 4 * i] = le32 (FRAME / 8);
    }
    break;
  case STREAMON:
  case STREAMOFF:
  case S_FMT:
  case 64:
    words[0] = le32 (TYPE);
    break;
  }
}

static void
send_any_command (Guest *guest, guint32 session, GRand *rand)
{
  /* the session is closed but now and then */
  guint32 command = (guint32) MAX (g_rand_int_range (rand, -200, 6), 0);
  guint32 code = any_code (rand);
  Le32 words[4 + 64];
  guint8 answer[512];
  gsize size = sizeof words, room = sizeof answer;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = le32 (any_number (rand));
  words[0] = le32 (command ? command : WIRE_IOCTL);
  words[2] = le32 (g_rand_int_range (rand, 0, 8) ? session : any_number (rand));
  if (command == 0)
    words[3] = le32 (code);
  if (command == 0 && g_rand_int_range (rand, 0, 3))
    make_sensible (rand, code, session, words + 4);
  if (g_rand_int_range (rand, 0, 10) == 0)
    size = (gsize) g_rand_int_range (rand, 0, sizeof words);
  if (g_rand_int_range (rand, 0, 10) == 0)
    room = (gsize) g_rand_int_range (rand, 0, sizeof answer);
  guest_command (guest, words, size, answer, room);
}

static void
send_any_chain (Guest *guest, GRand *rand)
{
  GuestDescriptor descriptors[4];

  for (guint i = 0; i < 4; i++)
    descriptors[i] = (GuestDescriptor){ any_number (rand), any_number (rand),
      (guint16) g_rand_int_range (rand, 0, 8),
      (guint16) g_rand_int_range (rand, 0, 6) };
  /* the ring itself is not to be written */
  for (guint i = 0; i < 4; i++)
    descriptors[i].flags &= (guint16) ~2;
  guest_chain (guest, descriptors, 4);
}

static void
do_anything (Rig *rig, guint32 session, GRand *rand)
{
  switch (g_rand_int_range (rand, 0, 400)) {
  case 0:
    guest_change_memory (rig->guest);
    break;
  case 1:
    guest_stop (rig->guest);
    guest_start (rig->guest, -1, 0);
    break;
  case 3:
    vm_camera_set_control (
        rig->camera, V4L2_CID_BRIGHTNESS, g_rand_int_range (rand, 0, 255));
    break;
  case 4:
    vm_camera_post_error (rig->camera, 5);
    break;
  case 5 ... 20:
    send_any_chain (rig->guest, rand);
    break;
  default:
    send_any_command (rig->guest, session, rand);
  }
  while (guest_has_event (rig->guest)) {
    WireDqbufEvent event;

    guest_wait_event (rig->guest, &event);
    guest_post_event_buffer (rig->guest);
  }
}

/* Sessions run out, and end by errors. */
static guint32
begin_anew (Rig *rig, GRand *rand)
{
  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 16);
  for (gint i = g_rand_int_range (rand, 0, 2); i > 0; i--)
    guest_open (rig->guest);
  return guest_open (rig->guest);
}

static void
a_hostile_guest_harms_nobody (void)
{
  const gchar *seed = g_getenv ("VIRTCAM_SEED");
  guint32 number = seed ? (guint32) strtoul (seed, NULL, 0) : g_random_int ();
  guint times = g_strcmp0 (g_getenv ("VIRTCAM_SOAK"), "yes") ? 3000 : 300000;
  GRand *rand = g_rand_new_with_seed (number);
  Rig *rig = rig_new (GUEST_PLAIN);
  Filler filler = { .camera = rig->camera };
  GThread *thread = g_thread_new ("filler", fill, &filler);
  guint32 session = 0;
  Viewer *viewer;

  g_test_message ("VIRTCAM_SEED=%u", number);
  for (guint i = 0; i < times; i++) {
    if (i % 200 == 0)
      session = begin_anew (rig, rand);
    do_anything (rig, session, rand);
  }
  g_atomic_int_set (&filler.over, TRUE);
  g_thread_join (thread);
  g_test_message ("%u commands, %u frames, %u buffers revoked",
      (guint) vm_camera_get_counts (rig->camera).commands, filler.n_frames,
      (guint) vm_camera_get_counts (rig->camera).revoked);
  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 16);
  viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 2);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).sessions, ==, 1);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).front_errors, ==, 0);
  viewer_close (viewer);
  rig_free (rig);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func (
      "/vhost/a_hostile_guest_harms_nobody", a_hostile_guest_harms_nobody);
  return g_test_run ();
}
