import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  base: {
    program: [
      {
        name: 'a dynamic program in its place',
        breaks: sh`cp "$(command -v ls)" "$WORKDIR/build/base/bin/busybox"`,
        says: /asks for \//,
        diagnosis: 'busybox-dynamic',
      },
      {
        name: 'the link was copied, not the program',
        breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/busybox"`,
        says: /bin\/busybox is a link to \/bin\/busybox/,
        diagnosis: 'busybox-link',
      },
    ],
    links: [
      {
        name: 'a link points at the host',
        breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/sh"`,
        says: /bin\/sh points at \/bin\/busybox/,
        diagnosis: 'link-absolute',
      },
    ],
    files: [
      {
        name: 'a typo in hello.txt',
        breaks: sh`echo 'helo from base' >"$WORKDIR/build/base/hello.txt"`,
        says: /helo from base/,
      },
    ],
  },
  delta: {
    shadow: [
      {
        name: 'the base file was copied instead',
        breaks: sh`cp "$WORKDIR/build/base/hello.txt" "$WORKDIR/build/delta/hello.txt"`,
        says: /hello from base/,
        diagnosis: 'delta-says-base',
      },
    ],
    whiteout: [
      {
        name: 'a typo in the name',
        breaks: sh`
          mv "$WORKDIR/build/delta/data/.wh.config.txt" "$WORKDIR/build/delta/data/.wh.config.tx"
        `,
        says: /data\/\.wh\.config\.tx hides data\/config\.tx, which base does not have/,
        diagnosis: 'whiteout-typo',
      },
      {
        name: 'in another directory',
        breaks: sh`
          mv "$WORKDIR/build/delta/data/.wh.config.txt" "$WORKDIR/build/delta/.wh.config.txt"
        `,
        says: /\.wh\.config\.txt hides config\.txt, and base has data\/config\.txt/,
        diagnosis: 'whiteout-misplaced',
      },
      {
        name: "spelled the kernel's way",
        breaks: sh`
          rm "$WORKDIR/build/delta/data/.wh.config.txt"
          sudo mknod "$WORKDIR/build/delta/data/config.txt" c 0 0
        `,
        says: /data\/config\.txt is a character device 0,0/,
        diagnosis: 'whiteout-plain-name',
      },
      {
        name: 'another device',
        breaks: sh`
          rm "$WORKDIR/build/delta/data/.wh.config.txt"
          sudo mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 1 3
        `,
        says: /is a character device 1,3/,
        diagnosis: 'whiteout-other-device',
      },
    ],
  },
  tree: {
    listing: [
      {
        name: 'an editor left its backup behind',
        breaks: sh`touch "$WORKDIR/build/delta/.hello.txt.swp"`,
        mends: sh`rm "$WORKDIR/build/delta/.hello.txt.swp"`,
        says: /unexpected: delta\/\.hello\.txt\.swp/,
        diagnosis: 'stray-backup',
      },
    ],
  },
  dockerfile: {
    copies: [
      {
        name: 'the layers are the wrong way round',
        breaks: sh`
          printf 'FROM scratch\nCOPY build/delta/ /\nCOPY build/base/ /\n' >"$WORKDIR/Dockerfile"
        `,
        says: /COPY build\/delta, then COPY build\/base/,
      },
    ],
  },
});
