# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Reads a guest's kernel log and says whether something went wrong in it.
# Lines of /dev/kmsg begin with "<level>[time]", those of the console with
# "[time]"; in a crash either may be cut off.

klog_patterns () {
  cat <<'PATTERNS'
\bOops\b
\bBUG: 
\bBUG at 
\bWARNING: (CPU|possible|suspicious|inconsistent|bad|lock|held|stack|at)\b
\bWARNING: [^ ]+:[0-9]+ at 
Kernel panic
general protection fault
nable to handle (kernel|page)
INFO: task .* blocked
INFO: rcu.* (stall|detected)
INFO: (possible|suspicious|trying|lockdep|inconsistent)
(circular|recursive) locking
inconsistent lock state
suspicious RCU usage
sleeping function called
scheduling while atomic
bad unlock balance
lock (freed|held when)
soft lockup
hard LOCKUP
\bKASAN: 
\bKCSAN: 
\bKFENCE: 
\bUBSAN: 
\bDMA-API: .*: device driver
\bDMA-API: .*(exceeded|out of memory|cacheline)
\bODEBUG: 
kmemleak: [0-9]+ new suspected
unregister_netdevice: waiting
refcount_t: 
list_(add|del) (corruption|double)
Bad page (state|map)
\bCall Trace:
-\[ cut here \]-
UNBALANCED
PATTERNS
}

# Blanks the one report that we know to be another driver's own. vivid's threads
# read the clock twice, once to see that their next frame lies ahead and once for
# how long to wait: where the clock passes the frame in between, they wait for a
# negative time, and schedule_timeout() says so and returns. One with our code
# among its frames stays.
klog_without_known () {
  awk '
    function flush(blank) {
      for (i = 1; i <= held; i++) print blank ? "" : line[i]
      held = 0
    }
    /schedule_timeout: wrong timeout value/ { flush(0); report = 1 }
    !report { print; next }
    { line[++held] = $0 }
    / vivid_thread_[a-z_]*[+]/ { vivid = 1 }
    /virtcam/ { ours = 1 }
    /<\/TASK>/ || held >= 60 { flush(vivid && !ours); report = vivid = ours = 0 }
    END { flush(0) }' "$1"
}

# Where a test has allocations fail, vmalloc() tells of it with a call trace, and
# dma_buf_vmap() and the tracer of a module that is loaded do with a warning.
klog_without_failed_allocations () {
  sed '/virtcam-test: allocations fail from here on/,/virtcam-test: allocations fail no more/{
    s/Call Trace:/a trace/
    s/-\[ cut here \]-/-----/
    s/WARNING: \(CPU: [0-9]* PID: [0-9]* at \(dma_buf_vmap\|event_define_fields\)\)/a warning: \1/
  }'
}

# Of data races only those count that our module has a part in: the kernel has
# some of its own. And two are its own though we have a part in them:
# - QBUF tells the program of the buffer once the driver has it (vb2), and the driver
#   may deliver it meanwhile.
# - Where a page is mapped it is looked at whether it is one of the kernel's own, in
#   the word that counts mappings otherwise; another program ends its mapping then.
klog_without_others_races () {
  awk '
    function flush(blank) {
      for (i = 1; i <= held; i++) print blank ? "" : line[i]
      held = 0
    }
    !race && /BUG: KCSAN: data-race/ {
      race = 1; ours = 0
      known = /in __fill_v4l2_buffer .*\/ (vb2_buffer_done|virtcam_camera_done) / ||
              /in page_(add_file|remove)_rmap \/ validate_page_before_insert/
    }
    !race { print; next }
    { line[++held] = $0 }
    /virtcam[+_0-9a-z\/]*\]/ || /virtcam_/ { ours = 1 }
    /==========\r?$/ || held >= 80 { flush(!ours || known); race = 0 }
    END { flush(0) }'
}

# Where a test says so, two things that vb2 itself counts wrongly are let pass: a
# buffer whose dma-buf was followed by one that vb2 refuses, and a wait for a
# frame that began before another program took the buffers away and ended after.
# Streams begun and ended are counted right, always.
klog_without_miscounts () {
  awk '
    /virtcam-test: vb2 may miscount from here on/ { on = 1 }
    /virtcam-test: vb2 may miscount no more/ { on = 0 }
    on && /counters for queue [0-9a-fA-F]+, buffer [0-9]+: UNBALANCED!/ { print ""; next }
    on && /counters for queue [0-9a-fA-F]+: UNBALANCED!/ { held = $0; next }
    held != "" {
      match ($0, /start_streaming: [0-9]+ stop_streaming: [0-9]+/)
      split (substr ($0, RSTART, RLENGTH), word, " ")
      print word[2] != "" && word[2] == word[4] ? "" : held
      held = ""
    }
    { print }
    END { if (held != "") print held }'
}

# From where the test says so that comes last, it judges what kmemleak finds.
klog_without_judged_leaks () {
  sed '/virtcam-test: leaks are judged from here on/,$s/kmemleak: \([0-9]* new suspected\)/kmemleak, \1/'
}

# Prints "number:line" for each line of trouble, succeeds when there are any.
klog_trouble () {
  klog_without_known "$1" | klog_without_failed_allocations |
    klog_without_others_races | klog_without_miscounts |
    klog_without_judged_leaks |
    grep -aEnf <(klog_patterns) --
}
