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

# Prints "number:line" for each line of trouble, succeeds when there are any.
klog_trouble () {
  klog_patterns | grep -aEnf - -- "$1"
}
