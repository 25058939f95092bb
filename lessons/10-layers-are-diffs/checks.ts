import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { hiddenBytes, merge } from '../../src/oci/merge.ts';
import { check } from '../claims.ts';
import { duplicates, tars, withDuplicate } from '../facts/layers.ts';
import { sizeByTool } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** The merged tree as text: path, kind, owner, mode, content. */
function view(layers: readonly (readonly LayerEntry[])[]): string[] {
  return [...merge(layers)].map(([path, { entry }]) =>
    [path, entry.kind, entry.mode.toString(8), entry.link ?? entry.digest ?? ''].join(' ').trim(),
  );
}

export const checks = defineChecks(lesson, {
  duplicate: [
    check('same-view', {
      claim: 'D1',
      says: 'stacked on base, both deltas give the same tree',
      observe: async (observation) => {
        const base = (await observation.need(tars.base)).entries;
        const without = view([base, (await observation.need(tars.delta)).entries]);
        const padded = view([base, (await observation.need(withDuplicate)).entries]);
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
    }),
    check('counted', {
      claim: 'D1',
      says: 'the duplicate is found, and its bytes are counted',
      observe: async (observation) => {
        const found = await observation.need(duplicates);
        const paths = found.map(({ path }) => path);
        const { duplicated } = hiddenBytes(found);
        const size = await sizeByTool(
          observation,
          observation.path('build', 'base', 'bin', 'busybox'),
        );
        if (paths.join() === 'bin/busybox' && String(duplicated) === size) {
          return pass(`${paths.join()}: ${duplicated} bytes carried for nothing; stat agrees`);
        }
        return fail({
          expected: `bin/busybox in both layers, ${size} bytes`,
          actual: `${paths.join(', ') || 'no file'} in both, ${duplicated} bytes`,
          hint: 'Same path, same bytes, same mode, owner and date: otherwise it is a change, not a duplicate.',
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  duplicate: async (observation) => {
    const base = (await observation.need(tars.base)).entries;
    const without = view([base, (await observation.need(tars.delta)).entries]);
    const padded = view([base, (await observation.need(withDuplicate)).entries]);
    const same = without.join('\n') === padded.join('\n');
    return {
      right: same ? 1 : 0,
      said: `${padded.length} paths, ${same ? 'the same' : 'not the same'}`,
    };
  },
});
