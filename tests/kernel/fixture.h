/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every kernel test has around it: a camera of its own, taken away
 * afterwards, and a kernel log that must hold no sign of a bug.
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "camera.h"
#include "kernel-log.h"

/**
 * Fixture:
 * @camera: the test's camera; a test may free it and set NULL
 * @log: the kernel log since the test began
 * @driver_references: the module's reference count before the camera was made
 */
typedef struct
{
  TestCamera *camera;
  KernelLog *log;
  int driver_references;
} Fixture;

typedef void (*FixtureTest) (Fixture * fixture);

/**
 * fixture_init:
 *
 * Starts the test program, with TAP as its output. Ends it with a skip where
 * virtcam is not loaded.
 */
void fixture_init (int argc, char **argv);

/**
 * fixture_add:
 * @path: "/theme/the_test_as_a_sentence"
 *
 * Adds a test that finds a camera with the default settings.
 */
void fixture_add (const char *path, FixtureTest test);

/**
 * fixture_add_feed:
 *
 * Adds a test that finds a feed with the default settings.
 */
void fixture_add_feed (const char *path, FixtureTest test);

/**
 * fixture_add_without_camera:
 *
 * Adds a test that makes the cameras it needs, if any.
 */
void fixture_add_without_camera (const char *path, FixtureTest test);

/**
 * fixture_driver_references:
 *
 * Returns: the reference count of the virtcam module
 */
int fixture_driver_references (void);

/**
 * fixture_run_miscounted:
 *
 * Does what g_test_run() does, for tests in which vb2 is known to miscount its
 * calls.
 *
 * Returns: the program's exit status
 */
int fixture_run_miscounted (void);

/**
 * fixture_assert_setting_refused:
 * @words: what a line in the log must name beside the setting, ended by NULL
 *
 * The write of a setting of the fixture's camera must fail so, and change nothing.
 */
void fixture_assert_setting_refused (Fixture * fixture, const char *name,
    const char *value, GFileError reason, const char *const *words);

/**
 * fixture_finish:
 *
 * For tests with a set-up of their own: fails the test if the kernel log holds
 * the sign of a bug, and closes the log.
 */
void fixture_finish (Fixture * fixture);

#endif
