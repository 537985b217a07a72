# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Runs QEMU: which processor, which devices, and the watch over it.

# A guest that does not run COMMAND after so many seconds never will.
start_seconds=300

# Of this machine's architecture: arch.sh has the others. The processor is that of a
# QEMU of old, on which the kernel copies by "rep movs": an instruction for eight
# bytes, whichever QEMU counts.
qemu_program=(qemu-system-x86_64) qemu_board=()
qemu_cpu=max,family=15,model=107,stepping=1,-erms,-fsrm qemu_console=ttyS0
qemu_board_arguments="tsc=reliable no_timer_check 8250.nr_uarts=1"

qemu_boot_modules=(virtio_pci virtio_console 9p 9pnet_virtio overlay configfs)

# The guest's first file system: what init needs, and what it passes on.
qemu_initramfs () {
  local first=$work/initramfs module
  mkdir -p "$first/guest/modules"
  cp -L "$(qemu_busybox)" "$first/busybox"
  cp "$here/init" "$first/init"
  cp "$here/userland" "$here/runner" "$first/guest"
  chmod 755 "$first/init" "$first/busybox"
  kernel_modules_for "${qemu_boot_modules[@]}" >"$work/modules" || exit
  while read -r module; do
    kernel_module "$module" "$first/guest/modules"
  done <"$work/modules" >"$first/guest/modules.order"
  compliance_correct "$first/guest/v4l2-compliance"
  qemu_message "$first/guest"
  (cd "$first" && find . | busybox cpio -o -H newc >"$work/initramfs.img" \
    2>"$work/cpio.log") || die_with "$work/cpio.log" "cannot write to $work"
}

qemu_busybox () {
  [ -z "$option_arch" ] && command -v busybox || echo "$root/usr/bin/busybox"
}

