/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tests after which the kernel must hold what it held before: the memory of
 * frames, dma-bufs, and the use of each module that a camera stands on.
 */
#ifndef BALANCE_H
#define BALANCE_H

#include "fixture.h"

/**
 * balance_add:
 *
 * Adds a test that makes the cameras it needs, as fixture_add_without_camera()
 * does, and that has to leave nothing behind.
 */
void balance_add (const char *path, FixtureTest test);

/**
 * Balance:
 *
 * What the kernel holds at one moment.
 */
typedef struct _Balance Balance;

Balance *balance_take (void);

/** Fails the test where the kernel holds another number of anything. */
void balance_assert (Balance * before);
void balance_free (Balance * balance);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Balance, balance_free)

#endif
