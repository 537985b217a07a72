# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The build with AddressSanitizer and UndefinedBehaviorSanitizer: how it is
# made, and what its programs are told in a guest.

# A list of frames ends early, since GLib has no frame pointers:
# ASAN_OPTIONS=fast_unwind_on_malloc=0 shows more, slowly.

# The plugins of the packages that tests/setup names, as links. A machine may have many
# more, whose features make more than 2048 quarks: then GLib allocates anew, leaves
# what it had before to whoever reads it, and the sanitizer calls that a leak.
sanitize_plugins () {
  local plugins=$build.guest/plugins
  mkdir -p "$plugins"
  dpkg -L libgstreamer1.0-0 gstreamer1.0-plugins-{base,good,ugly} |
    grep '/gstreamer-1\.0/lib[^/]*\.so$' | xargs ln -s -t "$plugins" 2>/dev/null
  echo "$plugins"
}

sanitize_build () {
  local runtime
  runtime=$(gcc -print-file-name=libasan.so)
  build+=-sanitized
  build_options=(-Db_sanitize=address,undefined -Db_lundef=false)
  # A program without the sanitizer's runtime has to load it first.
  build_loader=(env "LD_PRELOAD=$runtime" ASAN_OPTIONS=detect_leaks=0
    GST_REGISTRY_FORK=no "GST_PLUGIN_SYSTEM_PATH_1_0=$(sanitize_plugins)")
  # A report ends the process, with a status that no test has. The caller's
  # words come last, and win.
  sanitize_environment=(
    "VIRTCAM_SANITIZER=$runtime"
    "ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1:${ASAN_OPTIONS-}"
    "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS-}"
    "CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER-10}"
    # gst-check fails a test on what this tracer finds at its end.
    "GST_TRACERS=${GST_TRACERS-leaks}" "GST_DEBUG=${GST_DEBUG-GST_TRACER:7}"
    GST_REGISTRY_FORK=no G_SLICE=always-malloc
  )
}
