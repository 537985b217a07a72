# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the examples share: the module on this machine's kernel, where root can load
# it, this machine left as it was found, and a picture of stills.
# Before: $top, $out, $build, $camera, a directory in configfs that the example makes.

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

# frames.png of the twelve stills in $out/stills, four in a row
contact_sheet () {
  local line='' pads='' i
  for i in {0..11}; do
    pads+=" sink_$i::xpos=$((i % 4 * 328 + 8)) sink_$i::ypos=$((i / 4 * 188 + 8))"
    pads+=" sink_$i::width=320 sink_$i::height=180"
    line+=" filesrc location=$(printf 'stills/%02d.png' "$i")"
    line+=" ! pngdec ! videoconvert ! sheet."
  done
  # shellcheck disable=SC2086
  (cd "$out" && gst-launch-1.0 -q compositor name=sheet background=white \
    $pads ! video/x-raw,width=1320,height=572 ! videoconvert ! pngenc snapshot=true ! \
    filesink location=frames.png $line)
}
