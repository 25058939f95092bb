#!/bin/bash
# shellcheck disable=SC2016 # The variables in single quotes are those of jq.
# A release for two platforms: index.json names an index, and that names a manifest for each.
this=$(manifest_hash)
other=$(other_arch)
cp -a "$LAB/build/base" "$LAB/build/base-$other"
make_foreign "$LAB/build/base-$other/bin/busybox"
pack_layer "base-$other"
ARCH=$other write_image "base-$other" delta
index=$(
  jq -n --arg other "$other" --arg this "$ARCH" \
    --argjson first "$(descriptor manifest.v1+json "$(manifest_hash)")" \
    --argjson second "$(descriptor manifest.v1+json "$this")" '{
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        $first + { platform: { os: "linux", architecture: $other } },
        $second + { platform: { os: "linux", architecture: $this } }
      ]
    }' | store_text
)
edit_index --argjson new "$(descriptor index.v1+json "$index")" '.manifests[0] += $new'
