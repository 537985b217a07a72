/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define IS_REACHABLE(option) 0
