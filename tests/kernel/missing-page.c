/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "missing-page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Only so that a fault that never comes fails the test instead of the guest. */
#define STALL_MS (60 * 1000)

static gsize
whole_pages (gsize size)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return (size + page - 1) / page * page;
}

MissingPage *
missing_page_new (gsize size)
{
  struct uffdio_api api = { .api = UFFD_API };
  struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
  int fd = (int) syscall (SYS_userfaultfd, O_CLOEXEC);
  MissingPage *page;

  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    return NULL;
  g_assert_no_errno (fd);
  page = g_new (MissingPage, 1);
  page->fd = fd;
  page->size = whole_pages (size);
  page->data = mmap (NULL, page->size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (page->data != MAP_FAILED);
  range.range.start = (guintptr) page->data;
  range.range.len = page->size;
  g_assert_no_errno (ioctl (fd, UFFDIO_API, &api));
  g_assert_no_errno (ioctl (fd, UFFDIO_REGISTER, &range));
  return page;
}

void
missing_page_await_fault (MissingPage *page)
{
  struct pollfd wait = { .fd = page->fd, .events = POLLIN };
  struct uffd_msg message;

  g_assert_cmpint (poll (&wait, 1, STALL_MS), ==, 1);
  g_assert_cmpint (
      read (page->fd, &message, sizeof (message)), ==, sizeof (message));
  g_assert_cmpint (message.event, ==, UFFD_EVENT_PAGEFAULT);
}

void
missing_page_resolve_first (MissingPage *page, gsize size)
{
  struct uffdio_zeropage zero = {
    .range = { (guintptr) page->data, size },
  };

  g_assert_no_errno (ioctl (page->fd, UFFDIO_ZEROPAGE, &zero));
}

void
missing_page_resolve (MissingPage *page)
{
  missing_page_resolve_first (page, page->size);
}

void
missing_page_free (MissingPage *page)
{
  g_assert_no_errno (close (page->fd));
  g_assert_no_errno (munmap (page->data, page->size));
  g_free (page);
}
