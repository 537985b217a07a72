/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* These two are found before libc's and libv4l2's, since the program exports
 * them. */
#include "driver.h"

#include <libv4l2.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

gint
driver_ask (gint fd, gulong request, gpointer argument)
{
  return syscall (SYS_ioctl, fd, request, argument);
}

#define ANSWER(name) \
  int name (int fd, unsigned long request, ...) \
  { \
    va_list arguments; \
    gpointer argument; \
\
    va_start (arguments, request); \
    argument = va_arg (arguments, gpointer); \
    va_end (arguments); \
    return driver_answer (fd, request, argument); \
  }

ANSWER (ioctl)
ANSWER (v4l2_ioctl)
