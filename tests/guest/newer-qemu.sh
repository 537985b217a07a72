# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A newer QEMU than this machine's, for guests that take one: it is unpacked in the
# cache, once, and run from there with its own libraries.

newer_qemu_suite=sid newer_qemu_version=11.1.3 newer_qemu_megabytes=900

# The oldest QEMU that serves, or nothing where any does. Before 8.1 a processor that is emulated beside others
# may run instructions that another one has just replaced ("accel/tcg: Always lock
# pages before translation"): one boot of very many ends with "Oops: int3".
newer_qemu_least () {
  if vm_wanted; then
    echo $newer_qemu_version
  elif [ "$option_icount$option_arch" = no ] && [ "$accel" = tcg ] && [ "$option_smp" != 1 ]
  then
    echo 8.1
  fi
}

newer_qemu_says () {
  "${qemu_program[@]}" --version | sed -n 's/^QEMU.* version \([0-9.]*\).*/\1/p'
}

# newer_qemu_is_had VERSION
newer_qemu_is_had () {
  printf '%s\n' "$1" "$(newer_qemu_says)" | sort -CV
}

# Sets qemu_program.
newer_qemu_provide () {
  local folder=$cache/qemu/$newer_qemu_suite-$newer_qemu_version libraries least
  least=$(newer_qemu_least)
  [ -n "$least" ] && ! newer_qemu_is_had "$least" || return 0
  cache_lock qemu
  mkdir -p "$cache/qemu"
  touch "$folder.used"
  cache_forget_unused "$cache/qemu"
  cache_is_whole "$folder" usr/bin/qemu-system-x86_64 || newer_qemu_make "$folder"
  cache_unlock
  libraries=$folder/usr/lib/x86_64-linux-gnu
  qemu_program=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries"
    "$folder/usr/bin/qemu-system-x86_64"
    -L "$folder/usr/share/qemu" -L "$folder/usr/share/seabios")
  newer_qemu_is_had "$least" ||
    die "no QEMU of $newer_qemu_suite serves: it is $(newer_qemu_says)," \
      "this guest takes $least"
}

# Nothing of it is configured or run here but QEMU, so this takes no root.
newer_qemu_make () {
  local fresh=$work/qemu mirror
  "$source/tests/setup" --quiet suite || die "packages are missing"
  cache_free_space $newer_qemu_megabytes
  mirror=$(root_mirror) || exit
  say "unpacking the QEMU of Debian $newer_qemu_suite (once, about 50 MB to download)"
  root_mmdebstrap --mode=chrootless --variant=extract \
    --include=qemu-system-x86 "$newer_qemu_suite" "$fresh" "$mirror" ||
    die_with "$work/bootstrap.log" \
      "no QEMU of $newer_qemu_suite could be had from $mirror"
  cache_seal "$fresh" usr/bin/qemu-system-x86_64
  rm -rf "$1"
  mv "$fresh" "$1"
}