# What the runner reads, in files that take any byte but zero.
qemu_message () {
  printf '%s\0' "${command[@]}" >"$1/command"
  printf '%s\0' "$PWD" >"$1/cwd"
  : >"$1/modules.tree"
  if [ -z "$option_root" ]; then
    printf '%s\n' "$build.guest/modules/lib/modules" >"$1/modules.tree"
  else
    : >"$1/as-it-is"
  fi
  : >"$1/load"
  [ -z "$root" ] || { echo "$root" >"$1/root"; root_folders >"$1/folders"; }
  [ ${#option_load[@]} = 0 ] || printf '%s\n' "${option_load[@]}" >"$1/load"
  [ -z "$option_out" ] || : >"$1/out"
  qemu_environment >"$1/environment"
}

qemu_environment () {
  local name
  while IFS= read -r name; do
    printf '%s=%s\0' "$name" "${!name}"
  done < <(compgen -e | grep -E \
    '^(GST_|G_|CK_|LC_|LANG$|TERM$|VIRTCAM_(SEED|SHORT|SOAK)$)')
  printf '%s\0' HOME=/root USER=root LOGNAME=root SHELL=/bin/bash \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  if [ -z "$option_root" ]; then
    qemu_build_environment
  else
    printf '%s\0' "VIRTCAM_SOURCE=$source"
  fi
}

qemu_build_environment () {
  printf '%s\0' "VIRTCAM_SOURCE=$source" "VIRTCAM_BUILD=$build" \
    "GST_PLUGIN_PATH=$build/gst-plugin" "GST_REGISTRY_UPDATE=no" \
    "GST_REGISTRY=$build.guest/registry.bin"
  [ "$option_sanitize" = no ] || printf '%s\0' "${sanitize_environment[@]}"
}

# Interpreting QEMU's ACPI table of interrupts takes a kernel with KASAN a
# minute; the MP table says the same. Not where cameras of the host are: that
# machine's table takes no such time, and unplugging takes ACPI's interrupt. The
# checks of DMA take a dma-buf that two devices have mapped for a mistake, and are
# silent about all others afterwards.
qemu_kernel_arguments () {
  kernel_is_debians || set -- dma_debug=off "$@"
  kernel_is_debians || vm_wanted || set -- acpi=noirq "$@"
  [ "$option_iommu" = no ] || set -- intel_iommu=on iommu=nopt "$@"
  echo "console=$qemu_console loglevel=5 panic=-1 oops=panic mitigations=off nokaslr" \
    "audit=0 apparmor=0 cryptomgr.notests random.trust_cpu=on" \
    "rcupdate.rcu_expedited=1 log_buf_len=4M" \
    "$qemu_board_arguments $* ${option_append[*]}"
}

# Nanoseconds of an instruction, as a power of two. A kernel that checks what it
# does takes several for each that others take, and is given the time.
qemu_instruction_shift () {
  kernel_is_debians && echo 1 || echo 0
}

qemu_machine () {
  local sleep=off
  # What the guest waits for may be a camera's host, which needs time to answer.
  ! vm_wanted || sleep=on
  [ -z "$option_arch" ] || arch_machine
  [ "$option_iommu" = no ] || qemu_iommu
  qemu_args=("${qemu_board[@]}" -nodefaults -no-user-config -display none -no-reboot
    -m "$option_mem" -kernel "$kernel_image")
  if [ "$option_icount" = yes ]; then
    qemu_args+=(-accel tcg -smp 1
      -icount "shift=$(qemu_instruction_shift),sleep=$sleep"
      -cpu "$qemu_cpu")
  elif [ "$accel" = kvm ]; then
    qemu_args+=(-accel kvm -cpu host -smp "$option_smp")
  else
    qemu_args+=(-accel "tcg,thread=multi" -cpu "$qemu_cpu"
      -smp "$option_smp")
  fi
}

# All that QEMU's devices read and write goes through it, but for cameras of the host,
# which know no IOMMU.
qemu_iommu () {
  qemu_board=(-machine q35 -device intel-iommu
    -global virtio-pci.disable-legacy=on -global virtio-device.iommu_platform=on)
}

qemu_devices () {
  local share="local,security_model=none,multidevs=remap" port
  qemu_args+=(-initrd "$work/initramfs.img"
    -append "$(qemu_kernel_arguments)"
    -chardev "file,id=console,path=$work/console" -serial chardev:console
    -virtfs "$share,path=/,mount_tag=host,readonly=on"
    -device virtio-serial)
  for port in stdout stderr klog status; do
    qemu_args+=(-chardev "file,id=$port,path=$work/$port"
      -device "virtserialport,chardev=$port,name=$port")
  done
  [ -z "$option_out" ] ||
    qemu_args+=(-virtfs "$share,path=${option_out//,/,,},mount_tag=out")
  ! vm_wanted || vm_machine
}

# The write ends of the pipes to us and of the watch's are held until QEMU is
# gone: that is how their readers learn of the end, even of our own.
qemu_pipe () {
  mkfifo "$work/$1" || die "cannot write to $work"
  exec {both}<>"$work/$1" {qemu_read}<"$work/$1" {held}>"$work/$1" {both}>&-
  qemu_held+=("$held")
}

qemu_release () {
  local held
  for held in "${qemu_held[@]}"; do
    exec {held}>&-
  done
  qemu_held=()
}

# Starts QEMU in the background. It dies with this process, whatever kills it.
qemu_start () {
  local out err status life
  qemu_held=()
  qemu_pipe stdout; out=$qemu_read
  qemu_pipe stderr; err=$qemu_read
  qemu_pipe status; status=$qemu_read
  qemu_pipe life; life=$qemu_read
  (qemu_release
    exec setpriv --pdeathsig KILL "${qemu_program[@]}" "${qemu_args[@]}" \
      </dev/null >"$work/qemu.log" 2>&1) &
  qemu_pid=$!
  (qemu_release; qemu_carry <&"$out") &
  pids+=($!)
  (qemu_release; qemu_carry <&"$err" >&2) &
  pids+=($!)
  (qemu_release; qemu_follow_status <&"$status") &
  pids+=($!)
  (qemu_release; qemu_watch <&"$life") &
  pids+=($!)
  exec {out}<&- {err}<&- {status}<&- {life}<&-
}

# Where nobody reads any more, there is no use in going on.
qemu_carry () {
  cat && return
  : >"$work/reader-gone"
  kill -KILL "$qemu_pid"
}

qemu_follow_status () {
  local line
  while read -r line; do
    [ "$line" != run ] || now >"$work/command-time"
    [[ $line != exit* ]] || vm_wake
    printf '%s\n' "$line" >>"$work/status-lines"
  done
}

# Reads from a pipe that nobody writes, so that it ends with its writer.
qemu_watch () {
  local first=$option_timeout
  [ "$first" -le "$start_seconds" ] || first=$start_seconds
  read -r -t "$first" || [ $? -gt 128 ] || return
  if [ -s "$work/command-time" ] && [ "$first" -lt "$option_timeout" ]; then
    first=$option_timeout
    read -r -t $((option_timeout - start_seconds)) || [ $? -gt 128 ] || return
  fi
  echo "$first" >"$work/timed-out"
  kill -KILL "$qemu_pid"
}

qemu_wait () {
  wait "$qemu_pid" 2>/dev/null
  qemu_status=$?
  qemu_pid=
  qemu_release
  wait "${pids[@]}" 2>/dev/null
  pids=()
}

qemu_stop () {
  [ -z "${qemu_pid-}" ] || kill -KILL "$qemu_pid" 2>/dev/null
  [ -z "${pids[*]-}" ] || kill "${pids[@]}" 2>/dev/null
  wait 2>/dev/null
}
