# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The file system of another Debian release, for --suite: made once in the
# cache by mmdebstrap, with that release's kernel, compiler and GStreamer.
# Guests have it as their root, builds for them run in it. Nobody writes to it
# once it is sealed. Sets what kernel.sh sets, and
#   root      its folder; empty where the machine's own file system serves

root_suites=(bookworm trixie forky experimental)
root_megabytes=4000 root_enter=()

root_provide () {
  [ "$(id -u)" = 0 ] ||
    die "making and entering the file system of $option_suite takes root"
  root_name
  cache_lock "root-$option_suite"
  touch "$cache/root/$kernel_name.used"
  cache_forget_unused "$cache/root"
  if ! cache_is_whole "$root" vmlinux; then
    [ ! -e "$root" ] ||
      say "the $option_suite in the cache is incomplete or damaged: making it again"
    root_make
  fi
  cache_unlock
  kernel_folder=$root
  kernel_image=$root/vmlinux
  kernel_version=$(root_kernel_version "$root")
  kernel_headers=$root/usr/src/linux-headers-$kernel_version
  kernel_seal=$root/.complete
  root_enter=(unshare --mount sh "$here/enter" "$root" "$source" "$cache"
    ${option_out:+"$option_out"} --)
}

# Another list of packages is another root.
root_name () {
  local packages key
  packages=$(root_packages) || exit
  key=$(printf '%s\n' "$packages" | sha256sum)
  kernel_name=$option_suite-${key:0:12}
  root=$cache/root/$kernel_name
  mkdir -p "$cache/root" || die "cannot write to $cache"
}

# experimental is no whole release: it is sid with a newer kernel.
root_packages () {
  local sets=() kernel=''
  [ "$option_suite" != experimental ] || kernel='s|^linux-.*|&/experimental|'
  [ "$option_bare" = no ] || sets=(root)
  "$source/tests/setup" --list "${sets[@]}" | sed "$kernel" || die "tests/setup has no list"
}

# --root: a file system that somebody else has furnished
root_as_it_is () {
  root=$option_root
  kernel_version=$(find "$root/boot" -name 'vmlinuz-*' -printf '%f\n' | sort -V |
    tail -n 1 | cut -d- -f2-)
  [ -n "$kernel_version" ] || die "there is no kernel in $root/boot"
  kernel_folder=$root kernel_image=$work/vmlinux kernel_name=$kernel_version
  kernel_extract "$root/boot/vmlinuz-$kernel_version" >"$kernel_image"
}

root_kernel_version () {
  find "$1/lib/modules/" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V |
    tail -n 1
}

root_make () {
  local fresh=$work/root mirror
  cache_free_space $root_megabytes
  mirror=$(root_mirror) || exit
  say "making the file system of Debian $option_suite (once, some minutes," \
    "about 450 MB to download)"
  root_bootstrap "$fresh" "$mirror" || die_with "$work/bootstrap.log" \
    "no file system of $option_suite could be made from $mirror"
  kernel_extract "$fresh"/boot/vmlinuz-* >"$fresh/vmlinux"
  [ "$(stat -c %s "$fresh/vmlinux")" -gt 10000000 ] ||
    die "no kernel found in the package linux-image-amd64 of $option_suite"
  cache_seal "$fresh" vmlinux
  rm -rf "$root"
  mv "$fresh" "$root"
}

# Where this machine's own packages come from.
root_mirror () {
  local own mirror
  kernel_apt_lists
  own=$(options_own_suite)
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(SITE)' \
    'Created-By: Packages' | awk -v own="$own" \
    '$1 == "Debian" && $2 == own { print $3; exit }')
  [ -n "$mirror" ] ||
    die "apt's sources name no mirror of Debian $own to take $option_suite from"
  echo "$mirror"
}

# A mirror may be a copy of past days; its proxy is that of the machine.
root_apt_options () {
  apt-config dump | grep -E '^Acquire::(https?|Check-Date|ForceIPv.)(::| )' |
    grep -v Auto-Detect
  echo 'Acquire::Check-Valid-Until "false";'
}

root_bootstrap () {
  local packages suite=$option_suite more=()
  [ "$suite" != experimental ] ||
    suite=sid more=("deb $2 sid main" "deb $2 experimental main")
  packages=$(root_packages | paste -s -d ,)
  root_mmdebstrap --mode=root --variant=apt --include="$packages" \
    "$suite" "$1" "${more[@]:-$2}"
}

# In namespaces of its own, so that neither mounts nor processes outlive it.
root_mmdebstrap () {
  local options=() namespaces=() unread status
  root_apt_options >"$work/apt-options"
  [ "$(id -u)" != 0 ] ||
    namespaces=(unshare --mount --pid --fork --kill-child --mount-proc)
  for unread in man doc locale icons; do
    options+=("--dpkgopt=path-exclude=/usr/share/$unread/*")
  done
  root_alive_pipe
  INITRD=No setpriv --pdeathsig KILL "${namespaces[@]}" \
    mmdebstrap --aptopt="$work/apt-options" "${options[@]}" "$@" \
    </dev/null >"$work/bootstrap.log" 2>&1 &
  root_maker=$!
  exec {root_held}>&-
  wait "$root_maker"
  status=$?
  root_maker=
  return $status
}

# Every process that makes the root holds the write end of a pipe: its end of
# file says that the last of them is gone.
root_alive_pipe () {
  local both
  mkfifo "$work/alive" || die "cannot write to $work"
  exec {both}<>"$work/alive" {root_alive}<"$work/alive" {root_held}>"$work/alive"
  exec {both}>&-
  rm "$work/alive"
}

# Where the making is interrupted.
root_stop () {
  [ -n "${root_maker-}" ] || return 0
  kill -KILL "$root_maker" 2>/dev/null
  [ -z "${root_held-}" ] || exec {root_held}>&-
  cat <&"$root_alive" >/dev/null
}

# root_run COMMAND...: runs it in the root, or here where there is none. The
# tree and the cache have the same paths there; all else is read-only.
root_run () {
  "${root_enter[@]}" "$@"
}

# root_inside PATH: what root_run's COMMAND calls it.
root_inside () {
  [ ${#root_enter[@]} = 0 ] && echo "$1" || echo "${1#"$root"}"
}

# The folders of this machine that a guest with such a root needs, parents
# first: the current one as well, unless the root has one of that name in use.
root_folders () {
  local folders=("$source" "$cache")
  if [ -z "$(ls -A "$root$PWD" 2>/dev/null)" ] || [ "$PWD" = ~ ]; then
    folders+=("$PWD")
  fi
  printf '%s\n' "${folders[@]}" | sort -u
}
