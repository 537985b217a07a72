/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtcamctl's pure parts: files that describe cameras, options, rates, tables, JSON, and what
 * it says where no camera can be made. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "json.h"
#include "options.h"
#include "rate.h"
#include "settings.h"
#include "table.h"
#include "trouble.h"

#define NOBODY 65534

struct folder {
  char *path;
};

static void
set_up (struct folder *folder, gconstpointer data)
{
  (void) data;
  folder->path = g_dir_make_tmp ("virtcamctl-XXXXXX", NULL);
  g_assert_nonnull (folder->path);
}

static void
tear_down (struct folder *folder, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (folder->path, 0, NULL);
  const char *name;

  (void) data;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder->path, name, NULL);

    g_unlink (path);
  }
  g_rmdir (folder->path);
  g_free (folder->path);
}

static char *
write_file (struct folder *folder, const char *name, const char *text)
{
  char *path = g_build_filename (folder->path, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static GPtrArray *
read_words (const char *word, const char *other, GError **error)
{
  char *words[] = { (char *) word, (char *) other, NULL };
  g_autoptr (GPtrArray) files = conf_find (words, error);

  return files ? conf_read (files, error) : NULL;
}

static void
assert_setting (GPtrArray *cameras, guint i, const char *name, const char *value)
{
  struct wanted *wanted = cameras->pdata[i];

  g_assert_cmpstr (settings_get (wanted->settings, name), ==, value);
}

static void
a_file_describes_cameras (struct folder *folder, gconstpointer data)
{
  g_autofree char *path = write_file (folder, "a.conf",
      "# mine\n[feed.desk]\ncard = My Desk\nsizes=1280x720  640x480\n\n"
      "[door]\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cameras = read_words (path, NULL, &error);

  (void) data;
  g_assert_no_error (error);
  g_assert_cmpuint (cameras->len, ==, 2);
  g_assert_cmpstr (((struct wanted *) cameras->pdata[0])->name, ==, "feed.desk");
  assert_setting (cameras, 0, "card", "My Desk");
  assert_setting (cameras, 0, "sizes", "1280x720  640x480");
  assert_setting (cameras, 0, "formats", NULL);
  g_assert_cmpstr (((struct wanted *) cameras->pdata[1])->name, ==, "door");
}

static void
a_folder_stands_for_its_conf_files (struct folder *folder, gconstpointer data)
{
  static const char *const names[] = { "a.conf", "b.conf", "c.conf.dpkg-old" };
  g_autofree char *pattern = g_build_filename (folder->path, "*.conf", NULL);
  g_autoptr (GPtrArray) of_folder = NULL;
  g_autoptr (GPtrArray) of_pattern = NULL;

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *text = g_strdup_printf ("[camera-%u]\n", i);

    g_free (write_file (folder, names[i], text));
  }
  of_folder = read_words (folder->path, NULL, NULL);
  of_pattern = read_words (pattern, NULL, NULL);
  g_assert_cmpuint (of_folder->len, ==, 2);
  g_assert_cmpuint (of_pattern->len, ==, 2);
}

static void
a_folder_may_be_called_like_a_pattern (struct folder *folder, gconstpointer data)
{
  g_autofree char *odd = g_build_filename (folder->path, "[b]", NULL);
  g_autofree char *file = g_build_filename (odd, "a.conf", NULL);
  g_autoptr (GPtrArray) cameras = NULL;

  (void) data;
  g_assert_no_errno (g_mkdir (odd, 0700));
  g_assert_true (g_file_set_contents (file, "[door]\n", -1, NULL));
  cameras = read_words (odd, NULL, NULL);
  g_unlink (file);
  g_rmdir (odd);
  g_assert_cmpuint (cameras->len, ==, 1);
}

static void
a_folder_that_may_not_be_read_is_named (struct folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void) data;
  g_chmod (folder->path, 0);
  /* root may read all */
  if (geteuid () == 0)
    g_assert_no_errno (seteuid (NOBODY));
  g_assert_null (read_words (folder->path, NULL, &error));
  g_assert_no_errno (seteuid (getuid ()));
  g_chmod (folder->path, 0700);
  g_assert_nonnull (strstr (error->message, folder->path));
}

static void
a_pattern_that_matches_nothing_is_no_error (
    struct folder *folder, gconstpointer data)
{
  g_autofree char *pattern = g_build_filename (folder->path, "*.conf", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cameras = read_words (pattern, folder->path, &error);

  (void) data;
  g_assert_no_error (error);
  g_assert_cmpuint (cameras->len, ==, 0);
}

static void
assert_refused (const char *word, const char *other, const char *said)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (read_words (word, other, &error));
  g_assert_nonnull (strstr (error->message, said));
}

static void
a_file_that_is_not_there_is_named (struct folder *folder, gconstpointer data)
{
  g_autofree char *path = g_build_filename (folder->path, "none.conf", NULL);

  (void) data;
  assert_refused (path, NULL, path);
}

static void
a_bad_line_is_named_with_its_file (struct folder *folder, gconstpointer data)
{
  g_autofree char *path =
      write_file (folder, "a.conf", "[door]\nwhat is this\n");

  (void) data;
  assert_refused (path, NULL, path);
  assert_refused (path, NULL, "what is this");
}

static void
a_name_that_no_camera_can_have_is_refused (
    struct folder *folder, gconstpointer data)
{
  static const char *const names[] = { "a/b", ".hidden", "feed..desk" };

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *text = g_strdup_printf ("[%s]\n", names[i]);
    g_autofree char *path = write_file (folder, "a.conf", text);

    assert_refused (path, NULL, names[i]);
    assert_refused (path, NULL, "feed.desk");
  }
}

