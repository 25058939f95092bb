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
        says: /hello\.txt is not the same in build\/delta and in delta-layer\.tar/,
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
        also: ['sorted', 'dated', 'owned', 'permitted', 'whiteout'],
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
        says: /every entry is of 2025-01-01T05:00:00Z, 5 hours late/,
        diagnosis: 'mtime-zone',
      },
      {
        name: 'no date was given at all',
        breaks: sh`
          tar -C "$WORKDIR/build/base" --format=gnu --sort=name --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/base-layer.tar" .
        `,
        says: /base: \.\/ is of 20.*Z, when the tree was made, and 8 more/,
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
        says: /delta: \.\/ has uid 1000, gid 1000, and 3 more/,
        diagnosis: 'owner-other',
      },
      {
        name: 'the tree is of another user, and the archive says so',
        breaks: sh`
          sudo chown -R 1234:1234 "$WORKDIR/build/delta"
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' -cf "$WORKDIR/delta-layer.tar" .
        `,
        mends: sh`sudo chown -R "$(id -u):$(id -g)" "$WORKDIR/build/delta"`,
        says: /delta: \.\/ has uid 1234, gid 1234, as the tree has, and 3 more/,
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
    whiteout: [
      {
        name: 'a helpful --exclude took it out',
        breaks: sh`
          tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --exclude='.wh.*' \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
        `,
        also: ['complete'],
        says: /data\/\.wh\.config\.txt is in build\/delta and not in delta-layer\.tar/,
        diagnosis: 'whiteout-left-out',
      },
    ],
  },
  diffid: { agree: [fakeSha256sum] },
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
        says: /delta-layer\.tar is of format GNU, again of pax/,
        diagnosis: 'twice-format',
      },
    ],
    zones: [
      {
        name: 'both were packed in one zone',
        breaks: sh`cp "$WORKDIR/again/article-UTC0.tar" "$WORKDIR/again/article-EST5.tar"`,
        says: /0 hours apart/,
      },
    ],
  },
  gzip: {
    unpacks: [
      {
        name: 'the download stopped half way',
        breaks: sh`truncate -s 100 "$WORKDIR/delta-layer.tar.gz"`,
        also: ['repeatable'],
        says: /delta-layer\.tar\.gz, of 100 bytes, does not unpack to its end/,
        diagnosis: 'gzip-cut-short',
      },
      {
        name: 'the layers were mixed up',
        breaks: sh`cp "$WORKDIR/base-layer.tar.gz" "$WORKDIR/delta-layer.tar.gz"`,
        also: ['repeatable'],
        says: /delta-layer\.tar\.gz is of another tar: of base-layer\.tar/,
        diagnosis: 'gzip-of-other-layer',
      },
      {
        name: 'gzip took the tar away',
        breaks: sh`gzip -n -f "$WORKDIR/delta-layer.tar"`,
        mends: sh`gunzip -k "$WORKDIR/delta-layer.tar.gz"`,
        also: [
          'repeatable',
          'tar/complete',
          'tar/sorted',
          'tar/dated',
          'tar/owned',
          'tar/permitted',
          'tar/whiteout',
          'diffid/agree',
          'twice/same',
        ],
        says: /delta-layer\.tar is gone, and delta-layer\.tar\.gz is there/,
        diagnosis: 'gzip-took-the-tar',
      },
    ],
    header: [
      {
        name: "compressed the article's way, without -n",
        breaks: sh`gzip -k -f "$WORKDIR/delta-layer.tar"`,
        also: ['repeatable'],
        says: /name delta-layer\.tar, time 20/,
        diagnosis: 'gzip-clock',
      },
    ],
    repeatable: [
      {
        name: 'another compression level',
        breaks: sh`gzip -n -1 -k -f "$WORKDIR/delta-layer.tar"`,
        says: /another level/,
        diagnosis: 'gzip-level',
      },
    ],
  },
  clock: {
    'two-digests': [
      {
        name: 'the second is a copy of the first',
        breaks: sh`cp "$WORKDIR/clock/first.gz" "$WORKDIR/clock/second.gz"`,
        says: /both have the Digest/,
      },
    ],
  },
  measure: {
    digests: [{ ...fakeSha256sum, also: ['diffid/agree', 'gzip/repeatable'] }],
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
        also: ['gzip/header', 'gzip/repeatable'],
        says: /never compressed/,
        diagnosis: 'gzip-not-compressed',
      },
    ],
  },
});
