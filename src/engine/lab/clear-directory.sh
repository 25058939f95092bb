#!/bin/bash
# Empties a sandbox, with what was mounted in it by hand. A shell may be in the directory, so it stays.
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
if [ -d "$LAB" ] && [ -O "$LAB" ]; then
  chmod u+rwx "$LAB"
  shopt -s dotglob nullglob
  entries=("$LAB"/*)
  [ ${#entries[@]} = 0 ] || sudo rm -rf --one-file-system -- "${entries[@]}"
else
  sudo rm -rf --one-file-system -- "$LAB"
fi
