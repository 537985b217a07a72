/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_MINMAX_H
#define UNIT_LINUX_MINMAX_H

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min ((type) (a), (type) (b))
#define max_t(type, a, b) max ((type) (a), (type) (b))
#define clamp(value, low, high) min (max (value, low), high)

#endif
