#!/bin/bash
# Mounts a tmpfs on a directory and runs a command. The mount is in the machine's mount namespace, so that
# the tour's other commands and the learner see it too; it stays until cleanup or a reboot.
set -eu
dir=$1
shift
mkdir -p "$dir"
exec 9>"$dir.lock"
flock 9
mountpoint -q "$dir" || mount -t tmpfs -o mode=0711 handroll-tour "$dir"
exec 9>&-
exec "$@"
