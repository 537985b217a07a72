/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocations of the kernel's that fail on demand (CONFIG_FAULT_INJECTION): the
 * nth one that this task makes, once.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <glib.h>

/**
 * faults_open:
 *
 * Lets every kind of allocation fail, but none yet.
 *
 * Returns: NULL where it can, else what this kernel lacks
 */
const char *faults_open (void);
void faults_close (void);

/** The @nth allocation from here on fails; call nothing but what is meant. */
void faults_arm (guint nth);

/**
 * faults_disarm:
 *
 * Returns: how many allocations were left to make until that one; 0 if it
 *   was reached
 */
guint faults_disarm (void);

/** The @nth allocation of each of the kernel's workers of no processor fails. */
void faults_arm_workers (guint nth);

/** Returns: how many of them reached it */
guint faults_disarm_workers (void);

#endif
