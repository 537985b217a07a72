# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Runs jobs, side by side as far as there are processors for them: an emulated guest of
# one processor keeps one busy, one of two both. What a job prints is shown when
# it ends, whole.
#
# A job may need a build, which another job makes: $work/BUILD.tried says that
# it was, whatever came of it. A job has a folder of its own, $step_work, and
# appends to the file results there.

job_names=() job_weights=() job_needs=() job_commands=()
declare -A job_pids=()

# job_add NAME PROCESSORS NEEDS COMMAND: NEEDS is a build or "-", COMMAND one
# word with its arguments, quoted for eval.
job_add () {
  job_names+=("$1") job_weights+=("$2") job_needs+=("$3") job_commands+=("$4")
}

# The first one that waits, whose build is there, and that fits beside those
# that run. Where none runs, anything fits.
job_next () {
  local i
  for i in "${!job_names[@]}"; do
    [ -z "${job_state[i]-}" ] || continue
    [ "${job_needs[i]}" = - ] || [ -e "$work/${job_needs[i]}.tried" ] || continue
    if [ "${job_weights[i]}" -le "$job_free" ] || [ ${#job_pids[@]} = 0 ]; then
      job_found=$i
      return
    fi
  done
  return 1
}

job_start () {
  local i=$1
  job_state[i]=runs
  job_free=$((job_free - job_weights[i]))
  printf 'run: %s begins\n' "${job_names[i]}" >&2
  mkdir "$work/job.$i"
  # In a process group of its own, which one signal ends.
  set -m
  (
    set +m
    trap - EXIT
    SECONDS=0 step_work=$work/job.$i
    eval "${job_commands[i]}"
    printf '%6d  %s\n' "$SECONDS" "${job_names[i]}" >>"$work/times"
  ) </dev/null >"$work/job.$i/out" 2>&1 &
  job_pids[$!]=$i
  set +m
}

job_end () {
  local i=${job_pids[$1]}
  unset "job_pids[$1]"
  job_state[i]=ended
  job_free=$((job_free + job_weights[i]))
  printf '\n== %s\n' "${job_names[i]}"
  cat "$work/job.$i/out"
  [ ! -e "$work/job.$i/results" ] ||
    cat "$work/job.$i/results" >>"$work/results"
}

# jobs_run PROCESSORS
jobs_run () {
  local job_state=() job_found pid
  job_free=$1
  while :; do
    while job_next; do
      job_start "$job_found"
    done
    [ ${#job_pids[@]} != 0 ] || return 0
    wait -n -p pid "${!job_pids[@]}"
    job_end "$pid"
  done
}

# Of an interrupted run.
jobs_stop () {
  local pid
  for pid in "${!job_pids[@]}"; do
    kill -TERM -- "-$pid" 2>/dev/null
  done
  wait
}
