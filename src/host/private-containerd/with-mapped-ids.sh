#!/bin/bash
# Runs a command in a new user namespace with subordinate ids. util-linux can do so by itself since 2.38
# (--map-auto); distributions that are still in use have an older one. So a first process makes the
# namespace, its ids are written, and the command steps into it, as root of it, and takes its place.
set -e
uids=$1 gids=$2
shift 2
coproc first { exec unshare --user -- bash -c 'echo; read -r _'; }
# shellcheck disable=SC2154 # coproc sets it.
pid=$first_PID
read -r _ <&"${first[0]}"
# In a container it may be there and not be allowed to: then root is all there is inside.
# shellcheck disable=SC2086 # A map is several numbers, each an argument.
if ! newuidmap "$pid" $uids || ! newgidmap "$pid" $gids; then
  kill "$pid"
  exec unshare --user --map-root-user -- "$@"
fi
# shellcheck disable=SC1083,SC2093 # This exec opens and closes, and runs nothing.
exec 8<"/proc/$pid/ns/user" {first[1]}>&-
wait "$pid" || :
exec nsenter --user=/proc/self/fd/8 --preserve-credentials -- bash -c 'exec 8<&-; exec "$@"' bash "$@"
