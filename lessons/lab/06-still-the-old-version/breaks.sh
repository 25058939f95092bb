#!/bin/bash
# Puts version 1.9 beside version 1.10; index.json names the manifest of 1.9.
cp -r "$OCI_DIR/blobs" "$LAB/new-blobs"
echo 'version 1.9' >"$LAB/build/delta/etc/release"
pack_layer delta
replace_layer 1 delta
edit_manifest '.annotations = {"org.opencontainers.image.version": "1.9"}'
cp "$LAB"/new-blobs/sha256/* "$OCI_DIR/blobs/sha256"
rm -r "$LAB/new-blobs"
echo 'version 1.10' >"$LAB/build/delta/etc/release"
pack_layer delta
