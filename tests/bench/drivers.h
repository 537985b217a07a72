/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must be loaded. */
#ifndef BENCH_DRIVERS_H
#define BENCH_DRIVERS_H

/** Ends the program with 77 where virtcam is not loaded. */
void drivers_need_virtcam (void);

/** The same where virtcam or vivid is not. */
void drivers_need_both (void);

#endif
