# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For scripts in a guest whose file system has the packages: what they found goes
# to the file facts in $OUT, for the tests outside.

set -u -o pipefail

# fact NAME: a function that is true, or says why not
fact () {
  if "$1" >/run/fact.log 2>&1; then
    echo "ok $1" >>"$OUT/facts"
  else
    { echo "not ok $1"; tail -n 30 /run/fact.log; } >>"$OUT/facts"
  fi
}

# As somebody who has logged in, with no variable of ours
as_user () {
  runuser -u "$1" -- env -i HOME="/home/$1" PATH=/usr/bin:/bin "${@:2}"
}

cameras () {
  find /dev -name 'video*' | wc -l
}
