import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { fakeSha256sum } from '../fake-sha256sum.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  content: {
    listed: [
      {
        name: 'a layer was removed from the store',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$DELTA_DIGEST"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        also: ['verbatim'],
        says: /missing: delta/,
      },
    ],
    verbatim: [
      {
        name: 'the config was removed from the store',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$CONFIG_DIGEST"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        also: ['listed'],
        says: /config with the hash/,
      },
    ],
  },
  snapshots: {
    keys: [
      {
        name: 'the upper snapshot was removed',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        also: ['parents'],
        says: /the image exists, but there is no snapshot of (delta|either layer)/,
        diagnosis: 'not-unpacked',
      },
    ],
    'by-hand': [fakeSha256sum],
    parents: [
      {
        name: 'the upper snapshot was removed',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        also: ['keys'],
        says: /no such snapshot/,
      },
    ],
  },
  chain: {
    third: [
      {
        name: 'a newline was hashed with it',
        breaks: sh`
          echo "$CHAIN_ID $DELTA_DIFFID" | sha256sum >"$WORKDIR/practice/chain-id"
        `,
        says: /with a newline at the end/,
        diagnosis: 'chain-newline',
      },
      {
        name: 'three DiffIDs were hashed at once',
        breaks: sh`
          printf '%s %s %s' "$BASE_DIFFID" "$DELTA_DIFFID" "$DELTA_DIFFID" | sha256sum >"$WORKDIR/practice/chain-id"
        `,
        says: /it is the hash of all three DiffIDs/,
        diagnosis: 'chain-at-once',
      },
      {
        name: 'the file has no hash in it',
        breaks: sh`echo 'sha256:' >"$WORKDIR/practice/chain-id"`,
        says: /^sha256:$/m,
      },
    ],
  },
  directories: {
    unpacked: [
      {
        name: 'a committed snapshot was changed',
        breaks: sh`echo 'hello from above' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        says: /hello from above/,
      },
    ],
    translated: [
      {
        name: 'the whiteout was removed',
        breaks: sh`sudo rm "$DELTA_SNAPSHOT/data/config.txt"`,
        mends: sh`sudo mknod "$DELTA_SNAPSHOT/data/config.txt" c 0 0`,
        says: /^missing$/m,
      },
    ],
    none: [
      {
        name: 'the image is mounted',
        breaks: sh`
          mkdir -p "$WORKDIR/overlay/image"
          sudo ctr -n "$CTR_NAMESPACE" images mount handroll:latest "$WORKDIR/overlay/image"
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images unmount --rm "$WORKDIR/overlay/image"
        `,
        says: /mounted at .*overlay\/image/,
      },
    ],
  },
});
