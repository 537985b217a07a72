/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-setting.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 511 /* bytes that the kernel looks at */
#define LONGEST_CARD 31
/* A word of a setting with ranges, also if it is none */
#define LONGEST_RANGE 31
#define MAX_WORDS 20

static const char *const cards[] = { "Front", "door", "%s%n%x", "'", "\"", "\\",
  "$(reboot)", "~", "\x7f", "\x1b[2J", "caf\xc3\xa9", "\xff", "\xef\xbf\xbd",
  "a,b=c", "<script>", "\r", "\a", "/", "..", NULL };

static const char *const formats[] = { "YUYV", "UYVY", "NV12", "YU12", "RGB3",
  "BGR3", "XR24", "GREY", "RGGB", "MJPG", "yuyv", "YUY", "YUYVV", "NV1\xff",
  "0x3231564e", "%n%n", NULL };

/* All that there are */
static const char *const feed_formats[] = { "YUYV", "UYVY", "NV12", "YU12",
  "RGB3", "BGR3", "XR24", "GREY", "RGGB", "YVYU", "NV21", "NV16", "NV61",
  "P010", "YV12", "422P", "RGBP", "AR24", "AB24", "XB24", "BA24", "BX24",
  "MJPG", "JPEG", "H264", "HEVC", "mjpg", "H26", "H2644", "h264", "HEV1",
  "0x34363248", "%n%n", NULL };

static const char *const feed_sizes[] = { "16x16-3840x2160", "640x480",
  "320x240", "16x16-3840x2160", "160x120", "64x64", "18x2160", "3840x16",
  "100x100-200x200", "640x480-320x240", "640x480-", "-640x480", "-",
  "640x480-640x480", "16x16-3842x2160", "14x16-640x480", "640x480--800x600",
  "640x480-800x600-1280x720", "640x480-800", "640x480-4294967936x4294967776",
  "17x16-640x480", "00000000640x480-00000000800x600",
  "000000000640x480-00000000800x600", "640-480", "640x-480", "16x16 - 32x32",
  NULL };

static const char *const feed_intervals[] = { "1/1000-10/1", "1/30", "1/25",
  "1001/30000", "2/60", "1/60-1/15", "1/50", "1/30-1/30", "3/100", "1/15-1/60",
  "1/30-", "-1/30", "-", "1/1001-1/30", "1/30-10001/1000", "1/30--1/15",
  "1/30-1/15-1/10", "100000/100000-100000/10000", "000001/00030-0001/000015",
  "0/1-1/30", "1/30-1", "1/4294967326-1/30", NULL };

static const char *const timeouts[] = { "500", "1", "3600000", "0020", "42",
  "0", "3600001", "-1", "+5", "1e3", "4294967297", "18446744073709551617",
  "1.5", "500ms", "0x20", "5 5", NULL };

static const char *const placeholders[] = { "picture", "last", "none", "pictur",
  "pictures", "Last", "0", "1", "no", "/etc/passwd", "%s%n", NULL };

static const char *const viewers[] = { "1", "2", "03", "1", "15", "16", "0",
  "-1", "255", "4294967297", "1x", "one", "1.0", NULL };

static const char *const sizes[] = { "16x16", "3840x2160", "640x480",
  "640x0480", "0000000000000640x480", "160x120", "320x240", "18x2160",
  "3840x16", "1280x720", "800x600", "14x16", "16x14", "17x16", "16x17",
  "3842x2160", "3840x2162", "0x0", "640x", "x480", "640", "640X480",
  "640x480x2", "-640x480", "+640x480", "4294967936x480", "640x4294967776",
  "18446744073709552256x480", "0x10x0x10", "6.4x4.8", "640 x480", "640*480",
  "1e3x1e3", NULL };

static const char *const intervals[] = { "1/30", "1/1000", "10/1", "1001/30000",
  "100000/100000", "1/25", "01/50", "2/60", "100/99", "1/24", "3/100",
  "100000/10000", "100/100000", "1/1001", "10001/1000", "0/1", "1/0", "0/0",
  "1/", "/1", "1", "-1/30", "1/-30", "1/30/2", "4294967297/30", "100001/100001",
  "1.0/30", "1/3e1", "1:30", NULL };

static const char *const memories[] = { "vmalloc", "dma-sg", "dma-contig",
  "VMALLOC", "vmallo", "vmallocc", "dma", NULL };

static const char *const paces[] = { "interval", "none", "intervals", "None",
  "non", "nonee", "1/30", "0", NULL };

