# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# --kernel debug and --kernel kcsan: kernels that look for faults, built once in
# the cache from Debian's source of the stock kernel's version, by the small
# configurations beside this file. Sets what kernel.sh sets. The source stays:
# modules are built against it, and its selftests are run.

kernel_debug_kinds=(debug kcsan)
kernel_debug_megabytes=4000

kernel_debug_provide () {
  kernel_find_stock
  kernel_debug_name
  cache_lock "kernel-$option_kernel"
  touch "$kernel_folder.used"
  cache_forget_unused "$cache/kernel"
  if ! cache_is_whole "$kernel_folder" bzImage; then
    [ ! -e "$kernel_folder" ] ||
      say "the $option_kernel kernel in the cache is incomplete or damaged:" \
        "building it again"
    kernel_debug_make
  fi
  cache_unlock
  kernel_image=$kernel_folder/bzImage
  kernel_headers=$kernel_folder/source
  kernel_version=$(<"$kernel_headers/include/config/kernel.release")
  kernel_seal=$kernel_folder/.complete
}

# Another configuration or another source is another kernel.
kernel_debug_name () {
  local key
  kernel_source=$(sed 's/^linux-image-\([0-9]*\.[0-9]*\).*/linux-source-\1/' \
    <<<"$kernel_package")
  key=$(kernel_debug_config | cat - "$here/kernel-debug.sh" |
    sha256sum)
  kernel_name=$option_kernel-${kernel_source##*-}-${kernel_name##*_}-${key:0:12}
  kernel_folder=$cache/kernel/$kernel_name
}

kernel_debug_config () {
  grep -h '^CONFIG_' "$here/kernel-common.config" "$here/kernel-$option_kernel.config"
  echo "CONFIG_LOCALVERSION=\"-virtcam-$option_kernel\""
}

kernel_debug_make () {
  local fresh=$work/kernel started
  started=$(now)
  "$source/tests/setup" --quiet kernel || die "packages are missing"
  cache_free_space $kernel_debug_megabytes
  rm -rf "$fresh"
  mkdir -p "$fresh/source"
  kernel_debug_fetch "$fresh"
  say "building the $option_kernel kernel (once, some ten minutes)"
  kernel_debug_build "$fresh" >"$work/kernel.log" 2>&1 ||
    die_with "$work/kernel.log" "the $option_kernel kernel could not be built"
  cache_seal "$fresh" bzImage
  rm -rf "$kernel_folder"
  mv "$fresh" "$kernel_folder"
  say "it took $(seconds $(($(now) - started))) s"
}

kernel_debug_fetch () {
  local options=()
  kernel_apt_lists
  [ "$(id -u)" != 0 ] || options=(-o APT::Sandbox::User=root)
  say "downloading $kernel_source (about 140 MB)"
  (cd "$1" && apt-get "${options[@]}" download "$kernel_source") \
    >"$work/apt.log" 2>&1 ||
    die_with "$work/apt.log" "downloading $kernel_source failed"
  dpkg-deb -x "$1/$kernel_source"_*.deb "$1/package" &&
    kernel_debug_unpack "$1" 2>"$work/unpack.log" ||
    die_with "$work/unpack.log" "unpacking $kernel_source failed"
  rm -rf "$1/package" "$1"/*.deb
}

# Without most of what is not compiled; every Kconfig is needed.
kernel_debug_unpack () {
  local unused=(
    --exclude='linux-*/Documentation/*/*' --exclude='linux-*/tools/perf'
    --exclude='linux-*/arch/[!Kx]*/*.[chS]' --exclude='linux-*/arch/*.dts*'
  ) folder
  for folder in sound drivers/{gpu,net/?*,staging,scsi,infiniband}; do
    unused+=(--exclude="linux-*/$folder/*.[ch]")
  done
  xz -dc "$1/package/usr/src/$kernel_source.tar.xz" |
    tar x -C "$1/source" --strip-components=1 --wildcards "${unused[@]}"
}

kernel_debug_build () {
  local folder=$1/source version
  kernel_debug_config >"$folder/virtcam.config"
  kernel_debug_make_in "$folder" KCONFIG_ALLCONFIG=virtcam.config allnoconfig &&
    kernel_debug_check_config "$folder" &&
    kernel_debug_make_in "$folder" bzImage modules &&
    kernel_debug_make_in "$folder" INSTALL_MOD_PATH="$1" modules_install ||
    return
  version=$(<"$folder/include/config/kernel.release")
  rm -f "$1/lib/modules/$version"/{build,source}
  mv "$folder/arch/x86/boot/bzImage" "$1" || return
  # What building modules against it does not need.
  find "$folder" \( -name '*.o' -o -name '*.a' -o -name '*.cmd' \) \
    ! -path '*/tools/*' ! -path '*/scripts/*' -delete
}

kernel_debug_make_in () {
  PATH=$PATH:/usr/sbin:/sbin make -s -C "$1" -j "$(nproc)" \
    KBUILD_BUILD_TIMESTAMP=0 KBUILD_BUILD_USER=virtcam KBUILD_BUILD_HOST=virtcam \
    "${@:2}"
}

# kconfig drops silently what it cannot give.
kernel_debug_check_config () {
  local missing
  missing=$(grep '^CONFIG_' "$1/virtcam.config" | sed 's/=n$/ is not set/' |
    grep -vxFf "$1/.config")
  [ -z "$missing" ] && return
  echo "this kernel has no such options:"
  echo "$missing"
  return 1
}
