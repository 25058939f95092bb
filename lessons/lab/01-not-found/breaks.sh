#!/bin/bash
# Flips one bit in the middle of the base layer's blob.
blob=$OCI_DIR/blobs/sha256/$(layer_hash 0)
at=$(($(stat -c %s "$blob") / 2))
byte=$(od -An -tu1 -j "$at" -N 1 "$blob")
printf '%b' "\\0$(printf %o $((byte ^ 16)))" | dd of="$blob" bs=1 seek="$at" conv=notrunc status=none
