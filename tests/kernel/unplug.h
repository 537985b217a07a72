/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of vanishing cameras share: the two ways to unplug, threads
 * that are known to be blocked, and the memory that must be gone afterwards.
 */
#ifndef TEST_UNPLUG_H
#define TEST_UNPLUG_H

#include <sys/syscall.h>

#include "fixture.h"
#include "reader.h"

/* The system call of poll(), where architectures younger than x86-64 have another. */
#ifndef SYS_poll
#define SYS_poll SYS_ppoll
#endif

/** A way to take a camera away: test_camera_unbind() or the like. */
typedef void (*Unplug) (TestCamera * camera);

/** A test of one way. */
typedef void (*UnplugTest) (Fixture * fixture, Unplug unplug);

/**
 * unplug_add:
 * @name: the test's name, without "_by_..."
 *
 * Adds the test once for unbinding in sysfs, once for disabling and once for
 * removing the directory in configfs.
 */
void unplug_add (const char *name, UnplugTest test);

/** As unplug_add(), for a test that finds a feed of two capture nodes. */
void unplug_add_feed (const char *name, UnplugTest test);

/** As unplug_add(), for a test that finds a camera that the host lends: unbinding
 *    it, and pulling it out of the machine. */
void unplug_add_lent (const char *name, UnplugTest test);

/** Adds the test for one way, under a whole path. */
void unplug_add_once (const char *path, UnplugTest test, Unplug unplug);

/**
 * BlockedCall:
 *
 * A system call that a thread of its own makes, and its outcome.
 */
typedef struct _BlockedCall BlockedCall;

/** Makes the call; returns its result, with errno set where that is -1. */
typedef int (*CallFunction) (Reader * reader, gpointer data);

/**
 * blocked_call_start:
 * @number: SYS_ioctl, SYS_poll, SYS_read
 *
 * Returns once the thread sleeps in this system call.
 */
BlockedCall *blocked_call_start (Reader * reader, CallFunction call,
    gpointer data, long number);

/** Makes the call, and returns at once. */
BlockedCall *blocked_call_begin (Reader * reader, CallFunction call,
    gpointer data);

/** Waits until the thread sleeps in this system call. */
void blocked_call_await_sleep (BlockedCall * blocked, long number);

/**
 * blocked_call_first_end:
 *
 * Waits for any of the calls to return, but not for ever.
 *
 * Returns: its index; -1 if all seem to sleep on
 */
int blocked_call_first_end (BlockedCall ** calls, guint count);

/** Returns: whether the call has returned, without having to be waited for
 *    for ever; to join it might take that long, otherwise */
gboolean blocked_call_ends (BlockedCall * blocked);

/**
 * blocked_call_join:
 * @error: (out): errno of the call, 0 where it did not fail
 *
 * Waits for the call to return, and returns its result.
 */
int blocked_call_join (BlockedCall * blocked, int *error);

/** For blocked_call_start(): DQBUF as it is; @buffer is a struct v4l2_buffer. */
int call_dqbuf (Reader * reader, gpointer buffer);

/** DQBUF and QBUF until one of them fails: -1. */
int call_dqbuf_until_it_fails (Reader * reader, gpointer buffer);

/** Unplugs under an ioctl() that sleeps: it must fail with ENODEV. */
void assert_unplug_ends (Fixture * fixture, Reader * reader, Unplug unplug,
    CallFunction call, gpointer data);

/**
 * unplug_count_frame_memory:
 *
 * Returns: how many buffers of frames (those that have an address) the kernel holds, whoever
 *   they belong to
 */
guint unplug_count_frame_memory (void);

/** Every ioctl, mmap, read and poll must say that the camera is gone. */
void assert_gone (Reader * reader);

#endif