static const char *const switches[] = { "0", "1", "2", "00", "01", "-1", "+1",
  "yes", "y", "on", "true", "\x01", NULL };

const HostileSetting hostile_settings[] = {
  { "card", cards, 9, 8, 0, FALSE },
  { "formats", formats, 9, 16, 0, FALSE },
  { "sizes", sizes, 9, 16, 0, FALSE },
  { "intervals", intervals, 9, 16, 0, FALSE },
  { "memory", memories, 2, 1, 0, FALSE },
  { "pacing", paces, 2, 1, 0, FALSE },
  { "enabled", switches, 2, 1, 0, FALSE },
  { NULL, NULL, 0, 0, 0, FALSE },
};

const HostileSetting hostile_feed_settings[] = {
  { "card", cards, 9, 8, 0, FALSE },
  { "formats", feed_formats, 26, 32, 0, FALSE },
  { "sizes", feed_sizes, 8, 16, 0, TRUE },
  { "intervals", feed_intervals, 9, 16, 0, TRUE },
  { "timeout", timeouts, 5, 1, 3600000, FALSE },
  { "placeholder", placeholders, 3, 1, 0, FALSE },
  { "viewers", viewers, 5, 1, 15, FALSE },
  { "enabled", switches, 2, 1, 0, FALSE },
  { NULL, NULL, 0, 0, 0, FALSE },
};

static void
append_noise (GString *value, Chance *chance)
{
  guint length = chance_one_in (chance, 4) ? 400 + chance_below (chance, 4000)
                                           : chance_below (chance, 40);

  while (length--)
    g_string_append_c (value, (char) chance_next (chance));
}

static void
append_words (const HostileSetting *setting, GString *value, Chance *chance)
{
  static const char *const gaps[] = { " ", " ", " ", "  ", "\t", ",", "\n" };
  /* Half of the values have the good words only, where a list has so many. */
  guint all = g_strv_length ((char **) setting->words);
  guint known = chance_one_in (chance, 2) ? all : MIN (all, setting->good);
  guint count = 1;

  if (setting->most > 1 && !chance_one_in (chance, 4))
    count = 1 + chance_below (chance, MAX_WORDS / 4);
  if (setting->most > 1 && chance_one_in (chance, 16))
    count = 1 + chance_below (chance, MAX_WORDS);
  while (count--) {
    g_string_append (value, setting->words[chance_below (chance, known)]);
    if (count || chance_one_in (chance, 16))
      g_string_append (
          value, chance_one_in (chance, 12) ? chance_pick (chance, gaps) : " ");
  }
}

GString *
hostile_setting_value (const HostileSetting *setting, Chance *chance)
{
  GString *value = g_string_new (NULL);

  if (chance_one_in (chance, 12))
    append_noise (value, chance);
  else
    append_words (setting, value, chance);
  if (chance_one_in (chance, 24) && value->len)
    value->str[chance_below (chance, (guint) value->len)] ^=
        (char) (1 + chance_below (chance, 255));
  if (chance_one_in (chance, 2) || !value->len)
    g_string_append_c (value, '\n');
  return value;
}

/* Digits only, and a number from 1 to @max; moves @at behind them. */
static gboolean
take_number (const char **at, guint64 max, guint64 *number)
{
  char *end;

  if (!g_ascii_isdigit (**at))
    return FALSE;
  *number = g_ascii_strtoull (*at, &end, 10);
  *at = end;
  return *number >= 1 && *number <= max;
}

static char *
normal_pair (const char *word, char mark, guint64 max)
{
  guint64 a, b;

  if (!take_number (&word, max, &a) || *word++ != mark ||
      !take_number (&word, max, &b) || *word)
    return NULL;
  if (mark == 'x' && (a < 16 || b < 16 || b > 2160 || a % 2 || b % 2))
    return NULL;
  if (mark == '/' && (a > 10 * b || 1000 * a < b))
    return NULL;
  return g_strdup_printf ("%u%c%u", (guint) a, mark, (guint) b);
}

/* The four numbers of a range, or the two of another word and zeros */
static void
read_numbers (const char *normal, guint64 *n)
{
  char *end = NULL;

  for (guint i = 0; i < 4; i++) {
    n[i] = g_ascii_strtoull (normal, &end, 10);
    normal = *end ? end + 1 : end;
  }
}

static gboolean
is_range (const char *normal)
{
  return strchr (normal, '-') != NULL;
}

static gboolean
goes_up (const char *range, char mark)
{
  guint64 n[4];

  read_numbers (range, n);
  return mark == 'x' ? n[2] >= n[0] && n[3] >= n[1]
                     : n[2] * n[1] >= n[0] * n[3];
}

