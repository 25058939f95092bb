#!/bin/bash
# A run of a backup that stopped halfway: it has snapshots of the container, and no container.
# The chain ID of two layers is the hash of their DiffIDs.
top=sha256:$(jq -j '.rootfs.diff_ids | join(" ")' "$OCI_DIR/blobs/sha256/$(config_hash)" | sha256sum | cut -d' ' -f1)
tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
sudo ctr -n "$CTR_NAMESPACE" snapshots prepare demo-saving "$top"
sudo ctr -n "$CTR_NAMESPACE" snapshots commit demo demo-saving
sudo ctr -n "$CTR_NAMESPACE" snapshots prepare demo-again demo
