# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the checks of the source tree: finds the kernel headers, copies kmod so
# that building leaves nothing in the tree, prints one TAP test per check.

set -u -o pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0
broken=0

[ -n "${VIRTCAM_KERNEL_HEADERS-}" ] ||
  eval "$("$source/tests/guest/boot" --no-build --prepare)"

# check NAME COMMAND...: its output matters only when it fails.
check () {
  local name=$1
  shift
  number=$((number + 1))
  if "$@" >"$scratch/log" 2>&1; then
    echo "ok $number - $name"
  else
    broken=1
    grep -v '^\[[0-9]*/[0-9]*\] ' "$scratch/log" | tail -n 60
    echo "not ok $number - $name"
  fi
}

finish () {
  echo "1..$number"
  exit $broken
}

# Succeeds when COMMAND does and says nothing that looks like a warning.
without_warnings () {
  "$@" 2>&1 | tee "$scratch/said"
  [ "${PIPESTATUS[0]}" = 0 ] && ! grep -q -i -E 'warning:|error:' "$scratch/said"
}
