#!/bin/bash
# Removes a sandbox, with what was mounted in it by hand.
mounts=()
while read -r _ _ _ _ target _; do
  # The kernel writes a space as \040.
  printf -v target '%b' "$target"
  case $target in
    "$LAB"/*) mounts=("$target" "${mounts[@]}") ;;
  esac
done </proc/self/mountinfo
for target in "${mounts[@]}"; do
  type=$(findmnt -n -o FSTYPE -- "$target" | tail -n 1)
  case $type in
    overlay | tmpfs) sudo umount -- "$target" ;;
    *)
      echo "Something is mounted at $target, and the lab didn't mount it: unmount it first." >&2
      exit 1
      ;;
  esac
done
sudo rm -rf --one-file-system -- "$LAB"