static void
one_camera_in_two_files_is_refused_with_both_names (
    struct folder *folder, gconstpointer data)
{
  g_autofree char *a = write_file (folder, "a.conf", "[door]\n");
  g_autofree char *b = write_file (folder, "b.conf", "[door]\n");

  (void) data;
  assert_refused (a, b, a);
  assert_refused (a, b, b);
}

/* Words of a command line: those that are left are in it then, and the settings. */
static GPtrArray *
parse (char **words, int *num)
{
  GPtrArray *settings = settings_new ();
  g_autoptr (GError) error = NULL;

  *num = g_strv_length (words);
  options_parse ("CAMERA", "", NULL, num, &words, settings, &error);
  g_assert_no_error (error);
  return settings;
}

static void
after_two_dashes_a_name_may_begin_with_one (void)
{
  char *words[] = { (char *) "set", (char *) "--card", (char *) "X", (char *) "--",
    (char *) "-door", NULL };
  int num;
  g_autoptr (GPtrArray) settings = parse (words, &num);

  g_assert_cmpint (num, ==, 2);
  g_assert_cmpstr (words[1], ==, "-door");
  g_assert_cmpstr (settings_get (settings, "card"), ==, "X");
}

static void
a_list_without_a_word_is_a_setting_for_the_kernel_to_refuse (void)
{
  char *words[] = { (char *) "set", (char *) "door", (char *) "--size=", (char *) "--format",
    (char *) ",", NULL };
  int num;
  g_autoptr (GPtrArray) settings = parse (words, &num);

  g_assert_cmpstr (settings_get (settings, "sizes"), ==, "");
  g_assert_cmpstr (settings_get (settings, "formats"), ==, "");
}

static void
rates_become_intervals (void)
{
  static const struct {
    const char *rate, *interval;
  } rates[] = {
    { "30", "1/30" },
    { "29.97", "100/2997" },
    { "30000/1001", "1001/30000" },
    { "0.5", "2/1" },
    { "12.50", "2/25" },
    { "5-60", "1/60-1/5" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree char *interval = rate_to_interval (rates[i].rate, NULL);

    g_assert_cmpstr (interval, ==, rates[i].interval);
  }
}

static void
what_is_no_rate_is_refused_with_what_is_allowed (void)
{
  static const char *const rates[] = { "", "0", "-5", "5-", "a", "30fps",
    "1/0", "1/2/3", "1-2-3", ".5", "5.", "1..2", "1000001", "99999.99",
    "99999999999999999999", "4294967297/1" };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (rate_to_interval (rates[i], &error));
    g_assert_nonnull (strstr (error->message, "30000/1001"));
  }
}

static void
assert_rate (guint numerator, guint denominator, const char *rate)
{
  g_autofree char *text = rate_of_interval (numerator, denominator);

  g_assert_cmpstr (text, ==, rate);
}

static void
intervals_become_rates (void)
{
  assert_rate (1, 30, "30");
  assert_rate (1001, 30000, "29.97");
  assert_rate (10, 1, "0.1");
  assert_rate (1, 100, "100");
  assert_rate (0, 0, "?");
}

