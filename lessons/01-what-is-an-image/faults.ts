import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { fakeSha256sum } from '../fake-sha256sum.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  address: {
    'one-byte': [
      {
        name: 'the copy was not changed',
        breaks: sh`cp "$WORKDIR/address/original" "$WORKDIR/address/changed"`,
        says: /0 bytes differ/,
      },
    ],
    'two-witnesses': [fakeSha256sum],
  },
  graph: {
    followed: [
      {
        name: 'a blob was changed after it got its name',
        breaks: sh`
          layer=$(sha256sum <"$WORKDIR/address/original" | cut -d' ' -f1)
          echo 'one more line' >>"$WORKDIR/address/blobs/$layer"
        `,
        says: /its bytes hash to/,
      },
      {
        name: 'an index names no manifest',
        breaks: sh`echo 'manifest latest' >"$WORKDIR/address/web"`,
        also: ['shared'],
        says: /address\/web names no manifest/,
      },
    ],
    shared: [
      {
        name: 'one image got a bottom layer of its own',
        breaks: sh`
          cd "$WORKDIR/address"
          top=$(echo 'files of mail' | sha256sum | cut -d' ' -f1)
          printf 'layer %s\n' "$top" "$top" >blobs/new
          manifest=$(sha256sum <blobs/new | cut -d' ' -f1)
          mv blobs/new "blobs/$manifest"
          echo "manifest $manifest" >mail
        `,
        says: /web: [0-9a-f]{8}…/,
      },
    ],
  },
  tamper: {
    noticed: [
      {
        name: 'the copy is unchanged',
        breaks: sh`
          cd "$WORKDIR/address"
          rm -r tampered
          cp -r blobs tampered
        `,
        says: /0 of 5 blobs don't match/,
      },
    ],
  },
});
