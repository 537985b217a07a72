# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the examples share: the module on this machine's kernel, where root can load
# it, and this machine left as it was found.
# Before: $top, $build, $camera, a directory in configfs that the example makes.

loaded=

step () { printf '\n== %s\n' "$*"; }
die () { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

can_load_modules () {
  [ "$(id -u)" = 0 ] && [ -e /proc/modules ] &&
    [ -e "/lib/modules/$(uname -r)/build/Makefile" ]
}

load_module () {
  [ -e /sys/module/virtcam ] && return
  modprobe -a videobuf2-v4l2 videobuf2-vmalloc videobuf2-dma-sg &&
    insmod "$build/kmod/virtcam.ko" devices=0 && loaded=yes
}

# Also when interrupted: the machine is left as it was found.
leave_no_trace () {
  [ ! -d "$camera" ] || rmdir "$camera" || :
  [ -z "$loaded" ] || rmmod virtcam || :
}
