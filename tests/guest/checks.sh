# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the guest lab's own tests: functions named as sentences, and boots whose
# outcome lies in $scratch: out, err, $status.

set -u -o pipefail

# A shell cannot trap a signal that was ignored when it started, as SIGINT is
# for what a script runs in the background.
[ -n "${VIRTCAM_DEFAULT_SIGNALS-}" ] ||
  VIRTCAM_DEFAULT_SIGNALS=yes exec env --default-signal "$0" "$@"

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$lab/../run-tests.sh"
real_cache=${VIRTCAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtcam}
# On the cache's file system, for the sake of hard links.
mkdir -p "$real_cache"
scratch=$(mktemp -d "$real_cache/test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

boot () {
  "$lab/boot" --no-build "$@" >"$scratch/out" 2>"$scratch/err"
  status=$?
}

# Everything that a failed check wants to be read.
complain () {
  echo "$*; status ${status-unknown}"
  tail -n 30 "$scratch/err" 2>/dev/null
  return 1
}

status_is () {
  [ "$status" = "$1" ] || complain "expected status $1"
}

err_has () {
  grep -a -q -e "$1" "$scratch/err" || complain "no '$1' on stderr"
}

# A cache of its own with the kernel and the QEMU of the real one, as hard links. What a
# test wants to damage there it has to replace, not to write into.
scratch_cache () {
  boot --fetch
  status_is 0 || return
  rm -rf "$scratch/cache"
  mkdir -p "$scratch/cache"
  cp -al "$real_cache/kernel" "$scratch/cache/" || return
  [ ! -e "$real_cache/qemu" ] || cp -al "$real_cache/qemu" "$scratch/cache/" || return
  cp -a "$real_cache/facts" "$scratch/cache/" || return
  export VIRTCAM_CACHE=$scratch/cache
}

# Processes of any kind that have the scratch folder on their command line.
scratch_processes () {
  local file
  for file in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' 2>/dev/null <"$file" | grep -Eq "^[^ ]*(qemu-system|ld-linux[^ ]* .*qemu-system).*$scratch"
    then
      echo "$file"
    fi
  done
}

# A killed QEMU may take a moment to go; one that has not been told to stays.
nothing_is_left () {
  local pid
  for pid in $(scratch_processes | tr -dc '0-9\n'); do
    timeout 60 tail --pid="$pid" -f /dev/null && continue
    kill -KILL "$pid"
    complain "QEMU was still running as process $pid"
    return
  done
  [ -z "$(find "$scratch/cache/run" -mindepth 1)" ] ||
    complain "left over: $(ls "$scratch/cache/run"/*)"
}
