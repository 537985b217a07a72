/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_LIST_H
#define UNIT_LINUX_LIST_H

struct list_head
{
  struct list_head *next, *prev;
};

#endif
