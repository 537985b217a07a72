/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure: the text of URIs. */

#include "v4l2/find.h"

#define PREFIX GST_VIRTCAM_URI_PROTOCOL "://"

static gboolean
fail (const gchar *uri, const gchar *reason, GError **error)
{
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "\"%s\" %s; a camera is named as in virtcam:///dev/video0 or "
      "virtcam://Front%%20Door",
      uri, reason);
  return FALSE;
}

gboolean
gst_virtcam_uri_parse (
    const gchar *uri, gchar **device, gchar **camera, GError **error)
{
  g_autofree gchar *name = NULL;
  const gchar *escaped = uri + strlen (PREFIX);

  *device = *camera = NULL;
  if (g_ascii_strncasecmp (uri, PREFIX, strlen (PREFIX)) != 0)
    return fail (uri, "does not begin with virtcam://", error);
  if (escaped[0] == '\0')
    return fail (uri, "names no camera", error);
  /* refused so that they may mean something one day */
  if (escaped[strcspn (escaped, "?#")] != '\0')
    return fail (uri, "has a ? or #, which in a name are %3F and %23", error);
  name = g_uri_unescape_string (escaped, NULL);
  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return fail (
        uri, "has a percent sign that no byte of UTF-8 follows", error);

  *(escaped[0] == '/' ? device : camera) = g_steal_pointer (&name);
  return TRUE;
}

/* NULL: none leads back to that name. A path that does not begin at the root
 * would be taken for the name of a camera. */
gchar *
gst_virtcam_uri_new (const gchar *device, const gchar *camera)
{
  const gchar *name = camera && camera[0] ? camera : device;
  g_autofree gchar *escaped = NULL;

  if (!name || (name == device && device[0] != '/') || !g_utf8_validate (name, -1, NULL))
    return NULL;
  /* a slash in front would make a path of a name */
  escaped = g_uri_escape_string (name, name == device ? "/:" : ":", FALSE);
  return g_strconcat (PREFIX, escaped, NULL);
}
