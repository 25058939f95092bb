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
        name: 'a blob changes behind its name',
        breaks: sh`
          layer=$(sha256sum <"$WORKDIR/address/original" | cut -d' ' -f1)
          echo 'one more line' >>"$WORKDIR/address/blobs/$layer"
        `,
        says: /its bytes hash to/,
      },
    ],
  },
});
