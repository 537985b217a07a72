# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A v4l2-compliance that knows the kernel's names.
#
# Linux 6.0 renamed NV12 from "Y/CbCr 4:2:0" to "Y/UV 4:2:0". The name is the
# V4L2 core's, no driver can set it; v4l-utils accepts both since, but Debian
# 12 has Linux 6.1 beside v4l-utils 1.22.1, which ends its test of the formats
# at the first camera's NV12, vivid's too. In the guest, and only there, the
# tool has the new name in the old one's place. Nothing else differs.

compliance_old='Y\/CbCr 4:2:0\x00' compliance_new='Y\/UV 4:2:0\x00\x00\x00'

# Writes the corrected tool to $1, if the guest's needs correcting.
compliance_correct () {
  local tool
  tool=$root/usr/bin/v4l2-compliance
  [ -x "$tool" ] || return 0
  ! LC_ALL=C grep -aqP 'Y/UV 4:2:0\x00' "$tool" || return 0
  LC_ALL=C sed "s/$compliance_old/$compliance_new/g" "$tool" >"$1"
  chmod 755 "$1"
  [[ ${command[*]} != *compliance* ]] ||
    say "the guest's v4l2-compliance knows NV12's name of Linux 6.0 (docs/guest.md)"
}
