# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# --kernel FILE: a kernel of the user's own, which is either
#   .../vmlinux or .../arch/x86/boot/bzImage   in the tree it was built in, with
#                                              its modules built
#   .../boot/vmlinuz-VERSION                   installed, with its modules and
#                                              headers in .../lib/modules/VERSION
# Sets what kernel.sh sets.

kernel_file_provide () {
  kernel_image=$(realpath -e "$option_kernel") || exit
  if kernel_file_tree "$(dirname "$kernel_image")"; then
    kernel_file_built
  else
    kernel_file_installed
  fi
  [ -e "$kernel_headers/Module.symvers" ] ||
    die "$option_kernel: $kernel_headers has no Module.symvers: modules cannot" \
      "be built against it"
  kernel_name=file-$kernel_version
}

kernel_file_tree () {
  local folder
  for folder in "$1" "${1%/arch/x86/boot}"; do
    kernel_headers=$folder
    [ ! -e "$folder/include/config/kernel.release" ] || return 0
  done
  return 1
}

# Its modules are installed for each boot, so that they are never stale.
kernel_file_built () {
  kernel_version=$(<"$kernel_headers/include/config/kernel.release")
  kernel_folder=$cache/kernel/file-$(sha256sum <<<"$kernel_headers" | cut -c 1-16)
  cache_lock "${kernel_folder##*/}"
  touch "$kernel_folder.used"
  PATH=$PATH:/usr/sbin:/sbin make -s -C "$kernel_headers" \
    INSTALL_MOD_PATH="$kernel_folder" modules_install >"$work/install.log" 2>&1 ||
    die_with "$work/install.log" "$option_kernel: its modules cannot be installed"
  cache_unlock
  kernel_seal=$kernel_folder/lib/modules/$kernel_version/modules.dep
}

kernel_file_installed () {
  local name=${kernel_image##*/}
  kernel_version=${name#vmlinuz-}
  kernel_folder=$(dirname "$(dirname "$kernel_image")")
  kernel_headers=$kernel_folder/lib/modules/$kernel_version/build
  kernel_seal=$kernel_folder/lib/modules/$kernel_version/modules.dep
  [ "$name" != "$kernel_version" ] && [ -e "$kernel_seal" ] ||
    die "$option_kernel is neither in a tree that a kernel was built in nor" \
      "named vmlinuz-VERSION with lib/modules/VERSION beside its folder"
}
