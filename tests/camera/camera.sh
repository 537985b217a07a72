# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Cameras of a shell script's own.

configfs=/sys/kernel/config/virtcam
cameras=()

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
  node=/dev/$(<"$camera/node")
  [ ! -e "$camera/output" ] || output=/dev/$(<"$camera/output")
}

remove_cameras () {
  [ ${#cameras[@]} = 0 ] || rmdir "${cameras[@]}"
  cameras=()
}
