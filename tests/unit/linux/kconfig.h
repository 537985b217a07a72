/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As on a PC, with every option that the module looks at */
#define IS_REACHABLE(option) 1
#define IS_ENABLED(option) 0
