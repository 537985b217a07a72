# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of virtcamctl's words for bash. Kinds and names of cameras come from what
# is there; values that only the kernel knows are not guessed.

# A candidate is a line, because a camera's name may have spaces.

_virtcamctl_lines () { printf '%s\n' "$@"; }

_virtcamctl_settings () {
  _virtcamctl_lines --card --format --size --rate --memory --pacing --timeout --placeholder \
    --placeholder-file --viewers
}

_virtcamctl_cameras () {
  local directory
  for directory in /sys/kernel/config/virtcam/*/; do
    [ ! -d "$directory" ] || basename "$directory"
  done
}

# What may follow the option $1, on the output; 1: it takes no value that is known
_virtcamctl_values () {
  case $1 in
  --memory) _virtcamctl_lines vmalloc dma-sg ;;
  --pacing) _virtcamctl_lines interval none ;;
  --placeholder) _virtcamctl_lines picture last none ;;
  --card | --format | --size | --rate | --timeout | --viewers) ;;
  *) return 1 ;;
  esac
}

# What may follow the verb $1 as its word number $2, on the output
_virtcamctl_words () {
  case $1/$2 in
  add/1) _virtcamctl_lines pattern feed ;;
  add/*) _virtcamctl_settings ;;
  set/1) _virtcamctl_cameras; echo --force ;;
  set/*) _virtcamctl_settings; echo --force ;;
  show/1) _virtcamctl_cameras; echo --json ;;
  remove/*) _virtcamctl_cameras; echo --force ;;
  apply/*) echo --force ;;
  list/*) echo --json ;;
  esac
  echo --help
}

# What may come, on the output
_virtcamctl_candidates () {
  if [ "$COMP_CWORD" = 1 ]; then
    _virtcamctl_lines add list show set remove apply monitor report --help --version
  else
    _virtcamctl_values "${COMP_WORDS[COMP_CWORD - 1]}" ||
      _virtcamctl_words "${COMP_WORDS[1]}" $((COMP_CWORD - 1))
  fi
}

_virtcamctl () {
  local word=${COMP_WORDS[COMP_CWORD]} candidate typed
  COMPREPLY=()
  # Where files may be bash finds them itself: it knows how their names have to be typed.
  if [ "$COMP_CWORD" -gt 1 ] && [[ $word != -* ]]; then
    case ${COMP_WORDS[1]}/${COMP_WORDS[COMP_CWORD - 1]} in
    apply/* | report/* | */--placeholder-file) compopt -o default; return ;;
    esac
  fi
  # Not compgen -W, which would run what is in a name.
  while IFS= read -r candidate; do
    printf -v typed %q "$candidate"
    [[ $candidate != "$word"* && $typed != "$word"* ]] || COMPREPLY+=("$typed")
  done < <(_virtcamctl_candidates)
}
complete -F _virtcamctl virtcamctl
