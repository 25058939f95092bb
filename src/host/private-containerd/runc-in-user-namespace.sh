#!/bin/bash
# `runc` for a daemon in a user namespace: the real one, asked only for what there is.
# `ctr run` asks for what only the machine's root can give: a control group with limits, and terminals
# that belong to group 5 where there may be no such group. And without a control group there is no list
# of all processes to kill: killing the first has to do, which the kernel lets none of the others outlive.
own=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
words=()
for word; do
  [ "$before" = --bundle ] && config=$word/config.json
  [ "$word" = --all ] || words+=("$word")
  before=$word
done
if [ -n "$config" ]; then
  groups=0
  while read -r _ _ count; do groups=$((groups + count)); done </proc/self/gid_map
  jq --argjson groups "$groups" '
    del(.linux.cgroupsPath, .linux.resources)
    | (.mounts[] | select(.type == "devpts") | .options) |=
        map(select(. != "gid=5" or $groups > 5))
  ' "$config" >"$config.own" && mv "$config.own" "$config"
fi
exec "$own/runc" --rootless=true "${words[@]}"
