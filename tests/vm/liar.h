/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEST_LIAR_H
#define TEST_LIAR_H

/* Only where liar.c is linked in. */
unsigned liar_count_left (void) __attribute__ ((weak));
void liar_forget (void) __attribute__ ((weak));

#endif