static void
columns_are_as_wide_as_their_widest_word (void)
{
  char *rows[][3] = { { "A", "B", NULL }, { "caméra", "x", NULL } };
  g_autoptr (GPtrArray) table = g_ptr_array_new ();
  g_autofree char *text = NULL;

  g_ptr_array_add (table, rows[0]);
  g_ptr_array_add (table, rows[1]);
  text = table_format (table);
  g_assert_cmpstr (text, ==, "A       B\ncaméra  x\n");
}

static void
json_escapes_what_a_name_may_hold (void)
{
  g_autoptr (GString) json = g_string_new (NULL);

  json_open (json, NULL, '[');
  json_open (json, NULL, '{');
  json_string (json, "a\"b", "\\ \n \x7f {[ caf\xc3\xa9 \xff");
  json_string (json, "none", NULL);
  json_close (json, '}');
  json_number (json, NULL, G_MININT64);
  json_bool (json, NULL, TRUE);
  json_open (json, NULL, '[');
  json_close (json, ']');
  json_close (json, ']');
  g_assert_cmpstr (json->str, ==,
      "[{\"a\\\"b\":\"\\\\ \\u000a \\u007f {[ café \xef\xbf\xbd\","
      "\"none\":null},-9223372036854775808,true,[]]");
}

static void
assert_explained (const struct facts *facts, const char *said)
{
  g_autofree char *text = trouble_explain (facts);

  g_assert_nonnull (text);
  if (!strstr (text, said))
    g_error ("no '%s' in: %s", said, text);
}

static void
each_trouble_is_told_with_its_remedy (void)
{
  struct facts facts = { .kernel = (char *) "6.1.0-9" };

  assert_explained (&facts, "for this kernel, 6.1.0-9");
  facts.installed = TRUE;
  assert_explained (&facts, "sudo modprobe virtcam");
  facts.loaded = TRUE;
  assert_explained (&facts, "sudo mount -t configfs");
  facts.configfs = TRUE;
  assert_explained (&facts, "CONFIG_CONFIGFS_FS");
  facts.directories = TRUE;
  g_assert_null (trouble_explain (&facts));
}

static void
a_module_that_secure_boot_refuses_is_told_so (void)
{
  struct facts facts = { .kernel = (char *) "6.1.0-9", .installed = TRUE,
    .signed_only = TRUE };

  assert_explained (&facts, "only modules signed by a key that it knows");
  assert_explained (&facts, "virtcam is not signed");
  facts.secure_boot = TRUE;
  assert_explained (&facts, "Secure Boot is on");
  facts.dkms_key = TRUE;
  assert_explained (&facts, "sudo mokutil --import /var/lib/dkms/mok.pub");
  facts.signer = (char *) "DKMS key";
  assert_explained (&facts, "signed by 'DKMS key'");
}

#define ADD_WITH_FOLDER(test) \
  g_test_add ("/virtcamctl/" #test, struct folder, NULL, set_up, test, tear_down)
#define ADD(test) g_test_add_func ("/virtcamctl/" #test, test)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_WITH_FOLDER (a_file_describes_cameras);
  ADD_WITH_FOLDER (a_folder_stands_for_its_conf_files);
  ADD_WITH_FOLDER (a_folder_may_be_called_like_a_pattern);
  ADD_WITH_FOLDER (a_folder_that_may_not_be_read_is_named);
  ADD_WITH_FOLDER (a_pattern_that_matches_nothing_is_no_error);
  ADD_WITH_FOLDER (a_file_that_is_not_there_is_named);
  ADD_WITH_FOLDER (a_bad_line_is_named_with_its_file);
  ADD_WITH_FOLDER (a_name_that_no_camera_can_have_is_refused);
  ADD_WITH_FOLDER (one_camera_in_two_files_is_refused_with_both_names);
  ADD (after_two_dashes_a_name_may_begin_with_one);
  ADD (a_list_without_a_word_is_a_setting_for_the_kernel_to_refuse);
  ADD (rates_become_intervals);
  ADD (what_is_no_rate_is_refused_with_what_is_allowed);
  ADD (intervals_become_rates);
  ADD (columns_are_as_wide_as_their_widest_word);
  ADD (json_escapes_what_a_name_may_hold);
  ADD (each_trouble_is_told_with_its_remedy);
  ADD (a_module_that_secure_boot_refuses_is_told_so);
  return g_test_run ();
}
