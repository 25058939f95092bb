import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { fakeSha256sum } from '../fake-sha256sum.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  tar: {
    complete: [
      {
        name: 'the tree changed after it was packed',
        breaks: sh`echo 'hello again' >"$WORKDIR/build/delta/hello.txt"`,
        mends: sh`echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"`,
        says: /hello\.txt differs between build\/delta and delta-layer\.tar/,
        diagnosis: 'tree-edited-since',
      },
      {
        name: 'the directory was packed, not its content',
        breaks: sh`
          tar -C "$WORKDIR" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" build/delta
        `,
        also: ['whiteout'],
        says: /delta-layer\.tar has build\/delta\/hello\.txt, where \.\/hello\.txt should be/,
        diagnosis: 'tar-prefixed',
      },
      {
        name: 'it was compressed while packing',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -czf "$WORKDIR/delta-layer.tar" .
        `,
        also: ['sorted', 'dated', 'owned', 'permitted', 'plain', 'whiteout'],
        says: /delta-layer\.tar begins with 1f 8b: it is gzip/,
        diagnosis: 'tar-compressed',
      },
    ],
    sorted: [
      {
        name: 'the archive is packed unsorted',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --no-recursion \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" \
            . ./hello.txt ./data ./data/.wh.config.txt
        `,
        says: /delta: \.\/hello\.txt comes before \.\/data\//,
        diagnosis: 'tar-unsorted',
      },
    ],
    dated: [
      {
        name: 'the date is read in New York',
        breaks: sh`
          TZ=EST5 tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime='2025-01-01 00:00:00' --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        says: /every entry has 2025-01-01T05:00:00Z, 5 hours late/,
        diagnosis: 'mtime-zone',
      },
      {
        name: 'no date was given at all',
        breaks: sh`
          tar -C "$WORKDIR/build/base" --format=gnu --sort=name --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/base-layer.tar" .
        `,
        says: /base: \.\/ has 20.*Z, when the tree was made, and 8 more/,
        diagnosis: 'mtime-of-files',
      },
    ],
    owned: [
      {
        name: "the learner's own user id got in",
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=1000 --group=1000 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        says: /delta: \.\/ has uid 1000 and gid 1000, and 3 more/,
        diagnosis: 'owner-other',
      },
      {
        name: 'the tree belongs to another user, and so do the entries',
        breaks: sh`
          sudo chown -R 1234:1234 "$WORKDIR/build/delta"
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' --numeric-owner \
            -cf "$WORKDIR/delta-layer.tar" .
        `,
        mends: sh`sudo chown -R "$(id -u):$(id -g)" "$WORKDIR/build/delta"`,
        says: /delta: \.\/ has uid 1234 and gid 1234, like the tree, and 3 more/,
        diagnosis: 'owner-own',
      },
    ],
    permitted: [
      {
        name: 'a private umask got in',
        breaks: sh`
          chmod 600 "$WORKDIR/build/delta/hello.txt"
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --mtime=@1735689600 \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        says: /hello\.txt has mode 600/,
        diagnosis: 'umask-private',
      },
    ],
    plain: [
      {
        name: 'packed as pax',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=pax --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        says: /delta: \.\/ is in pax format/,
        diagnosis: 'tar-format',
      },
      {
        name: 'packed without --numeric-owner',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 -cf "$WORKDIR/delta-layer.tar" .
        `,
        says: /delta: \.\/ names its owner root/,
        diagnosis: 'tar-owner-names',
      },
    ],
    whiteout: [
      {
        name: 'a helpful --exclude took it out',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --exclude='.wh.*' \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        also: ['complete'],
        says: /data\/\.wh\.config\.txt is in build\/delta, but not in delta-layer\.tar/,
        diagnosis: 'whiteout-left-out',
      },
    ],
  },
  gzip: {
    unpacks: [
      {
        name: 'the download stopped half way',
        breaks: sh`truncate -s 100 "$WORKDIR/delta-layer.tar.gz"`,
        also: ['repeatable'],
        says: /delta-layer\.tar\.gz has 100 bytes, and its end is missing/,
        diagnosis: 'gzip-cut-short',
      },
      {
        name: 'the layers were mixed up',
        breaks: sh`cp "$WORKDIR/base-layer.tar.gz" "$WORKDIR/delta-layer.tar.gz"`,
        also: ['repeatable', 'apart'],
        says: /delta-layer\.tar\.gz holds base-layer\.tar/,
        diagnosis: 'gzip-of-other-layer',
      },
      {
        name: 'gzip took the tar away',
        breaks: sh`gzip -n -f "$WORKDIR/delta-layer.tar"`,
        mends: sh`gunzip -k "$WORKDIR/delta-layer.tar.gz"`,
        also: [
          'repeatable',
          'agree',
          'apart',
          'tar/complete',
          'tar/sorted',
          'tar/dated',
          'tar/owned',
          'tar/permitted',
          'tar/plain',
          'tar/whiteout',
        ],
        says: /delta-layer\.tar is gone, and delta-layer\.tar\.gz is there/,
        diagnosis: 'gzip-took-the-tar',
      },
    ],
    header: [
      {
        name: 'compressed without -n',
        breaks: sh`gzip -k -f "$WORKDIR/delta-layer.tar"`,
        also: ['repeatable'],
        says: /has the name delta-layer\.tar and the time 20/,
        diagnosis: 'gzip-clock',
      },
    ],
    repeatable: [
      {
        name: 'another compression level',
        breaks: sh`gzip -n -1 -k -f "$WORKDIR/delta-layer.tar"`,
        says: /was made with level 1/,
        diagnosis: 'gzip-level',
      },
    ],
    agree: [{ ...fakeSha256sum, also: ['repeatable'] }],
    sizes: [
      {
        name: 'the stat on the PATH lies',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour/bin"
          printf '#!/bin/sh\necho 42\n' >"$WORKDIR/.handroll-tour/bin/stat"
          chmod +x "$WORKDIR/.handroll-tour/bin/stat"
        `,
        mends: sh`rm "$WORKDIR/.handroll-tour/bin/stat"`,
        says: /42 \(stat\)/,
      },
    ],
    apart: [
      {
        name: 'the tar was renamed, not compressed',
        breaks: sh`cp "$WORKDIR/delta-layer.tar" "$WORKDIR/delta-layer.tar.gz"`,
        mends: sh`gzip -n -k -f "$WORKDIR/delta-layer.tar"`,
        also: ['header', 'repeatable'],
        says: /never compressed/,
        diagnosis: 'gzip-not-compressed',
      },
    ],
  },
  twice: {
    same: [
      {
        name: 'the second build let the clock in',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --mtime=@1735689601 \
            --mode='u+rwX,go+rX,go-w' --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/again/delta-layer.tar" .
        `,
        says: /delta: \.\/ has mtime 2025-01-01T00:00:00Z, again 2025-01-01T00:00:01Z/,
        diagnosis: 'twice-not-pinned',
      },
      {
        name: 'one of the two is in another format',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=pax --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/again/delta-layer.tar" .
        `,
        says: /delta-layer\.tar is in GNU format, again in pax format/,
        diagnosis: 'twice-format',
      },
    ],
    zones: [
      {
        name: 'both were packed in one zone',
        breaks: sh`cp "$WORKDIR/again/utc.tar" "$WORKDIR/again/new-york.tar"`,
        says: /0 hours apart/,
      },
    ],
  },
  recompress: {
    'same-tar': [
      {
        name: 'the compressed file was compressed again',
        breaks: sh`gzip -n -9 -c "$WORKDIR/delta-layer.tar.gz" >"$WORKDIR/practice/small.gz"`,
        says: /practice\/small\.gz holds a gzip file/,
        diagnosis: 'practice-twice',
      },
      {
        name: 'the other layer was compressed',
        breaks: sh`
          cd "$WORKDIR"
          gzip -c base-layer.tar >practice/dated.gz
        `,
        says: /practice\/dated\.gz holds base-layer\.tar/,
        diagnosis: 'practice-of-base',
      },
    ],
    differently: [
      {
        name: 'dated.gz was made with -n',
        breaks: sh`gzip -n -c "$WORKDIR/delta-layer.tar" >"$WORKDIR/practice/dated.gz"`,
        says: /dated\.gz has no name and no time/,
        diagnosis: 'practice-dated-without',
      },
      {
        name: 'compressed from a pipe, which has no name',
        breaks: sh`gzip -c <"$WORKDIR/delta-layer.tar" >"$WORKDIR/practice/dated.gz"`,
        says: /dated\.gz has no name/,
        diagnosis: 'practice-dated-without',
      },
      {
        name: 'small.gz was made without -n',
        breaks: sh`gzip -9 -c "$WORKDIR/delta-layer.tar" >"$WORKDIR/practice/small.gz"`,
        says: /small\.gz has the name delta-layer\.tar/,
        diagnosis: 'practice-small-dated',
      },
      {
        name: 'small.gz was made with the usual level',
        breaks: sh`gzip -n -c "$WORKDIR/delta-layer.tar" >"$WORKDIR/practice/small.gz"`,
        says: /small\.gz was made with gzip's usual level/,
        diagnosis: 'practice-small-level',
      },
    ],
  },
});
