/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-setting.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 511 /* bytes that the kernel looks at */
#define LONGEST_CARD 31
#define MAX_WORDS 20
/* The words below begin with those that are right, so many of them. */
#define GOOD_FORMATS 9
#define GOOD_ALONE 2

static const char *const cards[] = { "Front", "door", "%s%n%x", "'", "\"", "\\",
  "$(reboot)", "~", "\x7f", "\x1b[2J", "caf\xc3\xa9", "\xff", "\xef\xbf\xbd",
  "a,b=c", "<script>", "\r", "\a", "/", "..", NULL };

static const char *const formats[] = { "YUYV", "UYVY", "NV12", "YU12", "RGB3",
  "BGR3", "XR24", "GREY", "RGGB", "MJPG", "yuyv", "YUY", "YUYVV", "NV1\xff",
  "0x3231564e", "%n%n", NULL };

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
  { "card", cards, 8 },
  { "formats", formats, 16 },
  { "sizes", sizes, 16 },
  { "intervals", intervals, 16 },
  { "memory", memories, 1 },
  { "pacing", paces, 1 },
  { "enabled", switches, 1 },
};

const guint hostile_n_settings = G_N_ELEMENTS (hostile_settings);

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
  guint known = chance_one_in (chance, 2) ? all : MIN (all, GOOD_FORMATS);
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

static char *
normal_word (const HostileSetting *setting, const char *word)
{
  if (strcmp (setting->name, "sizes") == 0)
    return normal_pair (word, 'x', 3840);
  if (strcmp (setting->name, "intervals") == 0)
    return normal_pair (word, '/', 100000);
  for (guint i = 0; i < GOOD_FORMATS; i++)
    if (strcmp (word, setting->words[i]) == 0)
      return g_strdup (word);
  return NULL;
}

static gboolean
are_same (const char *a, const char *b)
{
  guint64 n[4];

  if (!strchr (a, '/'))
    return strcmp (a, b) == 0;
  n[0] = g_ascii_strtoull (a, NULL, 10);
  n[1] = g_ascii_strtoull (strchr (a, '/') + 1, NULL, 10);
  n[2] = g_ascii_strtoull (b, NULL, 10);
  n[3] = g_ascii_strtoull (strchr (b, '/') + 1, NULL, 10);
  return n[0] * n[3] == n[1] * n[2];
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
  if (setting->most == 1) {
    for (guint i = 0; i < GOOD_ALONE; i++)
      if (strcmp (text, setting->words[i]) == 0)
        return g_strdup (text);
    return NULL;
  }
  return normal_list (setting, text);
}
