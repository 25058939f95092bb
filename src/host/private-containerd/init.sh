#!/bin/bash
# The first process of the namespaces. Its only argument is the directory of the daemon's files.
dir=$1
# sudo keeps the learner's umask: with 077, only root could read the pid file below.
umask 022
exec 9>"$dir/lock"
flock --nonblock 9 || exit 0
# Opening a pipe for reading blocks until it has a writer, which may have ended already. So this process
# is a writer itself for a moment; if it was the only one, it then reads the end of the file.
[ -p "$dir/lifeline" ] || exit
# shellcheck disable=SC2094
exec 8<>"$dir/lifeline" 7<"$dir/lifeline" 8>&-
# The machine's /proc is still mounted, so this is our number outside the namespace.
read -r pid _ </proc/self/stat
# If these fail, everything below would be written to the machine's own /run.
mount -t proc proc /proc || exit
mount -t tmpfs -o mode=0755 tmpfs /run || exit
mkdir /run/containerd /run/tmp
# Tells programs that enter the namespaces which daemon is in here.
echo "$dir" >/run/handroll-tour
# What a killed shim leaves in /run goes with the namespace.
unset XDG_RUNTIME_DIR
export TMPDIR=/run/tmp
PATH=$dir/bin:$PATH
containerd --config "$dir/config.toml" </dev/null >"$dir/log" 2>&1 7<&- 9>&- &
daemon=$!
echo "$pid" >"$dir/pid"
trap 'exit 0' TERM
{ cat <&7 >/dev/null; kill "$daemon"; sleep 5; kill -KILL "$daemon"; } 9>&- &
# Not wait -n, which misses a daemon that has ended already.
wait "$daemon"
