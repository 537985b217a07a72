# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The guest's kernel: Debian's packages of it, unpacked in the cache. Sets
#   kernel_version   6.1.0-56-amd64
#   kernel_folder    the unpacked packages
#   kernel_image     the kernel, uncompressed
#   kernel_headers   what modules are built against
#   kernel_seal      a file that is another when the kernel is another

kernel_packages () {
  local image=$1 headers
  headers=${image/linux-image-/linux-headers-}
  echo "$image $headers"
  kernel_depends "$headers" |
    grep -E '^linux-(headers-.*-common|kbuild-)' | tr '\n' ' '
}

kernel_depends () {
  apt-cache show --no-all-versions "$1" 2>/dev/null |
    sed -n 's/^Depends: //p' | tr ',' '\n' |
    sed 's/^ *\([^ ]*\).*/\1/' | sort -u
}

# apt's lists may be missing, as in a fresh container.
kernel_apt_lists () {
  apt-cache show linux-image-amd64 >/dev/null 2>&1 && return
  [ "$(id -u)" = 0 ] ||
    die "apt does not know the package linux-image-amd64; run: sudo apt-get update"
  say "fetching apt's package lists"
  apt-get update >"$work/apt.log" 2>&1 ||
    die_with "$work/apt.log" "apt-get update failed"
  apt-cache show linux-image-amd64 >/dev/null 2>&1 ||
    die "apt has no package linux-image-amd64: a Debian machine is needed"
}

# Those that Debian has built: its stock one, and that with PREEMPT_RT.
kernel_is_debians () { [[ $option_kernel == @(stock|rt) ]]; }

# Which kernel is the newest is asked once per state of apt's lists: asking
# takes a second.
kernel_find_stock () {
  local fact=$cache/facts/stock-kernel meta=linux-image-amd64 image version
  [ "$option_kernel" != rt ] || fact=$cache/facts/rt-kernel meta=linux-image-rt-amd64
  if [ -s "$fact" ] && ! [ /var/lib/apt/lists -nt "$fact" ]; then
    read -r kernel_name kernel_package <"$fact"
    [ -z "$kernel_package" ] || return 0
  fi
  [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
    die "guests need Debian on amd64"
  kernel_apt_lists
  image=$(kernel_depends $meta | grep -m 1 '^linux-image-')
  version=$(apt-cache show --no-all-versions "$image" |
    sed -n 's/^Version: //p')
  [ -n "$image" ] && [ -n "$version" ] ||
    die "apt does not say which kernel $meta stands for"
  kernel_name=${image}_$version
  kernel_package=$image
  echo "$kernel_name $kernel_package" >"$work/fact"
  mv "$work/fact" "$fact"
}

kernel_provide () {
  kernel_find_stock
  kernel_version=${kernel_package#linux-image-}
  kernel_folder=$cache/kernel/$kernel_name
  kernel_image=$kernel_folder/vmlinux
  kernel_headers=$kernel_folder/usr/src/linux-headers-$kernel_version
  kernel_seal=$kernel_folder/.complete
  cache_lock kernel
  if ! cache_is_whole "$kernel_folder" vmlinux; then
    [ ! -e "$kernel_folder" ] ||
      say "the kernel in the cache is incomplete or damaged: fetching it again"
    kernel_fetch
  fi
  cache_unlock
}

kernel_fetch () {
  local fresh=$work/kernel
  rm -rf "$fresh"
  mkdir -p "$fresh"
  cache_free_space 800
  kernel_download "$fresh"
  say "unpacking it"
  kernel_unpack "$fresh" 2>"$work/unpack.log" ||
    die_with "$work/unpack.log" "unpacking the kernel failed"
  kernel_relocate "$fresh"
  cache_seal "$fresh" vmlinux
  # Only a whole folder gets the name that others look for.
  rm -rf "$kernel_folder"
  mv "$fresh" "$kernel_folder"
}

kernel_download () {
  local packages options=()
  read -ra packages <<<"$(kernel_packages "$kernel_package" | tr '\n' ' ')"
  say "downloading the kernel: ${packages[*]} (about 85 MB)"
  [ "$(id -u)" != 0 ] || options=(-o APT::Sandbox::User=root)
  if ! (cd "$1" && apt-get "${options[@]}" download "${packages[@]}") \
    >"$work/apt.log" 2>&1; then
    rm -f "$cache/facts/"{stock,rt}-kernel
    die_with "$work/apt.log" "downloading the kernel failed (if apt's lists" \
      "are old: apt-get update)"
  fi
}

kernel_unpack () {
  local package
  for package in "$1"/*.deb; do
    dpkg-deb -x "$package" "$1" || return
    rm -f "$package"
  done
  [ -d "$1/lib/modules" ] || { ln -s usr/lib "$1/lib" || return; }
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$1" "$kernel_version" || return
  kernel_extract "$1"/boot/vmlinuz-* >"$1/vmlinux"
  # Some 60 MB, or the disk was full or the format unknown.
  [ "$(stat -c %s "$1/vmlinux")" -gt 10000000 ] ||
    { echo "no kernel found in $1/boot" >&2; return 1; }
}

# An uncompressed kernel is entered directly and starts four seconds sooner
# under emulation than one that unpacks itself.
kernel_extract () {
  local offset
  offset=$(LC_ALL=C grep -abom 1 $'\xfd7zXZ' "$1" | head -n 1)
  if [ -n "$offset" ]; then
    tail -c +$((${offset%%:*} + 1)) "$1" | xz -dc --single-stream 2>/dev/null
    return 0
  fi
  offset=$(LC_ALL=C grep -abom 1 $'\x28\xb5\x2f\xfd' "$1" | head -n 1)
  tail -c +$((${offset%%:*} + 1)) "$1" | zstd -dc 2>/dev/null
  return 0
}

# The headers name each other by their installed paths.
kernel_relocate () {
  local from=/usr/src to=$kernel_folder/usr/src
  sed -i "s|^include $from/|include $to/|" \
    "$1/usr/src/linux-headers-$kernel_version/Makefile"
  rm -f "$1/lib/modules/$kernel_version"/{build,source}
  ln -s "$to/linux-headers-$kernel_version" \
    "$1/lib/modules/$kernel_version/build"
}

# kernel_modules_for NAMES...: the files to load, in order, relative to the
# module folder. What is built in needs none.
kernel_modules_for () {
  PATH=$PATH:/usr/sbin:/sbin modprobe -d "$kernel_folder" -C /dev/null \
    -S "$kernel_version" --all --show-depends "$@" >"$work/depends" \
    2>"$work/modprobe.log" || die_with "$work/modprobe.log" \
    "the kernel $kernel_version lacks one of the modules $*"
  sed -n "s|^insmod .*/lib/modules/$kernel_version/\\([^ ]*\\) *$|\\1|p" \
    "$work/depends" | awk '!seen[$0]++'
}

# kernel_module FILE FOLDER: a module, unpacked, and its name on stdout.
kernel_module () {
  local file=$kernel_folder/lib/modules/$kernel_version/$1 name
  name=${1##*/}
  name=${name%.xz}
  name=${name%.zst}
  case $1 in
  *.xz) xz -dc "$file" >"$2/$name" ;;
  *.zst) zstd -dcq "$file" >"$2/$name" ;;
  *) cp "$file" "$2/$name" ;;
  esac || die "cannot unpack $file"
  echo "$name"
}
