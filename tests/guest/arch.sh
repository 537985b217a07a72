# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Other architectures: Debian's packages for them, unpacked in the cache once. None of
# their scripts is run, and nothing here is configured, so this takes no root.

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

