# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of virtcamctl's words for bash. Kinds and names of cameras come from what
# is there; values that only the kernel knows are not guessed.

_virtcamctl_settings='--card --format --size --rate --memory --pacing --timeout
  --placeholder --placeholder-file --viewers'

_virtcamctl_cameras () {
  local directory
  for directory in /sys/kernel/config/virtcam/*/; do
    [ ! -d "$directory" ] || basename "$directory"
  done
}

# What may follow the option $1, on the output; 1: it takes no value that is known
_virtcamctl_values () {
  case $1 in
  --memory) echo vmalloc dma-sg ;;
  --pacing) echo interval none ;;
  --placeholder) echo picture last none ;;
  --card | --format | --size | --rate | --timeout | --viewers) ;;
  *) return 1 ;;
  esac
}

# What may follow the verb $1 as its word number $2, on the output
_virtcamctl_words () {
  case $1/$2 in
  add/1) echo pattern feed ;;
  add/*) echo "$_virtcamctl_settings" ;;
  set/1) _virtcamctl_cameras; echo --force ;;
  set/*) echo "$_virtcamctl_settings --force" ;;
  show/1) _virtcamctl_cameras; echo --json ;;
  remove/*) _virtcamctl_cameras; echo --force ;;
  apply/*) echo --force ;;
  list/*) echo --json ;;
  esac
}

_virtcamctl () {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
  if [ "$COMP_CWORD" = 1 ]; then
    words='add list show set remove apply monitor report --help --version'
  else
    words=$(_virtcamctl_values "$before") ||
      words="$(_virtcamctl_words "${COMP_WORDS[1]}" $((COMP_CWORD - 1))) --help"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  # Files where they may be, when nothing else begins so
  case ${COMP_WORDS[1]}/$before in
  apply/* | report/* | */--placeholder-file)
    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word")
    ;;
  esac
}
complete -F _virtcamctl virtcamctl
