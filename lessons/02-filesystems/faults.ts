import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
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
  base: {
    program: [
      {
        name: 'a dynamic program in its place',
        breaks: sh`cp "$(command -v ls)" "$WORKDIR/build/base/bin/busybox"`,
        says: /it needs \//,
        diagnosis: 'busybox-dynamic',
      },
      {
        name: 'the link was copied, not the program',
        breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/busybox"`,
        says: /bin\/busybox is a symlink to \/bin\/busybox/,
        diagnosis: 'busybox-link',
      },
    ],
    links: [
      {
        name: 'a link points at the host',
        breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/sh"`,
        says: /bin\/sh is a symlink to \/bin\/busybox/,
        diagnosis: 'link-absolute',
      },
    ],
    files: [
      {
        name: 'a typo in hello.txt',
        breaks: sh`echo 'helo from base' >"$WORKDIR/build/base/hello.txt"`,
        says: /helo from base/,
      },
      {
        name: 'written on Windows',
        breaks: sh`printf 'hello from base\r\n' >"$WORKDIR/build/base/hello.txt"`,
        says: /build\/base\/hello\.txt ends its line with CR and LF/,
        diagnosis: 'text-crlf',
      },
      {
        name: 'config.txt without a newline',
        breaks: sh`printf 'base config' >"$WORKDIR/build/base/data/config.txt"`,
        says: /config\.txt has no newline at its end/,
        diagnosis: 'text-no-newline',
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
        says: /data\/\.wh\.config\.tx deletes data\/config\.tx, which base doesn't have/,
        diagnosis: 'whiteout-typo',
      },
      {
        name: 'in another directory',
        breaks: sh`
          mv "$WORKDIR/build/delta/data/.wh.config.txt" "$WORKDIR/build/delta/.wh.config.txt"
        `,
        says: /\.wh\.config\.txt deletes config\.txt, but base has data\/config\.txt/,
        diagnosis: 'whiteout-misplaced',
      },
      {
        name: "in overlayfs's own form",
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
  practice: {
    deleted: [
      {
        name: 'the whiteout is at the top',
        breaks: sh`
          cd "$WORKDIR/practice/no-cat"
          mv bin/.wh.cat .wh.cat
        `,
        also: ['nothing-else'],
        says: /\.wh\.cat deletes cat, but base has bin\/cat/,
        diagnosis: 'cat-misplaced',
      },
      {
        name: 'there is something in the whiteout',
        breaks: sh`
          cd "$WORKDIR/practice/no-cat/bin"
          rm .wh.cat
          echo gone >.wh.cat
        `,
        says: /with 5 bytes in it/,
        diagnosis: 'cat-not-empty',
      },
    ],
    'nothing-else': [
      {
        name: 'ls is deleted as well',
        breaks: sh`mknod "$WORKDIR/practice/no-cat/bin/.wh.ls" c 0 0`,
        says: /bin\/\.wh\.ls deletes bin\/ls/,
      },
    ],
  },
});
