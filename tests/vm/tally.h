/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests/vm/lender has for its guest, counted where the library's parts call each
 * other, and told by controls: LENDER_SESSIONS and LENDER_MAPPINGS.
 */
#ifndef TEST_TALLY_H
#define TEST_TALLY_H

/* The next buffer is mapped so many milliseconds later. The camera's thread's own. */
void tally_delay_mapping (unsigned ms);
/* A size or an interval is told so many milliseconds later. Likewise. */
void tally_delay_lists (unsigned ms);
/* All sessions end when the guest has asked for some sizes. Likewise. */
void tally_end_in_a_list (void);

#endif
