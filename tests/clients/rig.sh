# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests that let real programs feed and watch cameras, in a guest. A test makes
# its cameras and starts programs; what is left of both goes at its end.
#
# Every camera has one mode, $format at $size, and a feed has no placeholder: a viewer
# sees what the producer has given, or nothing.

set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$here/../run-tests.sh"
# shellcheck source=/dev/null
. "$here/../camera/camera.sh"
frames=$VIRTCAM_BUILD/tests/clients/frames
scratch=$(mktemp -d)
# Where all are that start has started, and all that they have started
group=/sys/fs/cgroup/clients-$$
mkdir "$scratch/log" "$group"
trap 'after_each; rm -rf "$scratch"; rmdir "$group"' EXIT
format=YUYV size=320x240
# Seconds, for a program that hangs, in a guest of two processors. Where time counts
# instructions it leaps to such a limit while a program is read from the machine's disk.
patience=600
started=0

[ -d "$configfs" ] || { echo '1..0 # SKIP virtcam is not loaded'; exit 77; }

# new_camera pattern|feed [ATTRIBUTE=VALUE]...: sets $node, and $output of a feed.
new_camera () {
  local kind=$1 settings=("formats=$format" "sizes=$size" intervals=1/30)
  shift
  [ "$kind" != feed ] || settings+=(placeholder=none)
  make_camera "$kind" "${settings[@]}" "$@"
}

# start COMMAND...: in the background, until the test ends; a function may have a
# pipeline. Sets $pid.
start () {
  set -m
  (
    set +m
    trap - EXIT
    echo "$BASHPID" >"$group/cgroup.procs"
    "$@"
  ) </dev/null >"$scratch/log/$started-${1##*/}" 2>&1 &
  pid=$!
  set +m
  started=$((started + 1))
}

# stop SIGNAL PID...: programs that start has started, and all that they have started.
stop () {
  local signal=$1 pid
  shift
  for pid; do
    kill "-$signal" -- "-$pid" 2>/dev/null
    wait "$pid" 2>/dev/null || :
  done
}

# until_true COMMAND...: for what no event tells of
until_true () {
  local tries
  for ((tries = 0; tries < 1000; tries++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "never true: $*"
  return 1
}

# counter NAME: a read-only control of the output node, such as frames_in
counter () { v4l2-ctl -d "$output" -C "$1" | sed 's/.*: //'; }

# make_frames [COUNT]: raw ones on the output; without COUNT 30 a second, without an end
make_frames () { "$frames" make "$format" "$size" "$@"; }

# new_fed_camera [ATTRIBUTE=VALUE]...: as new_camera feed, and something that feeds it.
new_fed_camera () { new_camera feed "$@" && start write_frames; }
write_frames () { make_frames >"$output"; }

# watch COUNT: frames of $node by v4l2-ctl, raw, on the output
watch () {
  v4l2-ctl -d "$node" --stream-mmap --stream-count="$1" \
    --stream-to=- 2>"$scratch/log/watch"
}

# saw read|same COUNT: the input has at least COUNT raw frames of $format and $size, each
# with a stamp, one after the other; same: and is a frame that make_frames made.
saw () {
  "$frames" "$1" "$format" "$size" >"$scratch/numbers" || return
  echo "# figure: stamps of $(wc -l <"$scratch/numbers") frames"
  if ! sort -nuC "$scratch/numbers" || [ "$(wc -l <"$scratch/numbers")" -lt "$2" ]; then
    echo "expected $2 frames in their order: $(tr '\n' ' ' <"$scratch/numbers")"
    return 1
  fi
}

# start_screen: an X server, which DISPLAY names
start_screen () {
  start screen && until_true [ -s "$scratch/display" ] &&
    export DISPLAY=":$(<"$scratch/display")"
}
screen () { exec Xvfb -displayfd 3 3>"$scratch/display"; }

# luma INPUT...: of the pictures that ffmpeg finds there, raw, on the output
luma () {
  ffmpeg -v error "$@" -fps_mode passthrough -pix_fmt gray -f rawvideo -
}

# saw_luma COUNT: the input has what luma says, of at least COUNT frames with stamps.
saw_luma () { local format=GREY; saw read "$1"; }

# counting_up COUNT: the input has COUNT frames of examples/feed, whose bytes count up.
counting_up () {
  od -An -v -tu1 -w8192 | awk -v "wanted=$1" '
    { for (i = 2; i <= NF; i++) if ($i != ($(i - 1) + 1) % 256) wrong = 1 }
    END { print NR " frames"; exit wrong || NR != wanted }'
}

# fed COUNT: a viewer gets COUNT frames of make_frames, unharmed.
fed () { watch "$1" | saw same "$1"; }

after_failure () { tail -n 40 "$scratch"/log/* 2>/dev/null; }

nobody_is_left () { grep -qx 'populated 0' "$group/cgroup.events"; }

after_each () {
  echo 1 >"$group/cgroup.kill" && until_true nobody_is_left
  wait 2>/dev/null
  started=0
  remove_cameras
  rm -rf "${scratch:?}"/*
  mkdir "$scratch/log"
}