static char *
normal_range (const char *word, char mark, guint64 max)
{
  g_auto (GStrv) ends = g_strsplit (word, "-", 2);
  g_autofree char *first = normal_pair (ends[0], mark, max);
  g_autofree char *last =
      first && ends[1] ? normal_pair (ends[1], mark, max) : NULL;
  g_autofree char *range = NULL;

  if (strlen (word) > LONGEST_RANGE || !first)
    return NULL;
  if (!ends[1])
    return g_steal_pointer (&first);
  range = last ? g_strdup_printf ("%s-%s", first, last) : NULL;
  return range && goes_up (range, mark) ? g_steal_pointer (&range) : NULL;
}

static char *
normal_name (const HostileSetting *setting, const char *text)
{
  for (guint i = 0; i < setting->good; i++)
    if (strcmp (text, setting->words[i]) == 0)
      return g_strdup (text);
  return NULL;
}

static char *
normal_word (const HostileSetting *setting, const char *word)
{
  char *(*normal) (const char *, char, guint64) =
      setting->ranges ? normal_range : normal_pair;

  if (strcmp (setting->name, "sizes") == 0)
    return word[0] ? normal (word, 'x', 3840) : NULL;
  if (strcmp (setting->name, "intervals") == 0)
    return word[0] ? normal (word, '/', 100000) : NULL;
  return normal_name (setting, word);
}

static gboolean
are_same (const char *a, const char *b)
{
  guint64 n[4], m[4];

  if (is_range (a) || is_range (b))
    return is_range (a) && is_range (b);
  if (!strchr (a, '/'))
    return strcmp (a, b) == 0;
  read_numbers (a, n);
  read_numbers (b, m);
  return n[0] * m[1] == n[1] * m[0];
}

static gboolean
lies_within (const char *size, const char *range)
{
  guint64 s[4], r[4];

  read_numbers (size, s);
  read_numbers (range, r);
  return s[0] >= r[0] && s[1] >= r[1] && s[0] <= r[2] && s[1] <= r[3];
}

/* All sizes lie within the range, if there is one. */
static gboolean
fit (GPtrArray *sizes)
{
  const char *range = NULL;

  for (guint i = 0; i < sizes->len; i++)
    if (is_range (g_ptr_array_index (sizes, i)))
      range = g_ptr_array_index (sizes, i);
  for (guint i = 0; range && i < sizes->len; i++)
    if (!lies_within (g_ptr_array_index (sizes, i), range))
      return FALSE;
  return TRUE;
}

static gboolean
take_word (const HostileSetting *setting, GPtrArray *taken, const char *word)
{
  char *normal = normal_word (setting, word);

  for (guint i = 0; normal && i < taken->len; i++)
    if (are_same (g_ptr_array_index (taken, i), normal))
      g_clear_pointer (&normal, g_free);
  if (normal)
    g_ptr_array_add (taken, normal);
  return normal != NULL;
}

static char *
normal_list (const HostileSetting *setting, const char *text)
{
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);

  for (guint i = 0; words[i]; i++)
    if (words[i][0] && !take_word (setting, taken, words[i]))
      return NULL;
  if (taken->len == 0 || taken->len > setting->most)
    return NULL;
  if (strcmp (setting->name, "sizes") == 0 && !fit (taken))
    return NULL;
  g_ptr_array_add (taken, NULL);
  return g_strjoinv (" ", (char **) taken->pdata);
}

static char *
normal_card (const char *text)
{
  if (!*text || strlen (text) > LONGEST_CARD)
    return NULL;
  for (const char *at = text; *at; at++)
    if (!g_ascii_isprint (*at))
      return NULL;
  return g_strdup (text);
}

static char *
normal_number (const char *text, guint limit)
{
  guint64 number;

  return take_number (&text, limit, &number) && !*text
             ? g_strdup_printf ("%u", (guint) number)
             : NULL;
}

char *
hostile_setting_normal (const HostileSetting *setting, const GString *value)
{
  g_autofree char *text = g_strndup (value->str, value->len);
  gsize length = value->len;

  if (length && text[length - 1] == '\n')
    text[--length] = '\0';
  if (strlen (text) != length || length > LONGEST)
    return NULL;
  if (strcmp (setting->name, "card") == 0)
    return normal_card (text);
  if (setting->limit)
    return normal_number (text, setting->limit);
  if (setting->most == 1)
    return normal_name (setting, text);
  return normal_list (setting, text);
}
