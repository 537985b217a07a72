# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What a guest needs of this source tree: the meson build for the guest's
# kernel, a folder of modules with ours among them, GStreamer's registry.

build_name () {
  local hash
  hash=$(printf %s "$source" | sha256sum)
  build=$cache/build/${hash:0:16}-$kernel_version
  build_options=() build_loader=()
  [ "$option_sanitize" = no ] || sanitize_build
  [ -z "$option_arch" ] || arch_build
}

build_provide () {
  build_name
  mkdir -p "$build.guest"
  cache_lock "build-${build##*/}"
  [ "$option_build" = no ] || build_compile
  build_modules
  build_registry
  cache_unlock
}

build_compile () {
  [ -e "$source/meson.build" ] || return 0
  build_configure
  build_ninja && return
  if build_is_damaged; then
    rm -rf "$build"
    build_configure
    build_ninja && return
  fi
  grep -vE '^\[[0-9]+/[0-9]+\] ' "$build.guest/build.log" >"$work/build.log"
  die_with "$work/build.log" "the build failed (in $build)"
}

build_ninja () {
  root_run nice ninja -C "$build" -k 0 >"$build.guest/build.log" 2>&1
}

# Not a compiler that failed but the build's own files, by an interrupted setup
# or another version of meson.
build_is_damaged () {
  grep -q 'FAILED: build.ninja' "$build.guest/build.log" ||
    ! grep -q FAILED: "$build.guest/build.log"
}

build_configure () {
  local log=$build.guest/setup.log data=$build/meson-private/coredata.dat
  if [ -e "$build/build.ninja" ] && [ -e "$data" ] &&
    ! [ "$source/meson_options.txt" -nt "$data" ] &&
    [ "$(build_toolchain)" = "$(cat "$build/toolchain" 2>/dev/null)" ]; then
    return
  fi
  rm -rf "$build"
  root_run meson setup "$build" "$source" -Dkmod=enabled "${build_options[@]}" \
    "-Dkernel_source=$(root_inside "$kernel_headers")" >"$log" 2>&1 ||
    die_with "$log" "meson setup failed"
  build_toolchain >"$build/toolchain"
}

# Another root is another compiler; this machine's own is meson's care.
build_toolchain () {
  echo "$kernel_headers"
  [ -z "$root" ] || cat "$root/.complete"
}

# Not those in the folders that Kbuild works in.
build_own_modules () {
  find "$build" -name '*.ko' ! -path '*.ko.p/*' "$@" 2>/dev/null
}

# The kernel's own modules by a link, ours by copies, and one index of both.
build_modules () {
  local tree=$build.guest/modules stamp
  local stock=$kernel_folder/lib/modules/$kernel_version
  stamp=$(cksum "$kernel_seal"
    build_own_modules -printf '%P %s %T@\n' 2>/dev/null | sort)
  if [ -e "$tree/stamp" ] && [ "$stamp" = "$(<"$tree/stamp")" ]; then
    return
  fi
  rm -rf "$tree"
  mkdir -p "$tree/lib/modules/$kernel_version/updates"
  ln -s "$stock/kernel" "$tree/lib/modules/$kernel_version/kernel"
  cp "$stock"/modules.{builtin,builtin.modinfo,order} \
    "$tree/lib/modules/$kernel_version"
  build_own_modules | while read -r module; do
    cp "$module" "$tree/lib/modules/$kernel_version/updates"
  done
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$tree" "$kernel_version" ||
    die "depmod failed"
  echo "$stamp" >"$tree/stamp"
}

# GStreamer's scan takes most of a minute under emulation and a second here.
build_registry () {
  local stamp file=$build.guest/registry.bin inspect
  inspect=$(root_inside "$root/usr/bin/gst-inspect-1.0")
  [ -x "$root/usr/bin/gst-inspect-1.0" ] || return 0
  stamp=${build_loader[*]}$(find "$root"/usr/lib/*/gstreamer-1.0 "$build/gst-plugin" -maxdepth 1 \
    -name '*.so' -printf '%p %s %T@\n' 2>/dev/null | sort)
  if [ -e "$file.stamp" ] && [ "$stamp" = "$(<"$file.stamp")" ]; then
    return
  fi
  rm -f "$file"
  GST_REGISTRY=$file GST_PLUGIN_PATH=$build/gst-plugin \
    root_run "${build_loader[@]}" "$inspect" >/dev/null 2>"$work/registry.log" ||
    die_with "$work/registry.log" "GStreamer's registry could not be made"
  echo "$stamp" >"$file.stamp"
}
