import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { fakeSha256sum } from '../fake-sha256sum.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  content: {
    listed: [
      {
        name: 'a layer was taken out of the store',
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
        name: 'the config was taken out of the store',
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
        says: /the image is there, and no snapshot of (delta|either layer)/,
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
  directories: {
    unpacked: [
      {
        name: 'somebody wrote into a committed snapshot',
        breaks: sh`echo 'hello from a vandal' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        says: /hello from a vandal/,
      },
    ],
    translated: [
      {
        name: 'the whiteout got lost',
        breaks: sh`sudo rm "$DELTA_SNAPSHOT/data/config.txt"`,
        mends: sh`sudo mknod "$DELTA_SNAPSHOT/data/config.txt" c 0 0`,
        says: /^missing$/m,
      },
    ],
  },
  'no-mounts': {
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
