#!/bin/sh
# `sudo` for the learner's shells. The real sudo has its own PATH, where it would find the real ctr and
# reach another daemon. So this rewrites `ctr` to the path of our wrapper and passes everything else to
# the real sudo. It's a program and not an alias because every shell and script finds a program.
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
