#!/bin/sh
# `ctr` for the learner's shells: runs the real ctr in the namespaces of the private containerd.
own=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# Lesson 00 asks for the version before a daemon runs.
[ "$*" = --version ] && exec "$own/containerd/ctr" --version
unset XDG_RUNTIME_DIR CONTAINERD_ADDRESS
if [ -e /run/handroll-tour ] && read -r at </run/handroll-tour && [ "$at" = "$own/containerd" ]; then
  TMPDIR=/run/tmp exec "$own/containerd/ctr" "$@"
fi
runs() {
  pid=$(cat "$own/containerd/pid" 2>/dev/null)
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$own/containerd"
}
# A tour that doesn't need its daemon lets it end. It looks every second whether it is wanted here.
if ! runs && read -r tour 2>/dev/null <"$own/containerd/resting" && [ -d "/proc/$tour" ]; then
  : >"$own/containerd/wanted"
  tries=50
  until runs || [ "$tries" -eq 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
  done
fi
if ! runs; then
  echo "ctr: the tour's containerd is not running: open handroll-tour, or handroll-tour shell" >&2
  exit 1
fi
set -- --mount --pid --wd="$PWD" -- env TMPDIR=/run/tmp "$own/containerd/ctr" "$@"
read -r privilege <"$own/containerd/privilege"
case $privilege in
  sudo) exec sudo nsenter --target "$pid" "$@" ;;
  rootless) exec nsenter --target "$pid" --user --preserve-credentials "$@" ;;
  *) exec nsenter --target "$pid" "$@" ;;
esac
