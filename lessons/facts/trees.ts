import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { readTree, type Tree } from '../../src/host/tree.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { whiteoutFormOf } from '../../src/oci/whiteout.ts';
import { counted } from '../../src/text/words.ts';
import { whiteoutChoice, whiteoutInWords, whiteoutReason } from './machine.ts';

/** The two layers, bottom first, as the article calls them. */
export const layerNames = ['base', 'delta'] as const;
export type LayerName = (typeof layerNames)[number];

export function perLayer<T>(make: (name: LayerName) => T): Record<LayerName, T> {
  return { base: make('base'), delta: make('delta') };
}

/** What is in build/base and build/delta. */
export const trees = perLayer((name) =>
  fact<Tree>(`${name}.tree`, {
    what: `build/${name}`,
    from: `02-filesystems/${name}`,
    read: async (observation) =>
      (await observation.exists('build', name))
        ? readTree(observation.path('build', name), { fileCache: observation.host.fileCache })
        : undefined,
    show: (tree) => `${tree.entries.length - 1} entries`,
  }),
);

/** What is in practice/no-cat: the tree of a layer that deletes bin/cat. */
export const practiceTree = fact<Tree>('practice.tree', {
  what: 'practice/no-cat',
  from: '02-filesystems/practice',
  read: async (observation) =>
    (await observation.exists('practice', 'no-cat'))
      ? readTree(observation.path('practice', 'no-cat'), { fileCache: observation.host.fileCache })
      : undefined,
  show: (tree) => `${tree.entries.length - 1} entries`,
});

/** Passes if it passes for base and for delta; otherwise says which one does not. */
export async function forBoth(one: (name: LayerName) => Promise<Outcome>): Promise<Outcome> {
  const outcomes = await Promise.all(layerNames.map(one));
  const bad = outcomes.find(({ status }) => status !== 'pass');
  if (bad !== undefined) return bad;
  return pass(
    outcomes.map((outcome) => (outcome.status === 'pass' ? outcome.evidence : '')).join(', '),
  );
}

/** Passes if a whiteout is there, in a form that containerd will act on here. */
export async function takesAway(
  observation: Observation,
  entry: LayerEntry | undefined,
  hint: string,
  path = 'data/.wh.config.txt',
): Promise<Outcome> {
  const wanted = await observation.need(whiteoutChoice);
  const expected =
    wanted === 'file'
      ? `${path}, ${whiteoutInWords.file}`
      : `${path}, ${whiteoutInWords.device} or ${whiteoutInWords.file}`;
  const found = entry && whiteoutFormOf(entry);
  if (entry === undefined || found === undefined) {
    return fail({ expected, actual: entry === undefined ? 'missing' : asItIs(entry), hint });
  }
  if (found === wanted || found === 'file') return pass(whiteoutInWords[found]);
  return fail({
    expected,
    actual: whiteoutInWords[found],
    hint: `Delete it, then make it with touch, because ${await observation.need(whiteoutReason)}.`,
  });
}

function asItIs({ kind, size, major, minor }: LayerEntry): string {
  if (kind === 'character' || kind === 'block') return `a ${kind} device ${major},${minor}`;
  return kind === 'file' ? `a regular file, ${counted(size, 'byte')}` : `a ${kind}`;
}

/** Paths that the tree command lists below build, one a line. */
export async function listed(observation: Observation, ...options: string[]): Promise<string[]> {
  const build = observation.path('build');
  const { stdout } = await observation.tool('tree', ...options, '-f', '-i', '--noreport', build);
  return stdout
    .split('\n')
    .flatMap((line) => line.split(' -> ')[0] ?? [])
    .filter((line) => line.startsWith(`${build}/`))
    .map((line) => line.slice(build.length + 1))
    .sort();
}

export const hiddenByTree = lessonFact(
  'what tree leaves out',
  '02-filesystems/tree',
  async (observation) => {
    const shown = new Set(await listed(observation));
    const all = await listed(observation, '-a');
    return all.filter((path) => !shown.has(path)).join(', ') || 'nothing';
  },
);
