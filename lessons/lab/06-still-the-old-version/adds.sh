#!/bin/bash
# Version 1.10 of the image.
mkdir -p "$LAB/build/delta/etc"
echo 'version 1.10' >"$LAB/build/delta/etc/release"
pack_layer delta
replace_layer 1 delta
edit_manifest '.annotations = {"org.opencontainers.image.version": "1.10"}'
