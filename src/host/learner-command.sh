#!/bin/sh
# The handroll-tour that was last at work in this directory, with the Node that ran it.
program=$(CDPATH='' cd -- "$(dirname -- "$0")/../program" && pwd) || exit
if ! [ -e "$program/node" ] || ! [ -e "$program/handroll-tour" ]; then
  echo 'handroll-tour: it is not where it was any more. Start it the way you did at first.' >&2
  exit 127
fi
exec "$program/node" "$program/handroll-tour" "$@"
