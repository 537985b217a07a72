/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the misbehaving provider (provider/misbehave.c) have around
 * them: its module, its camera, and that nothing of either is left.
 */
#ifndef TEST_MISBEHAVIOUR_H
#define TEST_MISBEHAVIOUR_H

#include "kernel-log.h"
#include "provider/misbehave.h"
#include "reader.h"

#define MISBEHAVE_MODULE "virtcam-misbehave"
/* Names of the kernel have no dash. */
#define MISBEHAVE_DEVICE "virtcam_misbehave"

/* How many frames a test looks at */
#define MISBEHAVE_FRAMES 12

/**
 * Misbehaviour:
 * @log: the kernel log since the test began
 * @reader: the camera, open; a test may close it and set NULL
 * @frame_memory: how many frames there were in the kernel before
 */
typedef struct
{
  KernelLog *log;
  Reader *reader;
  guint frame_memory;
} Misbehaviour;

typedef void (*MisbehaviourTest) (Misbehaviour * m);

/** Adds a test, which finds the module loaded and the camera open. */
void misbehaviour_add (const char *path, MisbehaviourTest test);

/**
 * misbehaviour_open:
 * @parameter: (nullable): one parameter of the module
 *
 * Loads the module and opens its camera.
 */
void misbehaviour_open (Misbehaviour * m, const char *parameter);

/** Undoes misbehaviour_open(). */
void misbehaviour_close (Misbehaviour * m);

/**
 * misbehaviour_assert_frames:
 * @flags: V4L2_BUF_FLAG_ERROR if all are damaged, else 0
 *
 * Of the next frames of a stream, that they have what V4L2 promises, whatever
 * their provider does.
 */
void misbehaviour_assert_frames (Misbehaviour * m, guint flags);

/**
 * misbehaviour_stream:
 * @flags: as above
 * @words: (nullable): what the kernel log says then; %NULL if nothing
 *
 * Two streams with @fault, one from a timer and one from a work item.
 */
void misbehaviour_stream (Misbehaviour * m, enum fault fault, guint flags,
    const char *words);

#endif
