# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every browser does with cameras, without a screen. The test has a function
# browser, a browser with its profile in $HOME that is given an address. It shows
# watch.html, which says what it tells.

# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/rig.sh"
card='Desk camera'

serve_page () {
  export HOME=$scratch/home
  export -f browser
  mkdir "$HOME" &&
    exec "$here/serve-page" "$scratch/told" "width=${size%x*}&height=${size#*x}" \
      bash -c 'browser "$@"' browser
}

browse () {
  mkfifo "$scratch/told" && exec {page}<>"$scratch/told" && start serve_page
}

# expect PATTERN...: waits until the page has told a line for each. Sets $line to the
# last one.
expect () {
  local pattern left
  while [ $# != 0 ]; do
    read -r -t "$patience" line <&"$page" || { echo "never told: $*"; return 1; }
    echo "$line" >>"$scratch/log/page"
    left=()
    for pattern; do
      # shellcheck disable=SC2053 # a pattern
      [[ $line == $pattern ]] || left+=("$pattern")
    done
    set -- "${left[@]}"
  done
}

# Frames of the camera, in their order
sees_stamps () {
  local number last=-1
  expect "camera $card" && expect "stream $card $size" || return
  for number in {1..5}; do
    expect 'stamp *' || return
    [ "${line#* }" -gt "$last" ] || { echo "$line after $last"; return 1; }
    last=${line#* }
  done
}

# The placeholder has dark places and bright ones: it is no black frame.
sees_the_placeholder () {
  expect 'no stamp *' || return
  echo "# figure: greys of the placeholder are ${line#no stamp }"
  [ "${line##* }" -gt 200 ]
}

# What comes back has other nodes while the browser has the old ones open.
plug () { echo 1 >"${cameras[0]}/enabled" && read_nodes "${cameras[0]}"; }

unplug () { echo 0 >"${cameras[0]}/enabled" && expect ended 'devicechange 0'; }

a_page_watches_a_pattern_camera_and_again_after_an_unplug () {
  new_camera pattern "card=$card" && browse && sees_stamps &&
    unplug && plug && sees_stamps
}

a_page_watches_a_fed_camera_and_again_after_an_unplug () {
  new_fed_camera "card=$card" && browse && sees_stamps &&
    unplug && plug && start write_frames && sees_stamps
}

a_page_watches_a_camera_that_nobody_feeds () {
  new_camera feed placeholder=picture && browse && sees_the_placeholder
}

run_tests \
  a_page_watches_a_pattern_camera_and_again_after_an_unplug \
  a_page_watches_a_fed_camera_and_again_after_an_unplug \
  a_page_watches_a_camera_that_nobody_feeds
