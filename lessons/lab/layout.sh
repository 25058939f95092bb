#!/bin/bash
# shellcheck disable=SC2016 # The variables in single quotes are those of jq.
# What the lab's scripts share: they come after this text, and get its variables from the environment.

# Stores a file as a blob under its hash, and prints the hash.
store() {
  local hash
  hash=$(sha256sum <"$1" | cut -d' ' -f1)
  mkdir -p "$OCI_DIR/blobs/sha256"
  cp "$1" "$OCI_DIR/blobs/sha256/$hash"
  echo "$hash"
}

# Stores standard input as a blob, and prints its hash.
store_text() {
  cat >"$LAB/text"
  store "$LAB/text"
  rm "$LAB/text"
}

# Packs build/NAME as NAME-layer.tar and NAME-layer.tar.gz, to the same bytes every time: NAME [MODE].
pack_layer() {
  tar -C "$LAB/build/$1" --format=gnu --sort=name --mtime=@1735689600 --mode="${2:-u+rwX,go+rX,go-w}" \
    --owner=0 --group=0 --numeric-owner -cf "$LAB/$1-layer.tar" .
  # -1, since the learner waits while a sandbox is prepared
  gzip -n -1 -k -f "$LAB/$1-layer.tar"
}

# Prints a descriptor: MEDIA-TYPE HASH.
descriptor() {
  printf '{"mediaType": "application/vnd.oci.image.%s", "digest": "sha256:%s", "size": %s}' \
    "$1" "$2" "$(stat -c %s "$OCI_DIR/blobs/sha256/$2")"
}

# Writes an image of these layers, the lowest first, from NAME-layer.tar and NAME-layer.tar.gz.
write_image() {
  local name layers='' ids='' config manifest
  mkdir -p "$OCI_DIR/blobs/sha256"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"
  for name in "$@"; do
    ids+=${ids:+, }\"sha256:$(sha256sum <"$LAB/$name-layer.tar" | cut -d' ' -f1)\"
    layers+="${layers:+,
    }$(descriptor layer.v1.tar+gzip "$(store "$LAB/$name-layer.tar.gz")")"
  done
  config=$(
    store_text <<JSON
{
  "architecture": "$ARCH",
  "os": "linux",
  "config": { "Cmd": ["/bin/sh"] },
  "rootfs": { "type": "layers", "diff_ids": [$ids] }
}
JSON
  )
  manifest=$(
    store_text <<JSON
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": $(descriptor config.v1+json "$config"),
  "layers": [
    $layers
  ]
}
JSON
  )
  cat >"$OCI_DIR/index.json" <<JSON
{
  "schemaVersion": 2,
  "manifests": [
    { "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:$manifest", "size": $(stat -c %s "$OCI_DIR/blobs/sha256/$manifest"),
      "annotations": { "org.opencontainers.image.ref.name": "handroll:latest" } }
  ]
}
JSON
}

# The hash of what a document refers to: manifest_hash, config_hash, layer_hash N.
manifest_hash() { jq -r '.manifests[0].digest[7:]' "$OCI_DIR/index.json"; }
config_hash() { jq -r '.config.digest[7:]' "$OCI_DIR/blobs/sha256/$(manifest_hash)"; }
layer_hash() { jq -r --argjson n "$1" '.layers[$n].digest[7:]' "$OCI_DIR/blobs/sha256/$(manifest_hash)"; }

# These change a document with a jq filter, and everything above it that contains its hash.
edit_index() {
  jq "$@" "$OCI_DIR/index.json" >"$LAB/edited"
  mv "$LAB/edited" "$OCI_DIR/index.json"
}
edit_manifest() {
  local old new
  old=$(manifest_hash)
  new=$(jq "$@" "$OCI_DIR/blobs/sha256/$old" | store_text)
  [ "$new" = "$old" ] || rm -f "$OCI_DIR/blobs/sha256/$old"
  edit_index --argjson new "$(descriptor manifest.v1+json "$new")" '.manifests[0] += $new'
}
edit_config() {
  local old new
  old=$(config_hash)
  new=$(jq "$@" "$OCI_DIR/blobs/sha256/$old" | store_text)
  [ "$new" = "$old" ] || rm -f "$OCI_DIR/blobs/sha256/$old"
  edit_manifest --argjson new "$(descriptor config.v1+json "$new")" '.config += $new'
}
# Puts NAME-layer.tar.gz in place of layer N, with its DiffID.
replace_layer() {
  local old new
  old=$(layer_hash "$1")
  new=$(store "$LAB/$2-layer.tar.gz")
  [ "$new" = "$old" ] || rm -f "$OCI_DIR/blobs/sha256/$old"
  edit_config --argjson n "$1" --arg id "sha256:$(sha256sum <"$LAB/$2-layer.tar" | cut -d' ' -f1)" \
    '.rootfs.diff_ids[$n] = $id'
  edit_manifest --argjson n "$1" --argjson new "$(descriptor layer.v1.tar+gzip "$new")" '.layers[$n] += $new'
}

# The platform that this machine isn't.
other_arch() { [ "$ARCH" = amd64 ] && echo arm64 || echo amd64; }
# Makes a program one for the other platform, as far as the kernel looks: e_machine in its ELF header.
make_foreign() {
  local machine='\xb7\x00'
  [ "$ARCH" = amd64 ] || machine='\x3e\x00'
  printf '%b' "$machine" | dd of="$1" bs=1 seek=18 conv=notrunc status=none
}
# Changes the index that index.json names, where that isn't a manifest.
edit_nested_index() {
  local old new
  old=$(manifest_hash)
  new=$(jq "$@" "$OCI_DIR/blobs/sha256/$old" | store_text)
  [ "$new" = "$old" ] || rm -f "$OCI_DIR/blobs/sha256/$old"
  edit_index --argjson new "$(descriptor index.v1+json "$new")" '.manifests[0] += $new'
}
