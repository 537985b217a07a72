# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Whether a guest runs under KVM here. /dev/kvm alone does not tell: in some
# nested machines it opens and then hangs. So one guest is tried, for a short
# time, and the answer is remembered for this kernel and this QEMU.

accel_seconds=15

accel_find () {
  local fact
  accel=tcg
  [ "$option_icount" = no ] && [ -z "$option_arch" ] && [ -r /dev/kvm ] &&
    [ -w /dev/kvm ] || return 0
  fact=$cache/facts/accel-$(accel_key)
  cache_lock accel
  if ! [ -s "$fact" ]; then
    say "trying whether a guest runs under KVM (once, at most $accel_seconds s)"
    accel_try
    echo "$accel" >"$work/fact"
    mv "$work/fact" "$fact"
  fi
  read -r accel <"$fact"
  cache_unlock
  [ "$accel" = kvm ] || accel=tcg
}

accel_key () {
  (uname -srvm; "${qemu_program[@]}" --version; echo "$kernel_name") |
    sha256sum | cut -c 1-16
}

# The same kernel, and the same init in a mode in which it only says hello.
accel_try () {
  local root=$work/probe
  mkdir -p "$root"
  cp -L "$(command -v busybox)" "$root/busybox"
  cp "$here/init" "$root/init"
  chmod 755 "$root/init"
  (cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null >"$root.img")
  setpriv --pdeathsig KILL timeout --foreground -s KILL "$accel_seconds" \
    setpriv --pdeathsig KILL \
    "${qemu_program[@]}" -nodefaults -no-user-config -display none -no-reboot \
    -accel kvm -cpu host -smp 2 -m 512 -kernel "$kernel_image" \
    -initrd "$root.img" -append "$(qemu_kernel_arguments virtcam.probe=1)" \
    -chardev "file,id=console,path=$root.console" -serial chardev:console \
    </dev/null >"$root.log" 2>&1 &
  qemu_pid=$!
  # Bash would report the killed job.
  wait "$qemu_pid" 2>/dev/null
  qemu_pid=
  if grep -aq 'virtcam-guest: probe ok' "$root.console" 2>/dev/null; then
    accel=kvm
  fi
}
