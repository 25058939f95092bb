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
