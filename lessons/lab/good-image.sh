#!/bin/bash
# The image that every case begins with: the tour's two layers, and a file that only this sandbox has.
mkdir -p "$LAB/build/base/bin" "$LAB/build/base/data" "$LAB/build/base/etc" "$LAB/build/delta/data"
cp -L "$BUSYBOX" "$LAB/build/base/bin/busybox"
for name in sh ls cat; do ln -s busybox "$LAB/build/base/bin/$name"; done
echo 'hello from base' >"$LAB/build/base/hello.txt"
echo 'base config' >"$LAB/build/base/data/config.txt"
echo "$TOKEN" >"$LAB/build/base/etc/build-id"
echo 'hello from delta' >"$LAB/build/delta/hello.txt"
: >"$LAB/build/delta/data/.wh.config.txt"
pack_layer base
pack_layer delta
write_image base delta
