import { check, fail, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { applyLayers, hiddenBytes, merge } from '../../src/oci/merge.ts';
import { tarAt, tars } from '../facts.ts';
import { seenHere, sizeByTool } from '../witnesses.ts';
import { duplicateMistakes, seeDuplicate } from './mistakes.ts';

const here = '10-layers-are-diffs/duplicate';

const withDuplicate = tarAt('duplicate', 'delta-layer.tar');

/** Files of the upper layer that are the same, to the last bit, in the lower one. */
const duplicates = seenHere('what is in both layers', here, async (look) => {
  const stack = [(await look.need(tars.base)).entries, (await look.need(withDuplicate)).entries];
  const { hidden } = applyLayers(stack);
  return hidden.filter(({ how }) => how === 'duplicate');
});

const duplicatedBytes = seenHere('the bytes carried twice', here, async (look) => {
  const { duplicated } = hiddenBytes(await look.need(duplicates));
  return `${duplicated} bytes`;
});

/** The merged tree as text: path, kind, owner, mode, content. */
function view(layers: readonly (readonly LayerEntry[])[]): string[] {
  return [...merge(layers)].map(([path, { entry }]) =>
    [path, entry.kind, entry.mode.toString(8), entry.link ?? entry.digest ?? ''].join(' ').trim(),
  );
}

export const layersAreDiffs = defineLesson({
  id: '10-layers-are-diffs',
  title: 'Layers are diffs',
  intro: text`A layer holds what changed, and nothing else. Not because the format says so, but because
    anything more is carried for nothing.`,
  picture: {
    drawing: picture`
      delta            hello.txt   data/.wh.config.txt
      delta, padded    hello.txt   data/.wh.config.txt   bin/busybox  (again)
      base             hello.txt   data/config.txt       bin/busybox
    `,
    alt: 'A padded delta carries bin/busybox a second time, although base below has the same file.',
  },
  steps: [
    {
      id: 'duplicate',
      title: 'Ship the same file twice',
      why: text`Put base's busybox into a copy of the delta as well: same bytes, same mode, same date. Stacked,
        it covers a file with itself. See what that changes, and what it costs.`,
      script: sh`
        cd "$WORKDIR"
        rm -rf duplicate
        mkdir duplicate
        cp -a build/delta duplicate/delta
        mkdir duplicate/delta/bin
        cp -a build/base/bin/busybox duplicate/delta/bin/busybox
        tar -C duplicate/delta --format=gnu --sort=name \
          --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
          --owner=0 --group=0 --numeric-owner \
          -cf duplicate/delta-layer.tar .
        ls -l delta-layer.tar duplicate/delta-layer.tar
      `,
      predict: {
        question: 'Will a container from the padded delta see anything different?',
        choices: ['yes', 'no'],
        ask: async (look) => {
          const base = (await look.need(tars.base)).entries;
          const without = view([base, (await look.need(tars.delta)).entries]);
          const padded = view([base, (await look.need(withDuplicate)).entries]);
          const same = without.join('\n') === padded.join('\n');
          return {
            right: same ? 1 : 0,
            said: `${padded.length} paths, ${same ? 'the same' : 'not the same'}`,
          };
        },
      },
      expect: text`Two archives, one of a few kilobytes and one of more than a megabyte.`,
      checks: [
        check('same-view', {
          claim: 'D1',
          says: 'stacked on base, both deltas give the same tree',
          look: async (look) => {
            const base = (await look.need(tars.base)).entries;
            const without = view([base, (await look.need(tars.delta)).entries]);
            const padded = view([base, (await look.need(withDuplicate)).entries]);
            const differs = padded.filter((line) => !without.includes(line));
            if (differs.length === 0 && padded.length === without.length) {
              return pass(`${padded.length} paths, not one of them different`);
            }
            return fail({
              expected: 'the same merged tree',
              actual: differs.map((line) => line.slice(0, 60)).join(', ') || 'paths are missing',
              hint: 'The copy differs in content or mode. Copy it with cp -a, and pack it as before.',
            });
          },
          mistakes: mistakes(seeDuplicate(withDuplicate), ...duplicateMistakes),
          faults: [
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
        }),
        check('counted', {
          claim: 'D1',
          says: 'the duplicate is found, and its bytes are counted',
          look: async (look) => {
            const found = await look.need(duplicates);
            const paths = found.map(({ path }) => path);
            const { duplicated } = hiddenBytes(found);
            const size = await sizeByTool(look, look.path('build', 'base', 'bin', 'busybox'));
            if (paths.join() === 'bin/busybox' && String(duplicated) === size) {
              return pass(`${paths.join()}: ${duplicated} bytes carried for nothing; stat agrees`);
            }
            return fail({
              expected: `bin/busybox in both layers, ${size} bytes`,
              actual: `${paths.join(', ') || 'no file'} in both, ${duplicated} bytes`,
              hint: 'Same path, same bytes, same mode, owner and date: otherwise it is a change, not a duplicate.',
            });
          },
          mistakes: mistakes(seeDuplicate(withDuplicate), ...duplicateMistakes),
          faults: [
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
        }),
      ],
      notice: text`${duplicatedBytes} that nobody will ever see, in a layer with a new Digest that everybody has to
        download. \`COPY . .\` late in a Dockerfile does this daily; so does \`chmod -R\`, which changes
        every file's metadata and so copies every file.`,
      hint: text`\`handroll-tour layers base-layer.tar duplicate/delta-layer.tar\` lists what each layer hides.`,
    },
  ],
});
