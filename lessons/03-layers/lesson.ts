import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import {
  articleHereId,
  articleThereId,
  clockHeader,
  diffIds,
  digests,
  firstClock,
  headerBytes,
  secondClock,
  sizes,
  whiteouts,
} from '../facts/layers.ts';
import { gzipInUse } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '03-layers',
  title: 'Layers: tar, gzip, two hashes',
  intro: text`A layer is a tar archive of one of your trees, nothing more. But it goes by two names:
    one for the tar, one for the same tar compressed. Most confusion about images is a mix-up of
    these two.`,
  picture: {
    drawing: picture`
      build/base  ─► base-layer.tar  ───► gzip ───► base-layer.tar.gz
                     DiffID ${wide(diffIds.base, 9)}      Digest ${wide(digests.base, 9)}
      build/delta ─► delta-layer.tar ───► gzip ───► delta-layer.tar.gz
                     DiffID ${wide(diffIds.delta, 9)}      Digest ${wide(digests.delta, 9)}
                     the config lists these  the manifest lists these
    `,
    alt: 'Each tree becomes a tar, whose hash is its DiffID, and the tar becomes a gzip file, whose hash is its Digest.',
  },
  steps: [
    step('tar', {
      title: 'Pack each tree, leaving nothing to chance',
      why: text`An archive records more than contents: the order of entries, the time of each, owner,
        permissions. Any of them changes the hash. So each is pinned: sorted by name, one date for all
        in seconds since 1970, owner 0, and permissions that do not depend on your umask.`,
      script: sh`
        for layer in base delta; do
          tar -C "$WORKDIR/build/$layer" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/$layer-layer.tar" .
        done
        tar -tvf "$WORKDIR/delta-layer.tar"
      `,
      builds: true,
      exports: sh`
        BASE_DIFFID=sha256:$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)
        DELTA_DIFFID=sha256:$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)
      `,
      expect: text`Four entries for delta, all of the same date and of owner 0/0. Look at the first
        letter of the whiteout's line.`,
      notice: text`The archive holds the whiteout as ${whiteouts.tar}. Nothing has acted on it. To tar it is
        one more entry with a peculiar name.`,
      hint: text`\`tar -tvf base-layer.tar\` lists the entries with mode, owner and date;
        \`--full-time\` shows seconds.`,
    }),
    step('diffid', {
      title: 'The first name: DiffID',
      why: text`The *DiffID* of a layer is the SHA-256 of the tar, uncompressed. It says what the layer
        changes, whoever compressed it and how. The config will list DiffIDs, and containerd will
        compare: after unpacking it hashes what came out.`,
      script: sh`
        sha256sum <"$WORKDIR/base-layer.tar"
        sha256sum <"$WORKDIR/delta-layer.tar"
      `,
      expect: text`Two hashes. They depend on your busybox, so base will not match your neighbour's if
        their distribution is another. Delta should: it holds nothing of the machine.`,
      notice: text`Base is ${diffIds.base}, delta is ${diffIds.delta}. Keep these two apart from the two
        that come next.`,
      hint: text`\`$BASE_DIFFID\` and \`$DELTA_DIFFID\` hold them in your own shell.`,
      readOnly: true,
    }),
    step('twice', {
      title: 'Build it again, somewhere else',
      why: text`If the hash is a name, then building the same thing twice must give the same name. So
        pack both trees again, with another umask and another time zone, as a colleague's laptop would.
        Then the delta twice the article's way, which pins the date as \`2025-01-01 00:00:00\`.`,
      script: sh`
        mkdir -p "$WORKDIR/again"
        for layer in base delta; do
          (
            umask 077
            TZ=EST5 tar -C "$WORKDIR/build/$layer" --format=gnu --sort=name \
              --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
              --owner=0 --group=0 --numeric-owner \
              -cf "$WORKDIR/again/$layer-layer.tar" .
          )
        done
        # the article's way, in Greenwich and in New York
        for zone in UTC0 EST5; do
          TZ=$zone tar -C "$WORKDIR/build/delta" --sort=name \
            --mtime='2025-01-01 00:00:00' --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/again/article-$zone.tar" .
        done
        cd "$WORKDIR"
        sha256sum ./*-layer.tar again/*-layer.tar again/article-*.tar
      `,
      predict: {
        question: "The article's tar, same files, in two time zones. Same DiffID?",
        choices: ['yes, it pins the date', 'no'],
      },
      expect: text`Six hashes. The first four make two pairs.`,
      notice: text`Yours came out the same. That is what *reproducible* means here: no trust needed, build
        it yourself and compare one line.`,
      fieldNote: {
        title: 'A date without a zone is not a date',
        text: text`The article pins \`--mtime="2025-01-01 00:00:00"\`. On this machine that gives
          ${articleHereId} with the clock in UTC and ${articleThereId} with it in New York: the same
          files, two layers. Seconds since 1970, \`@1735689600\`, mean the same everywhere.`,
      },
      hint: text`\`tar -tvf\` on both archives, then \`diff\`.`,
    }),
    step('gzip', {
      title: 'Compress it, and keep the clock out',
      why: text`Registries store and send layers compressed. The compressed file is a different file, so
        it has a different hash: the *Digest*. gzip has room in its header for the file's name and time,
        and fills both unless told \`-n\`.`,
      script: sh`
        cd "$WORKDIR"
        gzip -n -k -f base-layer.tar delta-layer.tar
        ls -l ./*-layer.tar*
      `,
      builds: true,
      exports: sh`
        BASE_DIGEST=sha256:$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)
        BASE_SIZE=$(stat -c %s "$WORKDIR/base-layer.tar.gz")
        DELTA_DIGEST=sha256:$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)
        DELTA_SIZE=$(stat -c %s "$WORKDIR/delta-layer.tar.gz")
      `,
      expect: text`Two smaller files beside the tars. Delta shrinks a lot: a tar is mostly zeros.`,
      notice: text`The header reads ${headerBytes}: 1f 8b says gzip, 08 deflate, then flags and four bytes
        of time, all zero. Anybody who compresses these bytes with this gzip gets this Digest; yours is ${gzipInUse}.`,
      hint: text`\`head -c 10 FILE | od -An -tx1\` shows the header.`,
    }),
    step('clock', {
      title: 'What happens without -n',
      why: text`The article compresses with \`gzip -kf\`. That writes the tar's name and the time it was
        last changed into the header. Try it on a copy of the delta with two times a second apart,
        as if you had packed it twice.`,
      script: sh`
        mkdir -p "$WORKDIR/clock"
        cd "$WORKDIR/clock"
        cp ../delta-layer.tar .
        touch -d @1750000000 delta-layer.tar
        gzip -c delta-layer.tar >first.gz
        touch -d @1750000001 delta-layer.tar
        gzip -c delta-layer.tar >second.gz
        sha256sum first.gz second.gz
        gzip -dc first.gz | sha256sum
        gzip -dc second.gz | sha256sum
      `,
      predict: {
        question: 'One tar, compressed twice without -n. Same Digest both times?',
        choices: ['yes, same input', 'no'],
      },
      expect: text`Four hashes: two of the compressed files, then two of what is in them.`,
      notice: text`${firstClock} and ${secondClock}: one second in a header, two Digests. A registry would
        store and send both. The DiffID did not move, since it is about the tar.`,
      fieldNote: {
        title: 'Where the second went',
        text: text`The header of the first file reads ${clockHeader}. The fourth byte says that a name
          follows; bytes five to eight are the time, lowest byte first.`,
      },
      hint: text`\`cmp -l first.gz second.gz\` shows the byte that differs.`,
    }),
    step('measure', {
      title: 'Four hashes and two sizes',
      why: text`This is all that the documents of the next lesson need to know about your layers. A size
        goes with each Digest so that whoever downloads a blob knows when to stop, before hashing
        anything.`,
      script: sh`
        cd "$WORKDIR"
        for layer in base delta; do
          echo "$layer"
          echo "  DiffID $(sha256sum <"$layer-layer.tar" | cut -d' ' -f1)"
          echo "  Digest $(sha256sum <"$layer-layer.tar.gz" | cut -d' ' -f1)"
          echo "  size   $(stat -c %s "$layer-layer.tar.gz")"
        done
      `,
      expect: text`DiffID, Digest and size, for each layer.`,
      notice: text`Base: DiffID ${diffIds.base}, Digest ${digests.base}, ${sizes.base} bytes. Delta: DiffID
        ${diffIds.delta}, Digest ${digests.delta}, ${sizes.delta} bytes. The DiffIDs go into the config, the
        Digests into the manifest; swap them, and containerd refuses the image.`,
      hint: text`In your own shell they are \`$BASE_DIFFID\`, \`$BASE_DIGEST\`, \`$BASE_SIZE\` and so on.`,
      readOnly: true,
    }),
  ],
});
