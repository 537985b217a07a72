/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "breaking.h"

#include <stdlib.h>

#define DEFAULT_SEED 20231

guint
breaking_times (guint quick, guint full)
{
  return g_getenv ("VIRTCAM_SOAK") ? full : quick;
}

guint32
breaking_seed (void)
{
  const char *given = g_getenv ("VIRTCAM_SEED");
  guint32 seed = given ? strtoul (given, NULL, 0) : DEFAULT_SEED;

  breaking_figure ("VIRTCAM_SEED=%u", seed);
  return seed;
}

void
breaking_figure (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("figure: %s", text);
}
