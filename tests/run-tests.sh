# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests that are functions of a shell, named as sentences: prints their TAP.

# run_tests NAMES...: a test fails by returning non-zero, after saying why, and
# is skipped where it sets $skip to the reason. After each comes after_each, where
# there is such a function.
run_tests () {
  local name number=0 failed=0
  echo "1..$#"
  for name; do
    number=$((number + 1))
    skip=
    if "$name"; then
      echo "ok $number - $name${skip:+ # SKIP $skip}"
    else
      failed=1
      ! declare -F after_failure >/dev/null || after_failure
      echo "not ok $number - $name"
    fi
    ! declare -F after_each >/dev/null || after_each
  done
  return $failed
}
