import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import { NotYet, type Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { merge } from '../../src/oci/merge.ts';
import { whiteoutOf } from '../../src/oci/whiteout.ts';
import { counted } from '../../src/text/words.ts';
import { check } from '../claims.ts';
import { whiteouts } from '../facts/layers.ts';
import { architecture, nodeByTool } from '../facts/machine.ts';
import { type LayerName, listed, practiceTree, takesAway, trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** What each tree should contain: the path, what it is, and its text or target. */
const plan: Record<LayerName, Record<string, string>> = {
  base: {
    bin: 'directory',
    'bin/busybox': 'file',
    'bin/cat': 'symlink busybox',
    'bin/ls': 'symlink busybox',
    'bin/sh': 'symlink busybox',
    data: 'directory',
    'data/config.txt': 'file "base config\\n"',
    'hello.txt': 'file "hello from base\\n"',
  },
  delta: {
    data: 'directory',
    'hello.txt': 'file "hello from delta\\n"',
  },
};

/** An entry as the plan describes it. */
function describe(entry: LayerEntry): string {
  if (entry.kind === 'symlink') return `symlink ${entry.link}`;
  // The text of a program isn't shown.
  if (entry.kind !== 'file' || entry.content === undefined) return entry.kind;
  // To the byte: a missing newline changes every hash after it.
  return `file ${JSON.stringify(entry.content.toString())}`;
}

/** Compares these paths of a tree with the plan. */
async function asPlanned(
  observation: Observation,
  name: LayerName,
  paths: string[],
  hint: string,
): Promise<Outcome> {
  const tree = await observation.need(trees[name]);
  const found = new Map(tree.entries.map((entry) => [entry.path, entry]));
  const wrong = paths.flatMap((path) => {
    const entry = found.get(path);
    const actual = entry === undefined ? 'missing' : describe(entry);
    const expected = plan[name][path] ?? '';
    return actual === expected ? [] : [{ path, expected, actual }];
  });
  if (wrong.length === 0) return pass(paths.join(', '));
  return fail({
    expected: wrong.map(({ path, expected }) => `${path}: ${expected}`).join('; '),
    actual: wrong.map(({ path, actual }) => `${path}: ${actual}`).join('; '),
    hint,
  });
}

const everyPath = (['base', 'delta'] as const)
  .flatMap((name) => [name, ...Object.keys(plan[name]).map((path) => `${name}/${path}`)])
  .concat('delta/data/.wh.config.txt')
  .sort();

/** The sources of the COPY lines of a Dockerfile, in order. */
function copied(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^COPY\s+(\S+?)\/?\s+\/\s*$/gm)].map(([, source = '']) => source);
}

