#!/bin/bash
# Runs a command once a tmpfs lies on a directory, where the tour's other commands and the learner see
# it too: it stays for those that come later, until cleanup or the machine's end.
set -eu
dir=$1
shift
mkdir -p "$dir"
exec 9>"$dir.lock"
flock 9
mountpoint -q "$dir" || mount -t tmpfs -o mode=0711 handroll-tour "$dir"
exec 9>&-
exec "$@"
