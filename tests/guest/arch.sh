# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Other architectures: Debian's packages for them, unpacked in the cache once. None of
# their scripts is run, and nothing here is configured, so this takes no root. For
# --arch, sets what root.sh sets; what the guest runs is compiled here.

arch_megabytes=2000

# Debian's name of it, what its compiler's programs begin with, its kernel's flavour
arch_table () {
  cat <<'TABLE'
arm64 aarch64-linux-gnu   arm64
armhf arm-linux-gnueabihf armmp
s390x s390x-linux-gnu     s390x
TABLE
}

# arch_unpack FOLDER ARCHITECTURES OPTIONS...: OPTIONS are mmdebstrap's.
arch_unpack () {
  local folder=$1 architectures=$2 own mirror
  shift 2
  own=$(options_own_suite)
  mirror=$(root_mirror) || exit
  root_mmdebstrap --mode=chrootless --architectures="$architectures" "$@" \
    "$own" "$folder" "$mirror" ||
    die_with "$work/bootstrap.log" \
      "no packages of Debian $own for $architectures could be had from $mirror"
}

# arch_unpack_headers FOLDER ARCHITECTURES MORE: the kernel headers of ARCHITECTURES,
# and MORE that unpack-headers knows. (mmdebstrap runs that hook where it extracts
# nothing by itself.)
arch_unpack_headers () {
  local folder=$1 architectures=$2 packages=$3 native hook arch flavour
  native=$(dpkg --print-architecture)
  while read -r arch _ flavour; do
    [[ ",$architectures," != *",$arch,"* ]] ||
      packages+=" linux-headers-$flavour:$arch"
  done < <(arch_table)
  hook="exec $(printf %q "$here/unpack-headers") \"\$1\" $native $packages"
  arch_unpack "$folder" "$architectures,$native" --variant=custom --customize-hook="$hook"
}

# What modules are compiled against, for each architecture of the table, and GLib for
# the one whose most significant byte comes first, in $arch_headers.
arch_headers_provide () {
  local key names
  key=$(arch_table | cat - "$here/unpack-headers" | sha256sum)
  arch_headers=$cache/kernel/headers-$(options_own_suite)-${key:0:12}
  cache_lock headers
  touch "$arch_headers.used"
  cache_forget_unused "$cache/kernel"
  if ! cache_is_whole "$arch_headers"; then
    names=$(arch_table | awk '{ print $1 }' | paste -s -d ,)
    cache_free_space 300
    say "fetching what modules are compiled against for $names" \
      "(once, about 50 MB to download)"
    arch_unpack_headers "$work/headers" "$names" libglib2.0-dev:s390x
    arch_relocate "$work/headers" "$arch_headers"
    arch_keep "$work/headers" "$arch_headers"
  fi
  cache_unlock
}

# arch_relocate FRESH FOLDER: the headers name each other by their paths.
arch_relocate () {
  sed -i "s|^include /usr/src/|include $2/usr/src/|" "$1"/usr/src/linux-headers-*/Makefile
}

# arch_keep FRESH FOLDER FILES...
arch_keep () {
  local fresh=$1 folder=$2
  shift 2
  cache_seal "$fresh" "$@"
  rm -rf "$folder"
  mv "$fresh" "$folder"
}

arch_guests=(arm64)

# Another list of packages is another root.
arch_provide () {
  local flavour key
  read -r arch_prefix flavour < <(arch_table | sed -n "s/^$option_arch //p")
  key=$(arch_packages "$flavour" | cat - "$here/unpack-headers" | sha256sum)
  kernel_name=$(options_own_suite)-$option_arch-${key:0:12}
  root=$cache/root/$kernel_name
  mkdir -p "$cache/root" || die "cannot write to $cache"
  cache_lock "root-$option_arch"
  touch "$root.used"
  cache_forget_unused "$cache/root"
  cache_is_whole "$root" usr/bin/perl || arch_make "$flavour"
  cache_unlock
  kernel_folder=$root
  kernel_version=$(root_kernel_version "$root")
  kernel_image=$root/boot/vmlinuz-$kernel_version
  kernel_headers=$root/headers/usr/src/linux-headers-$kernel_version
  kernel_seal=$root/.complete
}

arch_packages () {
  "$source/tests/setup" --list foreign
  echo "linux-image-$1"
}

# /bin and its like are links, as a package's script makes them elsewhere.
arch_make () {
  local packages links fresh=$work/root
  packages=$(arch_packages "$1" | paste -s -d ,)
  links='for name in bin sbin lib; do mkdir -p "$1/usr/$name"; ln -s "usr/$name" "$1"; done'
  cache_free_space $arch_megabytes
  say "making a file system for $option_arch (once, some minutes," \
    "about 200 MB to download)"
  arch_unpack "$fresh" "$option_arch" --variant=extract --include="$packages" \
    --setup-hook="$links"
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$fresh" "$(root_kernel_version "$fresh")" ||
    die "depmod failed"
  arch_unpack_headers "$fresh/headers" "$option_arch" ''
  arch_relocate "$fresh/headers" "$root/headers"
  arch_keep "$fresh" "$root" usr/bin/perl
}

# What meson is told of it, and Kbuild.
arch_build () {
  local file=$build.guest/cross.txt libraries=$root/usr/lib/$arch_prefix
  mkdir -p "$build.guest"
  build_options=(--cross-file "$file")
  build_loader=(env GST_REGISTRY_FORK=no "qemu-${arch_prefix%%-*}-static" -L "$root")
  export CROSS_COMPILE=$arch_prefix-
  cat >"$file" <<CROSS
[binaries]
c = '$arch_prefix-gcc'
ar = '$arch_prefix-ar'
strip = '$arch_prefix-strip'
pkgconfig = 'pkg-config'
[properties]
sys_root = '$root'
pkg_config_libdir = '$libraries/pkgconfig:$root/usr/share/pkgconfig'
[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root']
[host_machine]
system = 'linux'
cpu_family = '${arch_prefix%%-*}'
cpu = '${arch_prefix%%-*}'
endian = 'little'
CROSS
}

# What QEMU and the kernel are told of the machine. The processor is an old one, whose
# instructions are emulated at little cost.
arch_machine () {
  qemu_program=(qemu-system-aarch64)
  qemu_board=(-machine virt) qemu_cpu=cortex-a72 qemu_console=ttyAMA0
  qemu_board_arguments=
}
