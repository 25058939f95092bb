#!/bin/bash
# `runc` for a daemon in a user namespace: removes from the config what isn't available there.
# `ctr run` asks for a control group with limits, which only the machine's root can make, and for
# terminals that belong to group 5, which may not be mapped. Without a control group, runc has no list of
# all processes for --all. Killing the first one is enough, since the kernel then kills the others.
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
