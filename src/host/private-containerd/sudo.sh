#!/bin/sh
# `sudo` for the learner's shells. sudo looks for programs in directories of its own, where it would
# find the real ctr, and with it another daemon than the tour's. So that one is named in full; all else
# goes on to the real sudo as it is. It is a program and no alias because each kind of shell, and a
# script, finds a program.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sudo=$here/../containerd/sudo
left=$#
value=
command=
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  if [ -z "$command$value" ]; then
    case $word in
      -[CDghpRrTtUu]) value=next ;;
      -* | *=*) ;;
      ctr) command=$word word=$here/ctr ;;
      *) command=$word ;;
    esac
  else
    value=
  fi
  set -- "$@" "$word"
  left=$((left - 1))
done
exec "$sudo" "$@"
