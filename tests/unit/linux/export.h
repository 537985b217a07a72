/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define EXPORT_SYMBOL_GPL(name) extern int unit_exports
