#!/bin/sh
# `runc` for a daemon that is root's: the real one, in a control group of the tour's own, since other
# daemons have containers of the same name.
own=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
read -r group <"$own/control-group"
# What Go writes has no spaces, and no such text within a string.
for word; do
  [ "$before" = --bundle ] && sed -i 's,"cgroupsPath":"/,&'"$group/," "$word/config.json"
  before=$word
done
exec "$own/runc" "$@"
