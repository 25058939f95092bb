import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  mount: {
    stacked: [
      {
        name: 'it was unmounted',
        breaks: sh`sudo umount "$WORKDIR/overlay/merged"`,
        also: ['topmost', 'marker'],
        says: /nothing is mounted there/,
      },
      {
        name: 'base is on top of delta',
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
        name: 'the upperdir is one of the trees',
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
        name: 'it was overwritten through the mount',
        breaks: sh`echo 'hello from above' >"$WORKDIR/overlay/merged/hello.txt"`,
        says: /hello from above/,
      },
    ],
    marker: [
      {
        name: "delta has the kernel's whiteout",
        breaks: sh`
          cd "$WORKDIR"
          sudo umount overlay/merged
          cp -a build overlay/build
          mknod overlay/build/delta/data/config.txt c 0 0
          sudo mount -t overlay overlay \
            -o lowerdir=overlay/build/delta:overlay/build/base \
            -o upperdir=overlay/upper,workdir=overlay/work \
            overlay/merged
        `,
        says: /data holds nothing|data holds \.wh/,
      },
    ],
  },
  swap: {
    swapped: [
      {
        name: 'it was unmounted',
        breaks: sh`sudo umount "$WORKDIR/practice/swapped"`,
        also: ['view'],
        says: /nothing is mounted there/,
      },
      {
        name: 'delta is on top again',
        breaks: sh`
          cd "$WORKDIR"
          sudo umount practice/swapped
          sudo mount -t overlay overlay -o lowerdir=build/delta:build/base practice/swapped
        `,
        also: ['view'],
        says: /lowerdir delta then base/,
        diagnosis: 'practice-not-swapped',
      },
      {
        name: 'it has the upperdir of the first mount',
        breaks: sh`
          cd "$WORKDIR"
          sudo umount practice/swapped
          sudo mount -t overlay overlay \
            -o lowerdir=build/base:build/delta,upperdir=overlay/upper,workdir=overlay/work \
            practice/swapped
        `,
        // The second mount has emptied the workdir of the first, which is of no use from then on.
        mends: sh`
          cd "$WORKDIR"
          sudo umount practice/swapped
          sudo umount overlay/merged
          sudo mount -t overlay overlay \
            -o lowerdir=build/delta:build/base \
            -o upperdir=overlay/upper,workdir=overlay/work \
            overlay/merged
        `,
        says: /its upperdir is overlay\/upper/,
        diagnosis: 'practice-same-upper',
      },
    ],
    view: [
      {
        name: 'the trees are copies, and one was changed',
        breaks: sh`
          cd "$WORKDIR"
          sudo umount practice/swapped
          cp -a build practice/build
          echo 'hello from a copy' >practice/build/base/hello.txt
          sudo mount -t overlay overlay \
            -o lowerdir=practice/build/base:practice/build/delta practice/swapped
        `,
        mends: sh`
          sudo umount "$WORKDIR/practice/swapped"
          rm -r "$WORKDIR/practice/build"
        `,
        says: /hello from a copy/,
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
      {
        name: 'it was appended with >>',
        breaks: sh`echo 'changed' >>"$WORKDIR/overlay/merged/hello.txt"`,
        also: ['mount/topmost'],
        says: /with "changed" at the end/,
        diagnosis: 'written-appended',
      },
      {
        name: 'it was written to the upperdir of a mounted overlay',
        breaks: sh`
          cd "$WORKDIR/overlay"
          rm merged/new.txt
          test ! -e merged/new.txt
          echo 'a new file' >upper/new.txt
        `,
        mends: sh`rm "$WORKDIR/overlay/upper/new.txt"`,
        says: /new\.txt is in overlay\/upper, and overlay\/merged doesn't show it/,
        diagnosis: 'written-to-upper',
      },
    ],
    copied: [
      {
        name: 'it was emptied and not appended to',
        breaks: sh`echo >"$WORKDIR/overlay/merged/bin/busybox"`,
        mends: sh`cp "$WORKDIR/build/base/bin/busybox" "$WORKDIR/overlay/merged/bin/busybox"`,
        says: /^1 byte$/m,
      },
    ],
    lower: [
      {
        name: 'delta itself was written to',
        breaks: sh`echo 'changed' >"$WORKDIR/build/delta/hello.txt"`,
        mends: sh`echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"`,
        says: /build\/delta\/hello\.txt reads "changed"/,
        diagnosis: 'written-below',
      },
    ],
  },
  delete: {
    whiteout: [
      {
        name: 'a new file with that name was written',
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
        says: /still mounted: overlay at overlay\/merged/,
      },
    ],
    kept: [
      {
        name: 'the upperdir was emptied',
        breaks: sh`sudo rm "$WORKDIR/overlay/upper/new.txt"`,
        mends: sh`echo 'a new file' >"$WORKDIR/overlay/upper/new.txt"`,
        also: ['write/upper'],
        says: /^bin, .*hello\.txt$/m,
      },
    ],
  },
});
