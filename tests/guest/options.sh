# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The command line.

options_help () {
  cat <<'HELP'
usage: tests/guest/boot [OPTIONS] -- COMMAND [ARGUMENTS...]

Boots a real kernel in QEMU over this machine's file system (writes vanish),
loads modules, runs COMMAND there as root in the current folder, prints its
output and exits with its status.

  --kernel NAME        stock (the default), the newest of this Debian release;
                       debug, the same version with KASAN, lockdep, kmemleak
                       and more, built once in the cache; kcsan, one that looks
                       for data races; rt, Debian's with PREEMPT_RT; or a FILE
                       with a / in its name: vmlinux or bzImage in the tree it
                       was built in, or an installed vmlinuz-VERSION
  --suite NAME         which Debian release: bookworm, trixie, forky or
                       experimental, which is sid with the newest kernel (default
                       the machine's own); another's kernel, programs, compiler
                       and GStreamer are fetched into the cache once
  --root DIR           the file system in DIR, started by the systemd and with
                       the newest kernel that are in it; no module, plugin or
                       variable is of this tree
  --bare               with --fetch: prints where a file system of --suite lies
                       that has nothing but a kernel, its headers and udev
  --arch arm64         a kernel and programs of that architecture, of the machine's
                       own Debian release: unpacked into the cache once, and
                       emulated
  --icount             one processor; time counts instructions, 2 ns each, or 1
                       ns where the kernel is not the stock one
  --smp N              processors (default 2)
  --mem MB             memory (default 2048)
  --load 'MODULE ARGS' a module to load; may be repeated (default: virtcam)
  --no-load            load no module
  --append 'ARGS'      arguments added to the kernel's command line, such as
                       swiotlb=force; may be repeated
  --iommu              a machine with an IOMMU, through which all DMA of devices goes
  --paging 5           page tables of five levels, where the processor has them:
                       the kernel starts as it is packed, since what unpacks it
                       switches them on (default 4)
  --sanitize           use a build with AddressSanitizer and UBSan, and let the
                       leaks tracer fail tests
  --no-build           use the build as it is in the cache
  --prepare            fetch and build only, boot nothing; prints shell
                       variables that say where things lie
  --fetch              fetch only
  --vm-camera COMMAND  a camera that this machine lends the guest; may be
                       repeated. sh runs COMMAND on this machine, in the current
                       folder, before the guest starts; it is a vhost-user back
                       end that listens on the Unix socket $VIRTCAM_VM_SOCKET,
                       and dies with the guest. Takes QEMU 11.1.3, which is
                       fetched into the cache once
  --vm-device NAME     as which device: test (the default), QEMU's device for
                       tests with id 39; or media, its own one for cameras (id
                       48), where QEMU has it. Properties of QEMU's device may
                       follow, as in test,vq_size=64
  --out DIR            a folder that the guest can write, there named $OUT
  --timeout SECONDS    kill the guest after that time (default 1200)
  --help

Exit status: COMMAND's, 128 + N where signal N ended it, 127 where it is not
found; 125 when the boot failed: the kernel log holds an oops, a WARNING or
their like, the kernel panicked or hung, or something needed is missing.

COMMAND has no standard input. It sees $VIRTCAM_SOURCE (this tree),
$VIRTCAM_BUILD (the build), GStreamer's variables set up for the plugin, and
the caller's GST_*, G_*, CK_*, LC_*, LANG, TERM, VIRTCAM_SEED, VIRTCAM_SHORT
and VIRTCAM_SOAK.

Everything downloaded or built lies in $VIRTCAM_CACHE
(default ${XDG_CACHE_HOME:-~/.cache}/virtcam).
HELP
}

options_usage () {
  say "$*"
  say "see tests/guest/boot --help"
  exit 125
}

options_number () {
  [[ $2 =~ ^[0-9]+$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
    options_usage "$1 takes a number from $3 to $4, not '$2'"
}

options_own_suite () {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME-unknown}")
}

options_read () {
  option_kernel=stock option_suite='' option_arch='' option_icount=no option_smp=2
  option_mem=2048 option_load=() option_no_load=no option_append=() option_out=''
  option_timeout=1200 option_build=yes option_prepare=no option_fetch=no
  option_sanitize=no option_root='' option_bare=no option_vm_camera=() option_vm_device=test
  option_iommu=no option_paging=4
  while [ $# -gt 0 ]; do
    case $1 in
    --kernel | --suite | --arch | --paging | --smp | --mem | --load | --append | --out | \
      --timeout | --vm-camera | --vm-device | --root)
      [ $# -ge 2 ] || options_usage "$1 needs a value"
      options_take "$1" "$2"
      shift
      ;;
    --*=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      continue
      ;;
    --icount) option_icount=yes ;;
    --iommu) option_iommu=yes ;;
    --no-load) option_no_load=yes ;;
    --sanitize) option_sanitize=yes ;;
    --no-build) option_build=no ;;
    --prepare) option_prepare=yes ;;
    --bare) option_bare=yes ;;
    --fetch) option_fetch=yes option_prepare=yes ;;
    --help | -h) options_help; exit 0 ;;
    --) shift; break ;;
    -*) options_usage "unknown option $1" ;;
    *) break ;;
    esac
    shift
  done
  [ $# -gt 0 ] || [ $option_prepare = yes ] || options_usage "no COMMAND given"
  command=("$@")
  options_check
}

