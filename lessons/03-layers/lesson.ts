import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { diffIds, digests, whiteouts } from '../facts/layers.ts';
import { gzipInUse } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '03-layers',
  title: 'Layers: tar, gzip, two hashes',
  intro: text`A layer is a tar of one of your trees. It has two hashes, one of the tar and one of the compressed tar,
    and mixing them up is the classic mistake with images.`,
  picture: {
    drawing: picture`
      a tree      ───► tar  ──────────────────►  tar.gz
                       its sha256: the DiffID    its sha256: the digest
      build/base       ${wide(diffIds.base, 9)}                 ${wide(digests.base, 9)}
      build/delta      ${wide(diffIds.delta, 9)}                 ${wide(digests.delta, 9)}
                       listed in the config      listed in the manifest
    `,
    alt: 'Each tree becomes a tar, whose hash is its DiffID, and the tar becomes a gzip file, whose hash is its digest.',
  },
  steps: [
    step('tar', {
      title: 'Pack each tree into a reproducible tar',
      why: text`A tar also records timestamps, owners, permissions and the order of its entries, and each affects the
        hash. So we pin them: one time (in seconds since 1970), owner 0:0, permissions that don't depend on
        your umask, sorted by name.`,
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
      expect: text`Four entries, all with the same date and owner 0/0.`,
      notice: text`The whiteout is in the tar as ${whiteouts.tar}. tar gives it no special treatment: only
        a program that unpacks a layer knows what the name means.`,
      hint: text`\`tar -tvf base-layer.tar\` lists the entries with mode, owner and date;
        \`--full-time\` shows seconds.`,
    }),
    step('gzip', {
      title: 'Compress the tars, and take both hashes',
      why: text`Registries usually store and send layers compressed, so a layer has two hashes. The *DiffID* is the
        SHA-256 of the tar: it identifies the content. The *digest* is the SHA-256 of the compressed file,
        the one that gets downloaded. \`-n\` keeps the file's name and time out of gzip's header.`,
      script: sh`
        cd "$WORKDIR"
        gzip -n -k -f base-layer.tar delta-layer.tar
        for layer in base delta; do
          echo "$layer"
          echo "  DiffID $(sha256sum <"$layer-layer.tar" | cut -d' ' -f1)"
          echo "  digest $(sha256sum <"$layer-layer.tar.gz" | cut -d' ' -f1)"
          echo "  size   $(stat -c %s "$layer-layer.tar.gz")"
        done
      `,
      builds: true,
      exports: sh`
        BASE_DIGEST=sha256:$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)
        BASE_SIZE=$(stat -c %s "$WORKDIR/base-layer.tar.gz")
        DELTA_DIGEST=sha256:$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)
        DELTA_SIZE=$(stat -c %s "$WORKDIR/delta-layer.tar.gz")
      `,
      expect: text`Three values each. The delta shrinks a lot: a small tar is mostly padding.`,
      notice: text`When Docker prints \`…: Pull complete\`, the twelve digits in front are the start of a layer's digest.
        The DiffIDs are checked later: whatever unpacks a layer hashes the tar stream and compares it with the
        DiffID in the image's config.`,
      hint: text`In your own shell the values are \`$BASE_DIFFID\`, \`$BASE_DIGEST\`, \`$BASE_SIZE\` and so
        on. \`head -c 10 FILE | od -An -tx1\` shows a gzip header.`,
    }),
    step('twice', {
      title: 'Pack them again: is it reproducible?',
      why: text`If a hash identifies a layer, packing the same files again must give the same hash. Pack them as on a
        colleague's laptop: newer files, another time zone. Then pack the delta with a date that has no zone.`,
      script: sh`
        mkdir -p "$WORKDIR/again"
        cd "$WORKDIR/again"
        pack() { # ZONE LAYER DATE ARCHIVE
          TZ=$1 tar -C "$WORKDIR/build/$2" --format=gnu --sort=name \
            --mtime="$3" --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner -cf "$4" .
        }
        touch "$WORKDIR"/build/*/hello.txt
        pack EST5 base @1735689600 base-layer.tar
        pack EST5 delta @1735689600 delta-layer.tar
        pack UTC0 delta '2025-01-01 00:00:00' utc.tar
        pack EST5 delta '2025-01-01 00:00:00' new-york.tar
        sha256sum ../*-layer.tar ./*.tar | cut -c1-16,65-
      `,
      predict: {
        question: "--mtime='2025-01-01 00:00:00' in UTC and in New York. What comes out?",
        choices: ['the same tar, since the date is fixed', 'two tars with different DiffIDs'],
      },
      expect: text`Six hashes. The first four form two pairs; what about the last two?`,
      notice: text`*Reproducible* means that anyone can build the layer again and compare one line. A date without a
        zone is midnight where you are, and \`@1735689600\` the same instant everywhere. Two \`docker build\`s
        without a cache rarely agree, because new files get the time of the build.`,
      hint: text`Compare the output of \`tar --full-time -tvf\` for the two archives.`,
    }),
    step('recompress', {
      title: 'Recompress a layer: which hash changes?',
      why: text`\`skopeo copy\` and \`docker buildx\` can compress a layer again, even in another format, such as zstd.`,
      goal: text`In \`$WORKDIR/practice\`, compress \`delta-layer.tar\` twice: to \`dated.gz\`, with the name and time that gzip
        adds, and to \`small.gz\`, without them, at level 9. Keep the old files. Then hash the new ones, and what they
        decompress to.`,
      script: sh`
        mkdir -p "$WORKDIR/practice" && cd "$WORKDIR/practice"
        gzip -c ../delta-layer.tar >dated.gz
        gzip -n -9 -c ../delta-layer.tar >small.gz
        sha256sum ../delta-layer.tar.gz dated.gz small.gz | cut -c1-16,65-
        for file in dated.gz small.gz; do gzip -dc $file | sha256sum; done
      `,
      predict: {
        question: 'You compress the delta again. Which of its hashes changes?',
        choices: [
          'both, since it is another file',
          'neither, since the content is the same',
          'only the digest',
        ],
      },
      expect: text`Three digests, then what the two new files decompress to.`,
      notice: text`A registry would store three blobs, but each unpacks to the same layer.`,
      fieldNote: {
        title: 'Why we use gzip -n',
        text: text`\`gzip -k\` without \`-n\` is common, and then the digest changes with the tar's time. The compressor
          matters, too: yours is ${gzipInUse}.`,
      },
      hint: text`\`gzip -c FILE\` leaves FILE alone and writes to standard output, and \`>\` puts that into a file.
        \`gzip -dc FILE\` writes what FILE decompresses to.`,
    }),
  ],
});
