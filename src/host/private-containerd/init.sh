#!/bin/bash
# The first process of the namespaces. Its only argument is the directory of the daemon's files.
dir=$1
# Behind sudo it is the learner's: with 077 nobody but root could read the number below.
umask 022
exec 9>"$dir/lock"
flock --nonblock 9 || exit 0
# Opened for reading alone, a pipe that has lost its writers would be waited for without end. So this is
# a writer itself for a moment, and then reads the end of the file where nobody else is one.
[ -p "$dir/lifeline" ] || exit
# shellcheck disable=SC2094
exec 8<>"$dir/lifeline" 7<"$dir/lifeline" 8>&-
# The old /proc is still mounted here, so this is the number that the machine knows us by.
read -r pid _ </proc/self/stat
# Without these it would be the machine's own /run that everything below is written to.
mount -t proc proc /proc || exit
mount -t tmpfs -o mode=0755 tmpfs /run || exit
mkdir /run/containerd /run/tmp
# How whoever steps in knows where it is.
echo "$dir" >/run/handroll-tour
# What a shim that is killed leaves in there ends with the namespace.
unset XDG_RUNTIME_DIR
export TMPDIR=/run/tmp
PATH=$dir/bin:$PATH
containerd --config "$dir/config.toml" </dev/null >"$dir/log" 2>&1 7<&- 9>&- &
daemon=$!
echo "$pid" >"$dir/pid"
trap 'exit 0' TERM
{ cat <&7 >/dev/null; kill "$daemon"; sleep 5; kill -KILL "$daemon"; } 9>&- &
# Not wait -n: that passes over a daemon that has ended before it is asked.
wait "$daemon"
