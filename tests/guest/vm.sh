# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Cameras that this machine lends the guest (--vm-camera). Their COMMANDs run
# here, beside QEMU, in the care of vm-hosts, and are vhost-user back ends of a
# device each.

vm_devices=(test media)

vm_wanted () { [ ${#option_vm_camera[@]} != 0 ]; }

# vhost-user-media-pci came to QEMU after the version that all cameras take.
vm_check_device () {
  ! vm_wanted || [ "${option_vm_device%%,*}" != media ] ||
    "${qemu_program[@]}" -device help | grep -q '"vhost-user-media-pci"' ||
    die "QEMU $(newer_qemu_says) has no vhost-user-media-pci"
}

# Of a property that is there twice QEMU takes the last.
vm_device () {
  local device=vhost-user-media-pci
  [ "${option_vm_device%%,*}" = media ] ||
    device=vhost-user-test-device-pci,virtio-id=39,num_vqs=2,vq_size=128,config_size=40
  [ "$option_iommu" = no ] || device+=,iommu_platform=off
  echo "$device${option_vm_device#"${option_vm_device%%,*}"}"
}

# A port for each camera, so that it can be unplugged; the guest's memory in a
# file, so that the back ends can map it.
vm_machine () {
  local number device paths=${work//,/,,}
  device=$(vm_device)
  qemu_args+=(-machine "q35,memory-backend=memory"
    -object "memory-backend-memfd,id=memory,size=${option_mem}M,share=on"
    -qmp "unix:$paths/monitor"
    -chardev "socket,id=lab,path=$paths/lab" -device "virtserialport,chardev=lab,name=lab")
  for number in "${!option_vm_camera[@]}"; do
    qemu_args+=(-device "pcie-root-port,id=port$number,chassis=$((number + 1))"
      -chardev "socket,id=camera$number,path=$paths/camera$number"
      -device "$device,id=camera$number,bus=port$number,chardev=camera$number")
  done
}

# Starts the COMMANDs, and returns once each of them listens.
vm_start () {
  local answer
  vm_wanted || return 0
  mkfifo "$work/vm-answer" || die "cannot write to $work"
  exec {vm_held}> >(vm_hosts)
  vm_pid=$!
  # A signal ends wait, but not read.
  head -n 1 "$work/vm-answer" >"$work/vm-ready" &
  pids=($!)
  wait "${pids[0]}"
  pids=()
  answer=$(<"$work/vm-ready")
  [ "$answer" = ready ] || { vm_show; die "${answer:-vm-hosts failed}"; }
}

vm_hosts () {
  local environment
  mapfile -d '' -t environment < <(qemu_build_environment)
  [ -z "$option_out" ] || environment+=("OUT=$option_out")
  exec setpriv --pdeathsig KILL env "${environment[@]}" "$here/vm-hosts" \
    "$work" "$(vm_logs)" "$option_timeout" "$(vm_device)" \
    "${option_vm_camera[@]}" -- "${root_enter[@]}" "${build_loader[@]}" \
    >"$work/vm-answer"
}

vm_logs () { echo "${option_out:-$work}"; }

# QEMU waits in its end for a host that is stopped.
vm_wake () {
  [ -z "${vm_pid-}" ] || kill -USR1 "$vm_pid"
}

# Ends the COMMANDs. What went wrong with one of them lies in $work/vm-failures.
vm_finish () {
  [ -n "${vm_pid-}" ] || return 0
  exec {vm_held}>&-
  wait "$vm_pid"
  vm_pid=
}

vm_stop () {
  [ -z "${vm_pid-}" ] || kill -KILL "$vm_pid" 2>/dev/null
}

vm_show () {
  local number log
  for number in "${!option_vm_camera[@]}"; do
    log=$(vm_logs)/vm-camera-$number.log
    [ ! -s "$log" ] ||
      tail -n 40 "$log" | show "the end of what the COMMAND of camera $number said"
  done
}
