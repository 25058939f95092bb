import { readdirSync } from 'node:fs';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { failedWith } from '../../src/errors.ts';
import type { Mount } from '../../src/host/mounts.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { allMounts, lowerOf, upper } from '../facts/overlay.ts';
import { trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

const seen = async (observation: Observation) =>
  seeOverlay(observation, {
    mounts: allMounts(observation),
    upper: (await observation.get(upper))?.entries ?? [],
  });

/** The overlay made by hand, and where its writes may have gone. */
export interface SeenOverlay {
  /** What is mounted at overlay/merged, the one in view first. */
  readonly mounts: readonly Mount[];
  /** Overlays of these trees that are mounted somewhere else. */
  readonly elsewhere: readonly Mount[];
  readonly upper: readonly LayerEntry[];
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
  /** What overlay/merged itself holds, and overlay, and the working directory. */
  readonly files: Readonly<Record<'merged' | 'overlay' | 'workdir', readonly string[]>>;
}

export async function seeOverlay(
  observation: Observation,
  found: { readonly mounts: readonly Mount[]; readonly upper: readonly LayerEntry[] },
): Promise<SeenOverlay> {
  const here = observation.path('overlay', 'merged');
  const [build, work] = [observation.path('build'), observation.path()];
  const isOurs = ({ type, target, options }: Mount) =>
    type === 'overlay' &&
    target !== here &&
    (target.startsWith(`${work}/`) || (options.get('lowerdir') ?? '').includes(build));
  return {
    mounts: found.mounts.filter(({ target }) => target === here).reverse(),
    elsewhere: found.mounts.filter(isOurs),
    upper: found.upper,
    base: (await observation.get(trees.base))?.entries ?? [],
    delta: (await observation.get(trees.delta))?.entries ?? [],
    files: {
      merged: namesIn(observation.pathFromOutside('overlay', 'merged')),
      overlay: namesIn(observation.pathFromOutside('overlay')),
      workdir: namesIn(work),
    },
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

type OverlayRule = DiagnosisRule<SeenOverlay>;

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

const find = 'findmnt -t overlay -o TARGET,OPTIONS';

const elsewhere: OverlayRule = {
  id: 'overlay-elsewhere',
  sign: ({ mounts, elsewhere: others }) =>
    mounts.length === 0 && others[0] !== undefined
      ? `an overlay is mounted at ${others[0].target}, and none at overlay/merged`
      : undefined,
  remedy:
    'The last word of the mount command is where it appears. Unmount that one, and mount it at overlay/merged.',
  where: find,
};

const otherType: OverlayRule = {
  id: 'overlay-other-type',
  sign: ({ mounts: [mount] }) =>
    mount === undefined || mount.type === 'overlay'
      ? undefined
      : `what is mounted there is of type ${mount.type}`,
  remedy: 'A bind mount shows one directory at another place; only `-t overlay` stacks several.',
  where: find,
};

const swapped: OverlayRule = {
  id: 'overlay-swapped',
  sign: ({ mounts: [mount] }) =>
    mount?.type === 'overlay' && lowerOf(mount).map(lastOf).join() === 'base,delta'
      ? 'lowerdir base then delta'
      : undefined,
  remedy:
    'The topmost directory comes first in lowerdir, the other way round than layers in a manifest: build/delta:build/base.',
  where: find,
};

const oneLower: OverlayRule = {
  id: 'overlay-one-lower',
  sign: ({ mounts: [mount] }) => {
    if (mount?.type !== 'overlay' || lowerOf(mount).length !== 1) return undefined;
    return `its only lowerdir is ${lastOf(lowerOf(mount)[0] ?? '')}`;
  },
  remedy:
    'Both trees are lowerdirs, in one option, with a colon between: lowerdir=build/delta:build/base. A second option replaces the first.',
  where: find,
};

const upperIsTree: OverlayRule = {
  id: 'overlay-upper-is-tree',
  sign: ({ mounts: [mount] }) => {
    const upperdir = mount?.options.get('upperdir') ?? '';
    return /(^|\/)build\/(base|delta)$/.test(upperdir)
      ? `its upperdir is build/${lastOf(upperdir)}`
      : undefined;
  },
  remedy:
    'Every write would go into your tree, and the tar would not be of it any more. The upperdir is overlay/upper, and empty.',
  where: find,
};

const readOnly: OverlayRule = {
  id: 'overlay-read-only',
  sign: ({ mounts: [mount] }) =>
    mount?.type === 'overlay' && !mount.options.has('upperdir') && lowerOf(mount).length > 1
      ? 'it has no upperdir'
      : undefined,
  remedy:
    'Without one nothing can be written through it. upperdir=overlay/upper,workdir=overlay/work go together.',
  where: find,
};

const twice: OverlayRule = {
  id: 'overlay-twice',
  sign: ({ mounts }) =>
    mounts.length > 1
      ? `${mounts.length} mounts lie on overlay/merged, one over the other`
      : undefined,
  remedy: 'Each umount takes one away. Unmount until nothing is left, then mount once.',
  where: find,
  command:
    'while mountpoint -q "$WORKDIR/overlay/merged"; do sudo umount "$WORKDIR/overlay/merged"; done',
};

/** Against the checks of the mount. */
export const mountRules: readonly OverlayRule[] = [
  elsewhere,
  otherType,
  upperIsTree,
  swapped,
  oneLower,
  readOnly,
  twice,
];

const has = (entries: readonly LayerEntry[], path: string) =>
  entries.some((entry) => entry.path === path);

const text = (entries: readonly LayerEntry[], path: string) =>
  entries
    .find((entry) => entry.path === path)
    ?.content?.toString()
    .trimEnd();

const writtenBelow: OverlayRule = {
  id: 'written-below',
  sign: ({ base, delta }) => {
    for (const [name, entries] of [
      ['delta', delta],
      ['base', base],
    ] as const) {
      if (has(entries, 'new.txt')) return `new.txt lies in build/${name}`;
      if (text(entries, 'hello.txt') === 'changed') return `build/${name}/hello.txt says "changed"`;
    }
    return undefined;
  },
  remedy:
    'It was written into a lowerdir itself, below the mount. Take it back (02-filesystems), and write through overlay/merged.',
  where: 'ls -l "$WORKDIR"/build/*',
};

const notMounted: OverlayRule = {
  id: 'written-unmounted',
  sign: ({ mounts, files }) =>
    mounts.length === 0 && files.merged.includes('new.txt')
      ? 'overlay/merged holds new.txt, and nothing is mounted there'
      : undefined,
  remedy:
    'It went into the empty directory that the mount would cover. Delete it, mount (the first step), write again.',
  where: 'findmnt "$WORKDIR/overlay/merged"; ls -l "$WORKDIR/overlay/merged"',
};

const writtenBeside: OverlayRule = {
  id: 'written-beside',
  sign: ({ upper, files }) => {
    if (has(upper, 'new.txt')) return undefined;
    if (files.overlay.includes('new.txt')) return 'new.txt lies in overlay, beside merged';
    return files.workdir.includes('new.txt') ? 'new.txt lies in the working directory' : undefined;
  },
  remedy: 'Only what is written to overlay/merged goes through the overlay.',
  where: 'find "$WORKDIR" -name new.txt',
};

/** Against the check of the writes. */
export const writeRules: readonly OverlayRule[] = [writtenBelow, notMounted, writtenBeside];

const deletedBelow: OverlayRule = {
  id: 'deleted-below',
  sign: ({ base }) =>
    has(base, 'hello.txt') && has(base, 'data') && !has(base, 'data/config.txt')
      ? 'build/base has no data/config.txt any more'
      : undefined,
  remedy:
    'It was deleted in the lowerdir itself. Make it again (02-filesystems/base), mount, and delete it in overlay/merged.',
  where: 'ls -l "$WORKDIR/build/base/data"',
  command: `echo 'base config' >"$WORKDIR/build/base/data/config.txt"`,
};

const archiveSpelling: OverlayRule = {
  id: 'deleted-by-marker',
  sign: ({ upper }) =>
    has(upper, 'data/.wh.config.txt') ? 'upper/data holds .wh.config.txt' : undefined,
  remedy:
    "That is the archive's spelling, and to the kernel an ordinary name. Delete config.txt through the mount: the kernel writes its own.",
  where: 'ls -lA "$WORKDIR/overlay/upper/data"',
};

const wholeDirectory: OverlayRule = {
  id: 'deleted-directory',
  sign: ({ upper }) => {
    const entry = upper.find(({ path }) => path === 'data');
    return entry?.kind === 'character' ? 'upper/data itself is a whiteout' : undefined;
  },
  remedy:
    'The directory was deleted, with everything in it. Mount afresh (the first step), and delete only data/config.txt.',
  where: 'ls -lA "$WORKDIR/overlay/upper"',
};

/** Against the checks of the deletion. */
export const deleteRules: readonly OverlayRule[] = [deletedBelow, archiveSpelling, wholeDirectory];

export const diagnoses = defineDiagnoses(checks, {
  mount: { stacked: diagnoser(seen, ...mountRules), topmost: diagnoser(seen, ...mountRules) },
  write: { upper: diagnoser(seen, ...writeRules), lower: diagnoser(seen, ...writeRules) },
  delete: { whiteout: diagnoser(seen, ...deleteRules), below: diagnoser(seen, ...deleteRules) },
});
