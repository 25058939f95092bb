#!/bin/bash
# Runs a command in a new user namespace with subordinate ids. unshare has --map-auto for that since
# util-linux 2.38, but distributions in use have older versions. So a helper process makes the namespace,
# its id maps are written, and the command enters it as its root and replaces this process.
set -e
uids=$1 gids=$2
shift 2
coproc first { exec unshare --user -- bash -c 'echo; read -r _'; }
# shellcheck disable=SC2154 # coproc sets it.
pid=$first_PID
read -r _ <&"${first[0]}"
# In a container newuidmap may exist and not be allowed to do this: root is then the only user inside.
# shellcheck disable=SC2086 # A map is several numbers, each an argument.
if ! newuidmap "$pid" $uids || ! newgidmap "$pid" $gids; then
  kill "$pid"
  exec unshare --user --map-root-user -- "$@"
fi
# shellcheck disable=SC1083,SC2093 # This exec opens and closes, and runs nothing.
exec 8<"/proc/$pid/ns/user" {first[1]}>&-
wait "$pid" || :
exec nsenter --user=/proc/self/fd/8 --preserve-credentials -- bash -c 'exec 8<&-; exec "$@"' bash "$@"