export const checks = defineChecks(lesson, {
  dockerfile: [
    check('copies', {
      claim: 'F4',
      says: 'its COPY lines name the two trees, base first',
      observe: async (observation) => {
        const file = await observation.file('Dockerfile');
        if (file === undefined) throw new NotYet('the Dockerfile', '02-filesystems/dockerfile');
        const sources = copied(file.toString());
        if (sources.join() === 'build/base,build/delta') {
          return pass(`COPY ${sources.join(', then COPY ')}`);
        }
        return fail({
          expected: 'COPY build/base, then COPY build/delta',
          actual: sources.length === 0 ? 'no COPY' : `COPY ${sources.join(', then COPY ')}`,
          hint: 'The first COPY makes the bottom layer, and the second is stacked on it.',
        });
      },
    }),
  ],
  base: [
    check('program', {
      claim: 'P2',
      says: 'bin/busybox is static, executable, and for this machine',
      observe: async (observation) => {
        const tree = await observation.need(trees.base);
        const entry = tree.entries.find(({ path }) => path === 'bin/busybox');
        const expected = `a static, executable program for ${await observation.need(architecture)}`;
        const hint = 'Copy the static busybox again. The container has no other program.';
        if (entry?.kind !== 'file') {
          return fail({ expected, actual: entry?.kind ?? 'missing', hint });
        }
        const elf = inspectProgram(observation.path('build', 'base', 'bin', 'busybox'));
        const mode = (entry.mode & 0o777).toString(8);
        const runs = (entry.mode & 0o100) !== 0;
        const right = elf?.architecture === (await observation.need(architecture));
        if (elf !== undefined && elf.interpreter === undefined && right && runs) {
          return pass(`ELF, ${elf.architecture}, names no loader (PT_INTERP), mode ${mode}`);
        }
        const actual =
          elf === undefined
            ? 'not a program'
            : `${elf.architecture}, ${elf.interpreter ? `needs ${elf.interpreter}` : 'static'}, mode ${mode}`;
        return fail({ expected, actual, hint });
      },
    }),
    check('links', {
      claim: 'F1',
      says: 'sh, ls and cat are symlinks to busybox',
      observe: (observation) =>
        asPlanned(
          observation,
          'base',
          ['bin/cat', 'bin/ls', 'bin/sh'],
          'Link to the bare name, in bin: ln -s busybox sh.',
        ),
    }),
    check('files', {
      claim: 'F1',
      says: 'hello.txt and data/config.txt have the right content',
      observe: (observation) =>
        asPlanned(
          observation,
          'base',
          ['hello.txt', 'data', 'data/config.txt'],
          'The exact bytes matter: later steps look for these texts, and one byte changes every hash.',
        ),
    }),
  ],
  delta: [
    check('shadow', {
      claim: 'F2',
      says: 'hello.txt contains "hello from delta"',
      observe: (observation) =>
        asPlanned(
          observation,
          'delta',
          ['hello.txt'],
          'Write it with echo, which ends the line: echo "hello from delta".',
        ),
    }),
    check('whiteout', {
      claim: 'F2',
      says: 'data/.wh.config.txt is a whiteout',
      observe: async (observation) => {
        await observation.need(trees.delta);
        const outcome = await takesAway(
          observation,
          await observation.get(whiteouts.tree),
          'The name is .wh. and then exactly the name of the file to delete: .wh.config.txt.',
        );
        if (outcome.status !== 'pass') return outcome;
        const path = observation.path('build', 'delta', 'data', '.wh.config.txt');
        return pass(`${outcome.evidence}; stat prints ${await nodeByTool(observation, path)}`);
      },
    }),
  ],
  tree: [
    check('listing', {
      claim: 'F3',
      says: 'tree -a lists exactly the planned entries',
      observe: async (observation) => {
        const actual = await listed(observation, '-a');
        const unexpected = actual.filter((path) => !everyPath.includes(path));
        const missing = everyPath.filter((path) => !actual.includes(path));
        if (unexpected.length === 0 && missing.length === 0) {
          return pass(`${actual.length} entries`);
        }
        return fail({
          expected: missing.length === 0 ? 'only what the two steps made' : missing.join(', '),
          actual: unexpected.length === 0 ? 'missing' : `unexpected: ${unexpected.join(', ')}`,
          hint: 'Everything in these directories ends up in the layers, including backup files of an editor.',
        });
      },
    }),
  ],
  practice: [
    check('deleted', {
      claim: 'F2',
      says: 'stacked on base and delta, it deletes bin/cat',
      observe: async (observation) => {
        const { entries } = await observation.need(practiceTree);
        const below = await stacked(observation);
        if (!below.has('bin/cat')) throw new NotYet('bin/cat', '02-filesystems/base');
        const path = 'bin/.wh.cat';
        const entry = entries.find((each) => each.path === path);
        const hint =
          'Where in the base is cat? The whiteout goes into the same directory of your layer.';
        const outcome = await takesAway(observation, entry, hint, path);
        if (outcome.status !== 'pass') return outcome;
        const merged = await stacked(observation, entries);
        if (!merged.has('bin/cat')) return pass(`${outcome.evidence}, and bin/cat is gone`);
        return fail({ expected: 'no bin/cat', actual: 'bin/cat is still there', hint });
      },
    }),
    check('nothing-else', {
      claim: 'F2',
      says: 'everything else stays as it is',
      observe: async (observation) => {
        const { entries } = await observation.need(practiceTree);
        const extra = entries
          .filter(({ path }) => !['.', 'bin', 'bin/.wh.cat'].includes(path))
          .map(({ path }) => {
            const deleted = whiteoutOf(path);
            return deleted === undefined ? path : `${path} deletes ${deleted.path}`;
          });
        if (extra.length === 0) return pass('one directory and one whiteout');
        return fail({
          expected: 'one directory and one whiteout',
          actual: `unexpected: ${extra.join('; ')}`,
          hint: 'A layer contains only what changes. Remove the rest from practice/no-cat.',
        });
      },
    }),
  ],
});

/** The merged tree of base and delta, and of another layer on top. */
async function stacked(observation: Observation, ...more: (readonly LayerEntry[])[]) {
  const base = (await observation.need(trees.base)).entries;
  const delta = (await observation.need(trees.delta)).entries;
  return merge([base, delta, ...more]);
}

export const answers = defineAnswers(lesson, {
  dockerfile: async (observation) => {
    const file = (await observation.file('Dockerfile')) ?? '';
    const count = copied(file.toString()).length;
    return {
      right: count - 1,
      said: `Two lines are COPY, and only those change the filesystem: ${copied(file.toString()).join(', ')}.`,
    };
  },
  delta: async (observation) => {
    const base = await observation.need(trees.base);
    const delta = await observation.need(trees.delta);
    const config = base.entries.find(({ path }) => path === 'data/config.txt');
    const right = config === undefined ? 0 : delta.entries.length > 1 ? 2 : 1;
    return {
      right,
      said: `The base still has its data/config.txt (${counted(config?.size ?? 0, 'byte')}), and the delta brings ${counted(delta.entries.length - 1, 'path')} of its own.`,
    };
  },
  tree: async (observation) => {
    const merged = await stacked(observation);
    const inData = [...merged.keys()].filter((path) => path.startsWith('data/'));
    const right = inData.length > 0 ? 2 : merged.has('data') ? 0 : 1;
    return {
      right,
      said: `In your stacked trees, ${merged.has('data') ? 'data is there, and has' : 'data is gone, with'} ${inData.join(', ') || 'nothing'} in it.`,
    };
  },
});
