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
        says: /the same bytes, and mtime @1735689601, below @1735689600: no file in both/,
        diagnosis: 'duplicate-other-metadata',
      },
    ],
  },
});
