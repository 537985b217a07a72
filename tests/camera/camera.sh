# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Cameras of a shell script's own.

configfs=/sys/kernel/config/virtcam
cameras=()

# read_nodes CAMERA: sets $node and, of a feed, $output.
read_nodes () {
  node=/dev/$(<"$1/node")
  [ ! -e "$1/output" ] || output=/dev/$(<"$1/output")
}

# make_camera KIND [ATTRIBUTE=VALUE]...: one of each kind at a time. Sets $node and, of
# a feed, $output.
make_camera () {
  local camera=$configfs/$1.test-$$ setting
  shift
  mkdir "$camera" || return
  cameras+=("$camera")
  for setting; do
    printf %s "${setting#*=}" >"$camera/${setting%%=*}" || return
  done
  echo 1 >"$camera/enabled" || return
  read_nodes "$camera"
}

remove_cameras () {
  [ ${#cameras[@]} = 0 ] || rmdir "${cameras[@]}"
  cameras=()
}
