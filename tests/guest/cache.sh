# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The cache folder: where it is, locks, folders that appear whole or not at
# all, and working folders that a killed boot leaves behind for the next one
# to sweep.

cache_open () {
  cache=${VIRTCAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtcam}
  mkdir -p "$cache"/{lock,run,kernel,build,log,facts} 2>/dev/null ||
    die "cannot create the cache folder $cache: set VIRTCAM_CACHE to a folder" \
      "that you can write"
  cache=$(cd "$cache" && pwd -P)
}

# Holds the lock NAME on file descriptor $lock_fd until cache_unlock.
cache_lock () {
  exec {lock_fd}>"$cache/lock/$1" || die "cannot write to $cache"
  flock --nonblock "$lock_fd" && return
  say "waiting for another boot that holds $cache/lock/$1"
  # A signal ends wait, but not a command in the foreground.
  flock "$lock_fd" &
  pids=($!)
  wait "${pids[0]}"
  pids=()
}

cache_unlock () {
  exec {lock_fd}>&-
}

# A working folder of this process, in $work. Its lock file tells a living
# owner from a killed one.
cache_work_folder () {
  cache_lock work
  cache_sweep
  work=$(mktemp -d "$cache/run/boot.XXXXXX") || die "cannot write to $cache"
  exec {work_fd}>"$work/lock"
  flock "$work_fd"
  cache_unlock
}

cache_sweep () {
  local folder
  for folder in "$cache"/run/boot.*; do
    [ -d "$folder" ] || continue
    if ! [ -e "$folder/lock" ] || flock --nonblock "$folder/lock" true; then
      rm -rf "$folder"
    fi
  done
}

# cache_forget_unused FOLDER: what NAME.used says nobody used for two weeks goes.
# That of an older state of the tree stays until then: somebody may go back.
cache_forget_unused () {
  local used
  find "$1" -maxdepth 1 -name '*.used' -mtime +14 | while read -r used; do
    rm -rf "${used%.used}" "$used"
  done
}

# What a complete folder looks like: every file's name, size and time, and the
# checksums of the few that each boot reads.
cache_fingerprint () {
  local folder=$1
  shift
  (cd "$folder" &&
    find . -type f ! -name .complete -printf '%P %s %T@\n' | LC_ALL=C sort &&
    sha256sum -- "$@") </dev/null 2>/dev/null | sha256sum
}

# cache_seal FOLDER FILES...: records that FOLDER is complete.
cache_seal () {
  local fingerprint
  fingerprint=$(cache_fingerprint "$@")
  echo "$fingerprint" >"$1/.complete"
}

cache_is_whole () {
  [ -e "$1/.complete" ] && [ "$(cache_fingerprint "$@")" = "$(<"$1/.complete")" ]
}

# cache_free_space MB: a clear error now instead of a broken unpacking later.
cache_free_space () {
  local free
  free=$(df --output=avail -BM "$cache" | tail -n 1 | tr -dc 0-9)
  [ "$free" -ge "$1" ] ||
    die "the disk of $cache has $free MB free, $1 MB are needed: make room or" \
      "set VIRTCAM_CACHE to another folder"
}