options_take () {
  case $1 in
  --load) option_load+=("$2") ;;
  --append) option_append+=("$2") ;;
  --kernel) option_kernel=$2 ;;
  --suite) option_suite=$2 ;;
  --root) option_root=$2 ;;
  --arch) option_arch=$2 ;;
  --paging) option_paging=$2 ;;
  --smp) option_smp=$2 ;;
  --mem) option_mem=$2 ;;
  --out) option_out=$2 ;;
  --timeout) option_timeout=$2 ;;
  --vm-camera) option_vm_camera+=("$2") ;;
  --vm-device) option_vm_device=$2 ;;
  esac
}

options_check () {
  local own
  own=$(options_own_suite)
  options_kernel
  [ "$option_suite" != "$own" ] || [ "$option_bare" = yes ] || option_suite=
  [ -z "$option_suite" ] || [[ " ${root_suites[*]} " == *" $option_suite "* ]] ||
    options_usage "unknown --suite '$option_suite': known are:" \
      "${root_suites[*]} and $own, this machine's own"
  [ -z "$option_arch" ] || options_arch
  [ "$option_sanitize" = no ] || [ -z "$option_suite" ] ||
    options_usage "--sanitize and --suite exclude each other"
  options_number --paging "$option_paging" 4 5
  [ "$option_paging" = 4 ] || kernel_is_debians ||
    options_usage "--paging 5 takes a kernel of Debian's"
  options_number --smp "$option_smp" 1 64
  options_number --mem "$option_mem" 256 65536
  options_number --timeout "$option_timeout" 1 1000000
  [ -z "$option_root" ] || options_root
  [ "$option_bare" = no ] || { [ "$option_fetch" = yes ] && [ -n "$option_suite" ]; } ||
    options_usage "--bare needs --suite and --fetch"
  if [ "$option_no_load" = yes ]; then
    [ ${#option_load[@]} = 0 ] ||
      options_usage "--load and --no-load exclude each other"
  elif [ ${#option_load[@]} = 0 ]; then
    option_load=(virtcam)
  fi
  [[ " ${vm_devices[*]} " == *" ${option_vm_device%%,*} "* ]] ||
    options_usage "unknown --vm-device '${option_vm_device%%,*}': known are:" \
      "${vm_devices[*]}"
  [ -z "$option_out" ] || options_out
}

options_kernel () {
  case $option_kernel in
  stock) return ;;
  rt) ;;
  */*)
    [ -f "$option_kernel" ] ||
      options_usage "--kernel '$option_kernel': there is no such file"
    ;;
  *)
    [[ " ${kernel_debug_kinds[*]} " == *" $option_kernel "* ]] ||
      options_usage "unknown --kernel '$option_kernel': known are: stock rt" \
        "${kernel_debug_kinds[*]}, and a file, with a / in its name"
    ;;
  esac
  [ -z "$option_suite" ] ||
    options_usage "--kernel $option_kernel and --suite exclude each other"
}

# What it has is what it boots, and what is loaded.
options_root () {
  [ "$option_kernel$option_suite$option_sanitize${option_load[*]}" = stockno ] &&
    ! vm_wanted || options_usage "--root excludes --kernel, --suite, --sanitize," \
    "--load and --vm-camera"
  [ -x "$option_root/lib/systemd/systemd" ] ||
    options_usage "--root '$option_root': there is no systemd in it"
  option_root=$(cd "$option_root" && pwd -P)
  option_no_load=yes
}

options_arch () {
  [[ " ${arch_guests[*]} " == *" $option_arch "* ]] ||
    options_usage "unknown --arch '$option_arch': known are: ${arch_guests[*]}"
  [ "$option_kernel$option_suite$option_root$option_sanitize$option_iommu$option_paging" = \
    stocknono4 ] && ! vm_wanted ||
    options_usage "--arch excludes --kernel, --suite, --root, --sanitize, --iommu," \
      "--paging and --vm-camera"
}

options_out () {
  mkdir -p "$option_out" 2>/dev/null && [ -w "$option_out" ] ||
    options_usage "cannot write to the --out folder '$option_out'"
  option_out=$(cd "$option_out" && pwd -P)
}
