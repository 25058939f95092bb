import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  layers: {
    version: [
      {
        name: 'a version of the future',
        breaks: sh`echo '{"imageLayoutVersion": "2.0.0"}' >"$OCI_DIR/oci-layout"`,
        mends: sh`echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"`,
        says: /imageLayoutVersion is "2\.0\.0"/,
        diagnosis: 'marker-version',
      },
      {
        name: 'a trailing comma',
        breaks: sh`echo '{"imageLayoutVersion": "1.0.0",}' >"$OCI_DIR/oci-layout"`,
        mends: sh`echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"`,
        says: /not JSON: line 1: a comma after the last item/,
        diagnosis: 'marker-not-json',
      },
      {
        name: 'a name of its own',
        breaks: sh`mv "$OCI_DIR/oci-layout" "$OCI_DIR/oci_layout.json"`,
        mends: sh`mv "$OCI_DIR/oci_layout.json" "$OCI_DIR/oci-layout"`,
        says: /oci\/oci_layout\.json exists, but oci\/oci-layout doesn't/,
        diagnosis: 'marker-misnamed',
      },
    ],
    present: [
      {
        name: 'a blob under a wrong name',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          mv "$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)" \
            "$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)"
        `,
        mends: sh`
          cd "$OCI_DIR/blobs/sha256"
          mv "$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)" \
            "$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)"
        `,
        says: /named by the DiffID of delta, and contains the compressed delta/,
        diagnosis: 'blob-name-diffid',
      },
      {
        name: 'the uncompressed tar went in',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          rm "$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)"
          cp "$WORKDIR/base-layer.tar" "$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)"
        `,
        mends: sh`
          cd "$OCI_DIR/blobs/sha256"
          rm "$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)"
          cp "$WORKDIR/base-layer.tar.gz" "$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)"
        `,
        says: /[0-9a-f]{8}… is base-layer\.tar, uncompressed/,
        diagnosis: 'blob-uncompressed',
      },
      {
        name: 'a symlink to the archive in place of a copy',
        breaks: sh`
          ln -sf ../../../base-layer.tar.gz "$OCI_DIR/blobs/sha256/\${BASE_DIGEST#sha256:}"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${BASE_DIGEST#sha256:}"`,
        says: /[0-9a-f]{8}… is a symlink to \.\.\/\.\.\/\.\.\/base-layer\.tar\.gz/,
        diagnosis: 'blob-link',
      },
      {
        name: 'all blobs in one directory',
        breaks: sh`mv "$OCI_DIR"/blobs/sha256/* "$OCI_DIR/blobs"`,
        mends: sh`
          cd "$OCI_DIR/blobs"
          mv [0-9a-f]* sha256/
        `,
        says: /a blob is at oci\/blobs\/[0-9a-f]{8}…/,
        diagnosis: 'blob-outside',
      },
    ],
  },
  config: {
    named: [
      {
        name: 'the hash of the text without its newline',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          config="\${CONFIG_DIGEST#sha256:}"
          mv "$config" "$(printf '%s' "$(cat "$config")" | sha256sum | cut -d' ' -f1)"
        `,
        mends: sh`grep -lr 'diff_ids' "$OCI_DIR/blobs/sha256" | xargs rm`,
        says: /is the hash of the text without the newline at the end/,
        diagnosis: 'blob-name-newline',
      },
    ],
    'diff-ids': [
      {
        name: 'the Digest where the DiffID belongs',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq --arg wrong "$BASE_DIGEST" '.rootfs.diff_ids[0] = $wrong' \
            "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /the digest of base.*hash \*before\* compression/s,
        diagnosis: 'diffids-are-digests',
      },
      {
        name: 'a trailing comma',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq . "\${CONFIG_DIGEST#sha256:}" | sed 's/^  }$/  },/' >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`grep -lr 'diff_ids' "$OCI_DIR/blobs/sha256" | xargs rm`,
        also: ['named', 'platform', 'command'],
        says: /looks like the config, but isn't JSON: line \d+: a comma after the last item/,
        diagnosis: 'config-not-json',
      },
      {
        name: "the file's name went along with the hash",
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.rootfs.diff_ids[1] += "  delta-layer.tar"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /the second ends in "delta-layer\.tar"/,
        diagnosis: 'digest-with-file-name',
      },
      {
        name: 'one text where a list belongs',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.rootfs.diff_ids |= join(" ")' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /rootfs\.diff_ids is "sha256:/,
        diagnosis: 'diffids-key',
      },
      {
        name: 'the layers in the wrong order',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.rootfs.diff_ids |= reverse' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /order is wrong/,
        diagnosis: 'diffids-swapped',
      },
    ],
    platform: [
      {
        name: 'another architecture, copied from an article',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.architecture = "s390"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /architecture s390, but this machine is/,
        diagnosis: 'platform-of-another',
      },
    ],
    command: [
      {
        name: 'Cmd is a string',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.config.Cmd = "/bin/sh"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
        says: /Cmd "\/bin\/sh"/,
        diagnosis: 'cmd-string',
      },
    ],
  },
  manifest: {
    named: [
      {
        name: 'stored under a name for people',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          mv "\${MANIFEST_DIGEST#sha256:}" manifest.json
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/manifest.json"`,
        says: /a file is named manifest\.json/,
        diagnosis: 'blob-name-human',
      },
    ],
    config: [
      {
        name: 'the config has another size',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.config.size += 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /^the config: size \d+, not \d+: one byte too many/m,
        diagnosis: 'size-newline',
      },
    ],
    layers: [
      {
        name: 'the DiffID where the Digest belongs',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq --arg wrong "$DELTA_DIFFID" '.layers[1].digest = $wrong' \
            "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /layer 1: the DiffID of delta.*hash \*after\* compression/s,
        diagnosis: 'layer-is-diffid',
      },
      {
        name: 'the layers in the wrong order',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.layers |= reverse' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /layer 0 is the digest of delta/,
        diagnosis: 'layers-swapped',
      },
      {
        name: 'the size of the tar, not of the blob',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq --argjson wrong "$(stat -c %s "$WORKDIR/delta-layer.tar")" '.layers[1].size = $wrong' \
            "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /layer 1: size \d+, not \d+: that is the size of delta-layer\.tar/,
        diagnosis: 'size-uncompressed',
      },
      {
        name: 'lists and objects where none belong',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.layers = [null, {digest: 5}] | .config = "none"' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        also: ['config'],
        says: /layer 0: the digest is missing/,
        diagnosis: 'digest-missing',
      },
      {
        name: 'a size that is one off',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.layers[0].size += 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /layer 0: size \d+, not \d+: one byte too many/,
        diagnosis: 'size-newline',
      },
    ],
    schema: [
      {
        name: 'the manifest has schemaVersion 1',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq '.schemaVersion = 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
        says: /schemaVersion 1/,
        diagnosis: 'schema-version',
      },
    ],
  },
  index: {
    points: [
      {
        name: 'it points past the manifest, at the config',
        breaks: sh`
          jq --arg wrong "$CONFIG_DIGEST" '.manifests[0].digest = $wrong' \
            "$OCI_DIR/index.json" >"$OCI_DIR/wrong"
          mv "$OCI_DIR/wrong" "$OCI_DIR/index.json"
        `,
        says: /the manifest: the digest of the config/,
        diagnosis: 'index-points-past',
      },
    ],
    name: [
      {
        name: 'index.json names a tag alone',
        breaks: sh`
          jq '.manifests[0].annotations[] = "latest"' "$OCI_DIR/index.json" >"$OCI_DIR/wrong"
          mv "$OCI_DIR/wrong" "$OCI_DIR/index.json"
        `,
        says: /the name is latest, a tag alone/,
        diagnosis: 'name-bare-tag',
      },
      {
        name: 'the annotation is left out',
        breaks: sh`
          jq 'del(.manifests[0].annotations)' "$OCI_DIR/index.json" >"$OCI_DIR/wrong"
          mv "$OCI_DIR/wrong" "$OCI_DIR/index.json"
        `,
        says: /has no annotation/,
        diagnosis: 'name-missing',
      },
    ],
  },
  whole: {
    four: [
      {
        name: 'an old config was left behind',
        breaks: sh`
          echo '{"old": true}' >"$OCI_DIR/old"
          mv "$OCI_DIR/old" "$OCI_DIR/blobs/sha256/$(sha256sum <"$OCI_DIR/old" | cut -d' ' -f1)"
        `,
        mends: sh`grep -l '"old"' -r "$OCI_DIR/blobs/sha256" | xargs rm`,
        says: /5 blobs; index\.json doesn't lead to/,
        diagnosis: 'blob-left-over',
      },
      {
        name: 'the manifest was stored twice, in other bytes',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          jq -c . "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/second"
          mv "$OCI_DIR/second" "$(sha256sum <"$OCI_DIR/second" | cut -d' ' -f1)"
        `,
        mends: sh`
          cd "$OCI_DIR/blobs/sha256"
          rm "$(jq -c . "\${MANIFEST_DIGEST#sha256:}" | sha256sum | cut -d' ' -f1)"
        `,
        says: /2 manifests: index\.json names [0-9a-f]{8}…, but not [0-9a-f]{8}…/,
        diagnosis: 'several-manifests',
      },
    ],
    followed: [
      {
        name: 'one byte of a layer flips',
        breaks: sh`
          blob="$OCI_DIR/blobs/sha256/\${DELTA_DIGEST#sha256:}"
          printf 'X' | dd of="$blob" bs=1 seek=40 conv=notrunc status=none
        `,
        mends: sh`
          cp "$WORKDIR/delta-layer.tar.gz" "$OCI_DIR/blobs/sha256/\${DELTA_DIGEST#sha256:}"
        `,
        also: ['four', 'valid', 'layers/present'],
        says: /the manifest names [0-9a-f]{8}…, and no blob has that hash/,
      },
    ],
    valid: [
      {
        name: 'the config has a time that is none',
        breaks: sh`
          cp -a "$OCI_DIR" "$WORKDIR/whole"
          cd "$OCI_DIR/blobs/sha256"
          jq '.created = "2025-01-01T00:00:00+00:00Z"' "\${CONFIG_DIGEST#sha256:}" >"$WORKDIR/config"
          config=$(sha256sum <"$WORKDIR/config" | cut -d' ' -f1)
          jq --arg digest "sha256:$config" --argjson size "$(stat -c %s "$WORKDIR/config")" \
            '.config.digest = $digest | .config.size = $size' \
            "\${MANIFEST_DIGEST#sha256:}" >"$WORKDIR/manifest"
          manifest=$(sha256sum <"$WORKDIR/manifest" | cut -d' ' -f1)
          jq --arg digest "sha256:$manifest" --argjson size "$(stat -c %s "$WORKDIR/manifest")" \
            '.manifests[0].digest = $digest | .manifests[0].size = $size' \
            "$OCI_DIR/index.json" >"$WORKDIR/index"
          rm "\${CONFIG_DIGEST#sha256:}" "\${MANIFEST_DIGEST#sha256:}"
          mv "$WORKDIR/config" "$config"
          mv "$WORKDIR/manifest" "$manifest"
          mv "$WORKDIR/index" "$OCI_DIR/index.json"
        `,
        mends: sh`
          rm -r "$OCI_DIR"
          mv "$WORKDIR/whole" "$OCI_DIR"
        `,
        says: /blobs\/sha256\/[0-9a-f]{8}…#\/created: .*\n"2025-01-01T00:00:00\+00:00Z"/,
      },
    ],
  },
});
