/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_EXPORT_H
#define UNIT_LINUX_EXPORT_H

#define EXPORT_SYMBOL_GPL(symbol)

#endif
