import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  mount: {
    stacked: [
      {
        name: 'nobody mounted it',
        breaks: sh`sudo umount "$WORKDIR/overlay/merged"`,
        also: ['topmost', 'marker'],
        says: /nothing is mounted there/,
      },
      {
        name: 'base was laid over delta',
        breaks: sh`
          cd "$WORKDIR"
          sudo umount overlay/merged
          sudo mount -t overlay overlay \
            -o lowerdir=build/base:build/delta,upperdir=overlay/upper,workdir=overlay/work \
            overlay/merged
        `,
        also: ['topmost'],
        says: /lowerdir base then delta/,
        diagnosis: 'overlay-swapped',
      },
      {
        name: 'the writes would go into a tree',
        breaks: sh`
          cd "$WORKDIR"
          sudo umount overlay/merged
          cp -a build overlay/build
          sudo mount -t overlay overlay \
            -o lowerdir=overlay/build/base,upperdir=overlay/build/delta,workdir=overlay/work \
            overlay/merged
        `,
        says: /its upperdir is build\/delta/,
        diagnosis: 'overlay-upper-is-tree',
      },
    ],
    topmost: [
      {
        name: 'somebody wrote over it through the mount',
        breaks: sh`echo 'hello from nobody' >"$WORKDIR/overlay/merged/hello.txt"`,
        says: /hello from nobody/,
      },
    ],
    marker: [
      {
        name: 'it was deleted through the mount',
        breaks: sh`rm "$WORKDIR/overlay/merged/data/config.txt"`,
        says: /data holds nothing|data holds \.wh/,
      },
    ],
  },
  write: {
    upper: [
      {
        name: 'the new file was deleted again',
        breaks: sh`rm "$WORKDIR/overlay/merged/new.txt"`,
        says: /new\.txt missing/,
      },
    ],
    lower: [
      {
        name: 'somebody wrote into the lower directory itself',
        breaks: sh`echo 'changed' >"$WORKDIR/build/delta/hello.txt"`,
        mends: sh`echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"`,
        says: /build\/delta\/hello\.txt says "changed"/,
        diagnosis: 'written-below',
      },
    ],
  },
  delete: {
    whiteout: [
      {
        name: 'a new file of that name was written',
        breaks: sh`echo 'back again' >"$WORKDIR/overlay/merged/data/config.txt"`,
        says: /"back again"/,
      },
    ],
    below: [
      {
        name: 'it was deleted in base itself',
        breaks: sh`rm "$WORKDIR/build/base/data/config.txt"`,
        mends: sh`echo 'base config' >"$WORKDIR/build/base/data/config.txt"`,
        also: ['write/lower'],
        says: /build\/base has no data\/config\.txt any more/,
        diagnosis: 'deleted-below',
      },
    ],
  },
  unmount: {
    gone: [
      {
        name: 'it is mounted again',
        breaks: sh`
          cd "$WORKDIR"
          sudo mount -t overlay overlay -o lowerdir=build/delta:build/base overlay/merged
        `,
        says: /overlay is mounted there/,
      },
    ],
    kept: [
      {
        name: 'the upperdir was emptied',
        breaks: sh`sudo rm "$WORKDIR/overlay/upper/new.txt"`,
        mends: sh`echo 'a new file' >"$WORKDIR/overlay/upper/new.txt"`,
        also: ['write/upper'],
        says: /^data, .*hello\.txt$/m,
      },
    ],
  },
});
