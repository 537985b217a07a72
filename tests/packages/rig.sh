# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the tests of the packages: builds them, and has file systems of Debian
# releases in which they are installed, in the scratch folder.

set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source=$(cd "$here/../.." && pwd -P)
# shellcheck source=/dev/null
. "$here/../run-tests.sh"

packages=(virtcam-dkms gstreamer1.0-virtcam virtcam-utils)
modules=(virtcam virtcam_v4l2loopback virtcam-virtio)

cache=${VIRTCAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtcam}
mkdir -p "$cache"
scratch=$(mktemp -d "$cache/packages.XXXXXX")
trap 'rm -rf --one-file-system "$scratch"' EXIT
trap 'exit 143' TERM HUP INT

takes_root () {
  [ "$(id -u)" = 0 ] && return
  echo '1..0 # SKIP making and entering a file system of Debian takes root'
  exit 77
}

own_release () {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME-}")
}

# logged COMMAND...: what it says matters where it fails.
logged () {
  "$@" >"$scratch/log" 2>&1 && return
  tail -n 40 "$scratch/log"
  return 1
}

complain () { echo "$*"; return 1; }

copy_tree () {
  mkdir -p "$1"
  tar -C "$source" --exclude-vcs --exclude='./build*' --exclude='./*-out' -c . |
    tar -C "$1" -x
}

# be_version FOLDER VERSION: makes the tree in FOLDER one of that version.
be_version () {
  echo "$2" >"$1/kmod/VERSION"
  sed -i "1s/([^)]*)/($2)/" "$1/debian/changelog"
}

# fresh_root RELEASE FOLDER: a file system of that release as it was installed,
# with a kernel and its headers.
fresh_root () {
  local bare
  bare=$("$here/../guest/boot" --suite "$1" --bare --fetch) && [ -n "$bare" ] &&
    cp -a "$bare" "$2" && logged in_root "$2" apt-get -q update
}

# in_root FOLDER COMMAND...: with FOLDER as its file system, as a machine has it
# whose services do not run.
in_root () {
  unshare --mount --pid --fork --kill-child sh -ec '
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$0" "$@"
  ' "$@" </dev/null
}

apt_in () {
  logged in_root "$1" apt-get -q -y --no-install-recommends "${@:2}"
}

# packages_for ROOT FOLDER: those that FOLDER has, in ROOT; $files are their names there.
packages_for () {
  local package
  rm -rf "$1/packages"
  mkdir "$1/packages"
  for package in "${packages[@]}"; do
    cp "$2/$package"_*.deb "$1/packages" || return
  done
  files=("$1"/packages/*.deb)
  files=("${files[@]#"$1"}")
}

install_in () {
  packages_for "$1" "$2" && apt_in "$1" install "${files[@]}"
}

# furnish RELEASE ROOT FOLDER: a fresh root with what a guest needs to use the packages
# in FOLDER, with two users, and with what apt installs for them, but without them.
# $root.files is what is there then.
furnish () {
  local needed
  fresh_root "$1" "$2" && packages_for "$2" "$3" &&
    apt_in "$2" install gstreamer1.0-tools openssl passwd systemd &&
    logged in_root "$2" useradd -m -G video watcher &&
    logged in_root "$2" useradd -m stranger || return
  mapfile -t needed < <(in_root "$2" apt-get -s --no-install-recommends install \
    "${files[@]}" | awk '$1 == "Inst" { print $2 }' |
    grep -vxF "$(printf '%s\n' "${packages[@]}")")
  apt_in "$2" install "${needed[@]}" && files_of "$2" >"$2.files"
}

# What virtcam.service finds when the guest starts
describe_cameras () {
  printf '[door]\ncard = Front Door\n\n[feed.desk]\n' >"$1/etc/virtcam/cameras.conf"
}

purge_in () {
  rm -f "$1/etc/virtcam/cameras.conf"
  apt_in "$1" purge "${packages[@]}"
}

# dkms_has_built ROOT VERSION [KERNEL]: by the files, since DKMS runs no depmod for a
# kernel of which there are only headers.
dkms_has_built () {
  local kernel=${3-} module
  [ -n "$kernel" ] || kernel=$(kernel_of "$1")
  for module in "${modules[@]}"; do
    in_root "$1" sh -c 'modinfo -F version "/lib/modules/$0/updates/dkms/$1".ko*' \
      "$kernel" "$module" | grep -qx "$2" ||
      complain "$module has not been built for $kernel: $(in_root "$1" dkms status)" ||
      return
  done
}

kernel_of () {
  find "$1/boot" -name 'vmlinuz-*' -printf '%f\n' | sed 's/^vmlinuz-//'
}

# What is there beside what comes and goes with every command of apt
files_of () {
  (cd "$1" && find . \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./var/cache \
    -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./packages \) \
    -prune -o -print) | sort
}

# The keys by which DKMS signs are its own.
nothing_is_left () {
  files_of "$1" | grep -v '^./var/lib/dkms/mok\.' | comm -3 "$1.files" - >"$scratch/left"
  [ ! -s "$scratch/left" ] || complain "gone, or left: $(<"$scratch/left")"
}

# facts_of SCRIPT: makes each fact of that script of this folder a test, in $facts.
facts_of () {
  local name
  mapfile -t facts < <(sed -n 's/^fact //p' "$here/$1")
  for name in "${facts[@]}"; do
    eval "$name () { seen $name; }"
  done
}

seen () {
  grep -qx "ok $1" "$scratch/out/facts" && return
  sed -n "/^not ok $1\$/,/^\(not \)\?ok/p" "$scratch/out/facts" | grep . ||
    complain "the guest did not come so far"
  return 1
}

# runs_in_a_guest ROOT SCRIPT SECONDS
runs_in_a_guest () {
  rm -rf "$scratch/out"
  mkdir "$scratch/out"
  "$here/../guest/boot" --root "$1" --timeout "$3" --out "$scratch/out" -- "$here/$2"
}

# all_seen SCRIPT: every fact of it
all_seen () {
  local name
  for name in $(sed -n 's/^fact //p' "$here/$1"); do
    seen "$name" || return
  done
}
