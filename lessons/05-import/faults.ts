import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  pack: {
    envelope: [
      {
        name: 'packed one directory too high',
        breaks: sh`tar -C "$WORKDIR" -cf "$WORKDIR/handroll-image.tar" oci`,
        says: /it contains oci\/oci-layout, where \.\/oci-layout should be/,
        diagnosis: 'envelope-too-high',
      },
      {
        name: 'it was compressed as well',
        breaks: sh`tar -C "$OCI_DIR" -czf "$WORKDIR/handroll-image.tar" .`,
        says: /handroll-image\.tar is gzip/,
        diagnosis: 'envelope-compressed',
      },
      {
        name: 'a blob got lost on the way',
        breaks: sh`
          tar --delete -f "$WORKDIR/handroll-image.tar" "./blobs/sha256/\${BASE_DIGEST#sha256:}"
        `,
        says: /^it lacks blobs\/sha256\/[0-9a-f]{8}…, base$/m,
        diagnosis: 'envelope-without-blob',
      },
      {
        name: 'a blob of the layout was a symlink',
        breaks: sh`
          cp -a "$OCI_DIR" "$WORKDIR/linked"
          ln -sf ../../../base-layer.tar.gz "$WORKDIR/linked/blobs/sha256/\${BASE_DIGEST#sha256:}"
          tar -C "$WORKDIR/linked" -cf "$WORKDIR/handroll-image.tar" .
          rm -r "$WORKDIR/linked"
        `,
        says: /blobs\/sha256\/[0-9a-f]{8}… is in it as a symlink to \.\.\//,
        diagnosis: 'envelope-link',
      },
      {
        name: 'the layout was changed after it was packed',
        breaks: sh`
          jq . "$OCI_DIR/oci-layout" >"$OCI_DIR/changed"
          mv "$OCI_DIR/changed" "$OCI_DIR/oci-layout"
        `,
        says: /its oci-layout differs from the one in oci/,
        diagnosis: 'envelope-of-earlier-layout',
      },
    ],
  },
  import: {
    imported: [
      {
        name: 'the image has another name',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images tag --force handroll:latest other:latest
          sudo ctr -n "$CTR_NAMESPACE" images rm handroll:latest
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images tag --force other:latest handroll:latest
          sudo ctr -n "$CTR_NAMESPACE" images rm other:latest
        `,
        says: /no image handroll:latest, only other:latest/,
        diagnosis: 'import-other-name',
      },
      {
        name: 'it was imported into the namespace default',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
          sudo ctr -n default images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        mends: sh`sudo ctr -n default images rm --sync handroll:latest`,
        also: ['target', 'committed'],
        says: /handroll:latest is in the namespace default/,
        diagnosis: 'import-elsewhere',
      },
      {
        name: 'the tar is of a layout that had no name yet',
        breaks: sh`
          tar --delete -f "$WORKDIR/handroll-image.tar" ./index.json
          jq 'del(.manifests[0].annotations)' "$OCI_DIR/index.json" >"$WORKDIR/index.json"
          tar -C "$WORKDIR" -rf "$WORKDIR/handroll-image.tar" ./index.json
          rm "$WORKDIR/index.json"
          sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
        `,
        mends: sh`tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .`,
        also: ['target', 'pack/envelope'],
        says: /the index\.json in handroll-image\.tar is not the one in oci/,
        diagnosis: 'import-of-earlier-tar',
      },
      {
        name: 'the namespace has a typo',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
          sudo ctr -n handroll-typo images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        mends: sh`
          sudo ctr -n handroll-typo images rm --sync handroll:latest
          sudo ctr namespaces rm handroll-typo
        `,
        also: ['target', 'committed'],
        says: /handroll:latest is in the namespace handroll-typo/,
        diagnosis: 'import-elsewhere',
      },
      {
        name: '--base-name is the long name',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
          sudo ctr -n "$CTR_NAMESPACE" images import \
            --base-name docker.io/library/handroll "$WORKDIR/handroll-image.tar"
          # garbage collection takes the blobs: have it done now
          lease=$(sudo ctr -n "$CTR_NAMESPACE" leases create)
          sudo ctr -n "$CTR_NAMESPACE" leases rm --sync "$lease"
        `,
        also: ['target', 'committed'],
        says: /exists, but there is no image in it/,
        diagnosis: 'import-without-image',
      },
    ],
    target: [
      {
        name: 'the manifest was removed from the content store',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" content rm "$MANIFEST_DIGEST"
          # garbage collection takes the layers that it named: have it done now
          lease=$(sudo ctr -n "$CTR_NAMESPACE" leases create)
          sudo ctr -n "$CTR_NAMESPACE" leases rm --sync "$lease"
        `,
        also: ['committed'],
        says: /doesn't have it/,
      },
    ],
    committed: [
      {
        name: 'the upper snapshot was removed',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        // Without it nothing refers to the lower one, and that goes with the next collection.
        says: /the image exists, but there is no snapshot of (delta|either layer)/,
        diagnosis: 'not-unpacked',
      },
    ],
  },
  tag: {
    both: [
      {
        name: 'the long name was removed',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest`,
        says: /docker\.io\/library\/handroll:latest: /,
      },
      {
        name: 'the library was left out',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" images tag --force handroll:latest docker.io/handroll:latest
          sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest
        `,
        mends: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/handroll:latest`,
        says: /the other name is docker\.io\/handroll:latest/,
        diagnosis: 'tag-misspelt',
      },
    ],
    others: [
      {
        name: 'something appeared in another namespace',
        breaks: sh`sudo ctr -n handroll-tour-stranger snapshots prepare theirs`,
        mends: sh`
          sudo ctr -n handroll-tour-stranger snapshots rm theirs
          sudo ctr namespaces rm handroll-tour-stranger
        `,
        says: /changed: handroll-tour-stranger/,
      },
    ],
  },
});
