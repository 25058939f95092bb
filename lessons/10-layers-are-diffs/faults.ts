import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  duplicate: {
    'same-view': [
      {
        name: 'the copy is not quite the same',
        breaks: sh`
          echo 'one more line' >"$WORKDIR/duplicate/delta/data/extra.txt"
          tar -C "$WORKDIR/duplicate/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/duplicate/delta-layer.tar" .
        `,
        says: /data\/extra\.txt/,
      },
    ],
    counted: [
      {
        name: 'the upper copy has another date',
        breaks: sh`
          tar -C "$WORKDIR/duplicate/delta" --format=gnu --sort=name \
            --mtime=@1735689601 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/duplicate/delta-layer.tar" .
        `,
        says: /the mtime @1735689601 in the second delta and @1735689600 in the base/,
        diagnosis: 'duplicate-other-metadata',
      },
    ],
  },
  sibling: {
    valid: [
      {
        name: 'a byte was added to the layer',
        breaks: sh`
          cd "$WORKDIR/practice/second"
          digest=$(jq -r '.layers[1].digest' manifest.json)
          echo >>"oci/blobs/sha256/\${digest#sha256:}"
        `,
        says: /blobs\/sha256\/[0-9a-f]{64}/,
      },
    ],
    'same-base': [
      {
        name: 'the base was compressed again',
        breaks: sh`
          cd "$WORKDIR/practice/second"
          put() {
            name=$(sha256sum <"$1" | cut -d' ' -f1)
            cp "$1" "oci/blobs/sha256/$name"
            jq -n --arg digest "sha256:$name" --argjson size "$(stat -c %s "$1")" \
              '{digest: $digest, size: $size}'
          }
          gzip -1nc "$WORKDIR/base-layer.tar" >base.tar.gz
          jq --argjson base "$(put base.tar.gz)" '.layers[0] += $base' manifest.json >other.json
          jq --argjson manifest "$(put other.json)" '.manifests[0] += $manifest' \
            oci/index.json >index.json
          mv index.json oci/index.json
        `,
        says: /the base's DiffID and another digest/,
        diagnosis: 'second-base-recompressed',
      },
    ],
  },
  shared: {
    imported: [
      {
        name: 'its name was removed, and its blobs are kept by another one',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images tag \
            docker.io/library/handroll2:latest docker.io/library/other:latest
          sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll2:latest
        `,
        mends: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/other:latest`,
        says: /its name is docker\.io\/library\/other:latest/,
        diagnosis: 'second-other-name',
      },
    ],
    blobs: [
      {
        name: 'the layer was removed from the content store',
        breaks: sh`
          digest=$(jq -r '.layers[1].digest' "$WORKDIR/practice/second/manifest.json")
          sudo ctr -n "$CTR_NAMESPACE" content rm "$digest"
        `,
        says: /not in the content store: [0-9a-f]{8}/,
      },
    ],
    'base-once': [
      {
        name: 'it was imported and not unpacked',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images rm --sync docker.io/library/handroll2:latest
          sudo ctr -n "$CTR_NAMESPACE" images import --no-unpack \
            "$WORKDIR/practice/second/handroll2.tar"
        `,
        says: /the image is there, and its layer 1 has no snapshot/,
        diagnosis: 'second-not-unpacked',
      },
    ],
  },
});
