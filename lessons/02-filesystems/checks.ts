import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { check } from '../claims.ts';
import { whiteouts } from '../facts/layers.ts';
import { architecture, nodeByTool } from '../facts/machine.ts';
import { hiddenByTree, type LayerName, listed, takesAway, trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** What each tree should hold: the path, what it is, and what it says or points at. */
const plan: Record<LayerName, Record<string, string>> = {
  base: {
    bin: 'directory',
    'bin/busybox': 'file',
    'bin/cat': 'symlink busybox',
    'bin/ls': 'symlink busybox',
    'bin/sh': 'symlink busybox',
    data: 'directory',
    'data/config.txt': 'file "base config"',
    'hello.txt': 'file "hello from base"',
  },
  delta: {
    data: 'directory',
    'hello.txt': 'file "hello from delta"',
  },
};

/** An entry in the words of the plan. */
function describe(entry: LayerEntry): string {
  if (entry.kind === 'symlink') return `symlink ${entry.link}`;
  // Programs are named, not quoted.
  if (entry.kind !== 'file' || entry.content === undefined) return entry.kind;
  return `file "${entry.content.toString().trimEnd()}"`;
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
  base: [
    check('program', {
      claim: 'P2',
      says: 'bin/busybox is static, for this machine, and may be run',
      observe: async (observation) => {
        const tree = await observation.need(trees.base);
        const entry = tree.entries.find(({ path }) => path === 'bin/busybox');
        const expected = `a static program for ${await observation.need(architecture)}, mode rwx`;
        const hint = 'Copy the static busybox again: the container has no other program.';
        if (entry?.kind !== 'file') {
          return fail({ expected, actual: entry?.kind ?? 'missing', hint });
        }
        const elf = inspectProgram(observation.path('build', 'base', 'bin', 'busybox'));
        const mode = (entry.mode & 0o777).toString(8);
        const runs = (entry.mode & 0o100) !== 0;
        const right = elf?.architecture === (await observation.need(architecture));
        if (elf !== undefined && elf.interpreter === undefined && right && runs) {
          return pass(`ELF, ${elf.architecture}, no PT_INTERP, mode ${mode}`);
        }
        const actual =
          elf === undefined
            ? 'not a program at all'
            : `${elf.architecture}, ${elf.interpreter ? `asks for ${elf.interpreter}` : 'static'}, mode ${mode}`;
        return fail({ expected, actual, hint });
      },
    }),
    check('links', {
      claim: 'F1',
      says: 'sh, ls and cat are links to busybox',
      observe: (observation) =>
        asPlanned(
          observation,
          'base',
          ['bin/cat', 'bin/ls', 'bin/sh'],
          'Link by name only: ln -s busybox sh. An absolute target would be looked up from the root.',
        ),
    }),
    check('files', {
      claim: 'F1',
      says: 'hello.txt and data/config.txt say what they should',
      observe: (observation) =>
        asPlanned(
          observation,
          'base',
          ['hello.txt', 'data', 'data/config.txt'],
          'The exact words matter: later you will read them through three mounts.',
        ),
    }),
  ],
  delta: [
    check('shadow', {
      claim: 'F2',
      says: 'hello.txt says "hello from delta"',
      observe: (observation) =>
        asPlanned(
          observation,
          'delta',
          ['data', 'hello.txt'],
          'Write it with: echo "hello from delta".',
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
          'The name is .wh. and then exactly the name to hide: .wh.config.txt. Run the step: it makes one.',
        );
        if (outcome.status !== 'pass') return outcome;
        const path = observation.path('build', 'delta', 'data', '.wh.config.txt');
        return pass(`${outcome.evidence}; stat says: ${await nodeByTool(observation, path)}`);
      },
    }),
  ],
  tree: [
    check('listing', {
      claim: 'F3',
      says: 'tree -a lists every entry, and nothing else is there',
      observe: async (observation) => {
        const actual = await listed(observation, '-a');
        const unexpected = actual.filter((path) => !everyPath.includes(path));
        const missing = everyPath.filter((path) => !actual.includes(path));
        if (unexpected.length === 0 && missing.length === 0) {
          return pass(`${actual.length} entries, all of them yours`);
        }
        return fail({
          expected:
            missing.length === 0 ? 'nothing but what the two steps made' : missing.join(', '),
          actual: unexpected.length === 0 ? 'missing' : `unexpected: ${unexpected.join(', ')}`,
          hint: 'Everything in these directories goes into the layers, editor backups too.',
        });
      },
    }),
  ],
  dockerfile: [
    check('copies', {
      claim: 'F4',
      says: 'its COPY lines name your two trees, bottom first',
      observe: async (observation) => {
        const sources = copied(((await observation.file('Dockerfile')) ?? '').toString());
        const exist = await Promise.all(sources.map((source) => observation.exists(source)));
        const expected = 'COPY build/base, then COPY build/delta';
        const hint = 'The first COPY makes the bottom layer, the second lies on it.';
        if (sources.join() !== 'build/base,build/delta') {
          return fail({ expected, actual: `COPY ${sources.join(', then COPY ')}`, hint });
        }
        if (exist.includes(false)) return fail({ expected, actual: 'no such directory', hint });
        return pass(`${sources.join(' then ')}, both there`);
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  tree: async (observation) => {
    const hidden = await observation.need(hiddenByTree);
    const right = hidden.includes('.wh.config.txt') ? 1 : 0;
    return { right, said: `tree without -a left out: ${hidden}` };
  },
});
