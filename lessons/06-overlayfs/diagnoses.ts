import { readdirSync, readFileSync } from 'node:fs';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { failedWith } from '../../src/errors.ts';
import { lowerOf, type Mount } from '../../src/host/mounts.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { allMounts, upper } from '../facts/overlay.ts';
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
  /** What is mounted at practice/swapped, the one in view first. */
  readonly swapped: readonly Mount[];
  /** Overlays of these trees that are mounted somewhere else. */
  readonly elsewhere: readonly Mount[];
  readonly upper: readonly LayerEntry[];
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
  /** The files of the write step that are found through overlay/merged by their name, and their text. */
  readonly through: Readonly<Record<string, string>>;
  /** The names that overlay/merged, overlay and the working directory list. */
  readonly files: Readonly<Record<'merged' | 'overlay' | 'workdir', readonly string[]>>;
}

async function seeOverlay(
  observation: Observation,
  found: { readonly mounts: readonly Mount[]; readonly upper: readonly LayerEntry[] },
): Promise<SeenOverlay> {
  const here = observation.path('overlay', 'merged');
  const practice = observation.path('practice', 'swapped');
  const [build, work] = [observation.path('build'), observation.path()];
  const isOurs = ({ type, target, options }: Mount) =>
    type === 'overlay' &&
    target !== here &&
    target !== practice &&
    (target.startsWith(`${work}/`) || (options.get('lowerdir') ?? '').includes(build));
  return {
    mounts: found.mounts.filter(({ target }) => target === here).reverse(),
    swapped: found.mounts.filter(({ target }) => target === practice).reverse(),
    elsewhere: found.mounts.filter(isOurs),
    upper: found.upper,
    base: (await observation.get(trees.base))?.entries ?? [],
    delta: (await observation.get(trees.delta))?.entries ?? [],
    through: Object.fromEntries(
      ['new.txt', 'hello.txt'].flatMap((name) => {
        const read = textOf(observation.pathFromOutside('overlay', 'merged', name));
        return read === undefined ? [] : [[name, read]];
      }),
    ),
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

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
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
    'The last word of the mount command is the mount point. Unmount that one, and mount at overlay/merged.',
  where: find,
};

const otherType: OverlayRule = {
  id: 'overlay-other-type',
  sign: ({ mounts: [mount] }) =>
    mount === undefined || mount.type === 'overlay'
      ? undefined
      : `the mount at overlay/merged has type ${mount.type}`,
  remedy:
    'It should be an overlay, `-t overlay`. A bind mount only shows one directory in a second place.',
  where: find,
};

const isSnapshot = (path: string) => /\/snapshots\/\d+\/fs$/.test(path);

const ofSnapshots: OverlayRule = {
  id: 'overlay-of-snapshots',
  sign: ({ mounts: [mount] }) =>
    mount?.type === 'overlay' && lowerOf(mount).some(isSnapshot)
      ? "its lowerdirs are containerd's snapshots"
      : undefined,
  remedy:
    'This step stacks the trees that you made in lesson 2: lowerdir=build/delta:build/base. What differs in a snapshot is the subject of lesson 7.',
  where: find,
};

const swappedInPlace: OverlayRule = {
  id: 'overlay-swapped',
  sign: ({ mounts: [mount] }) =>
    mount?.type === 'overlay' && lowerOf(mount).map(lastOf).join() === 'base,delta'
      ? 'lowerdir base then delta'
      : undefined,
  remedy:
    'The topmost directory comes first in lowerdir, the reverse of the order in a manifest: build/delta:build/base.',
  where: find,
};

const oneLower: OverlayRule = {
  id: 'overlay-one-lower',
  sign: ({ mounts: [mount] }) => {
    if (mount?.type !== 'overlay' || lowerOf(mount).length !== 1) return undefined;
    return `its only lowerdir is ${lastOf(lowerOf(mount)[0] ?? '')}`;
  },
  remedy:
    'Both trees go into a single lowerdir option, with a colon between them: lowerdir=build/delta:build/base. A second lowerdir option replaces the first.',
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
    'Then every write changes that tree, which no longer matches its tar. The upperdir should be overlay/upper, and empty.',
  where: find,
};

const readOnly: OverlayRule = {
  id: 'overlay-read-only',
  sign: ({ mounts: [mount] }) =>
    mount?.type === 'overlay' && !mount.options.has('upperdir') && lowerOf(mount).length > 1
      ? 'it has no upperdir'
      : undefined,
  remedy:
    'Without an upperdir the mount is read-only. Add upperdir=overlay/upper,workdir=overlay/work.',
  where: find,
};

const twice: OverlayRule = {
  id: 'overlay-twice',
  sign: ({ mounts }) =>
    mounts.length > 1
      ? `${mounts.length} mounts on top of each other at overlay/merged`
      : undefined,
  remedy: 'Each umount removes one of them. Unmount until none is left, then mount once.',
  where: find,
  command:
    'while mountpoint -q "$WORKDIR/overlay/merged"; do sudo umount "$WORKDIR/overlay/merged"; done',
};

/** Against the checks of the mount. */
export const mountRules: readonly OverlayRule[] = [
  elsewhere,
  otherType,
  ofSnapshots,
  upperIsTree,
  swappedInPlace,
  oneLower,
  readOnly,
  twice,
];

const notSwapped: OverlayRule = {
  id: 'practice-not-swapped',
  sign: ({ swapped: [mount] }) =>
    mount?.type === 'overlay' && lowerOf(mount).map(lastOf).join() === 'delta,base'
      ? 'lowerdir delta then base, as in the first mount'
      : undefined,
  remedy: 'The leftmost directory in lowerdir is on top, and here that should be build/base.',
  where: find,
};

const sameUpper: OverlayRule = {
  id: 'practice-same-upper',
  sign: ({ mounts: [first], swapped: [mount] }) => {
    const upperdir = mount?.options.get('upperdir');
    return upperdir !== undefined && upperdir === first?.options.get('upperdir')
      ? 'its upperdir is overlay/upper, which the first mount uses'
      : undefined;
  },
  remedy:
    "Two mounts can't share an upperdir: what they show is undefined. Go back one step to mount the first one again. Then mount practice/swapped without upperdir and workdir.",
  where: find,
};

const practiceInPlace: OverlayRule = {
  id: 'practice-at-merged',
  sign: ({ mounts: [first], swapped }) =>
    swapped.length === 0 &&
    first?.type === 'overlay' &&
    lowerOf(first).map(lastOf).join() === 'base,delta'
      ? 'the swapped overlay is mounted at overlay/merged'
      : undefined,
  remedy:
    'The next steps need the first overlay there. Go back one step to mount it again, then mount this one at practice/swapped.',
  where: find,
};

const practiceElsewhere: OverlayRule = {
  id: 'practice-elsewhere',
  sign: ({ swapped, elsewhere: others }) => {
    const found = others.find((mount) => lowerOf(mount).map(lastOf).join() === 'base,delta');
    return swapped.length === 0 && found !== undefined
      ? `the swapped overlay is mounted at ${found.target}`
      : undefined;
  },
  remedy: 'Unmount it there, and mount it at practice/swapped in the working directory.',
  where: find,
};

/** Against the checks of the swapped overlay. */
export const swapRules: readonly OverlayRule[] = [
  notSwapped,
  sameUpper,
  practiceInPlace,
  practiceElsewhere,
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
      if (has(entries, 'new.txt')) return `new.txt is in build/${name}`;
      if (text(entries, 'hello.txt') === 'changed')
        return `build/${name}/hello.txt reads "changed"`;
    }
    return undefined;
  },
  remedy: 'You wrote into a lowerdir. Make the tree again (lesson 2), and write to overlay/merged.',
  where: 'ls -l "$WORKDIR"/build/*',
};

const notMounted: OverlayRule = {
  id: 'written-unmounted',
  sign: ({ mounts, files }) =>
    mounts.length === 0 && files.merged.includes('new.txt')
      ? 'new.txt is in overlay/merged, and nothing is mounted there'
      : undefined,
  remedy:
    'It is in the directory that the mount will hide. Delete it, mount the overlay (first step), and write again.',
  where: 'findmnt "$WORKDIR/overlay/merged"; ls -l "$WORKDIR/overlay/merged"',
};

const writtenBeside: OverlayRule = {
  id: 'written-beside',
  sign: ({ upper, files }) => {
    if (has(upper, 'new.txt')) return undefined;
    if (files.overlay.includes('new.txt')) return 'new.txt is in overlay, not in overlay/merged';
    return files.workdir.includes('new.txt') ? 'new.txt is in the working directory' : undefined;
  },
  remedy: 'Only a write to overlay/merged goes through the overlay.',
  where: 'find "$WORKDIR" -name new.txt',
};

const appended: OverlayRule = {
  id: 'written-appended',
  sign: ({ upper }) =>
    text(upper, 'hello.txt')?.endsWith('\nchanged')
      ? 'upper/hello.txt has its old text, with "changed" at the end'
      : undefined,
  remedy: 'You used >>, which appends. > replaces the text.',
  where: 'cat "$WORKDIR/overlay/upper/hello.txt"',
  command: `echo 'changed' >"$WORKDIR/overlay/merged/hello.txt"`,
};

const writtenToUpper: OverlayRule = {
  id: 'written-to-upper',
  sign: ({ mounts, upper, through }) => {
    const hidden = ['new.txt', 'hello.txt'].find(
      (name) => has(upper, name) && through[name] !== text(upper, name),
    );
    const writes = lastOf(mounts[0]?.options.get('upperdir') ?? '') === 'upper';
    return writes && hidden !== undefined
      ? `${hidden} is in overlay/upper, and overlay/merged doesn't show it`
      : undefined;
  },
  remedy:
    "It was written to overlay/upper while that was mounted. What the mount then shows is undefined: the kernel doesn't expect the upperdir to change by other means. Mount it afresh (first step), and write to overlay/merged.",
  where: 'cat "$WORKDIR"/overlay/merged/new.txt "$WORKDIR"/overlay/merged/hello.txt',
};

/** Against the checks of the writes. */
export const writeRules: readonly OverlayRule[] = [
  writtenBelow,
  notMounted,
  writtenBeside,
  appended,
  writtenToUpper,
];

const deletedBelow: OverlayRule = {
  id: 'deleted-below',
  sign: ({ base }) =>
    has(base, 'hello.txt') && has(base, 'data') && !has(base, 'data/config.txt')
      ? 'build/base has no data/config.txt any more'
      : undefined,
  remedy:
    'You deleted it in the lowerdir. Make it again, mount the overlay, and delete overlay/merged/data/config.txt.',
  where: 'ls -l "$WORKDIR/build/base/data"',
  command: `echo 'base config' >"$WORKDIR/build/base/data/config.txt"`,
};

const archiveForm: OverlayRule = {
  id: 'deleted-by-marker',
  sign: ({ upper }) =>
    has(upper, 'data/.wh.config.txt') ? 'upper/data holds .wh.config.txt' : undefined,
  remedy:
    'That is the form for a tar; for the kernel it is an ordinary file. Delete config.txt through the mount.',
  where: 'ls -lA "$WORKDIR/overlay/upper/data"',
  command:
    'rm "$WORKDIR"/overlay/merged/data/.wh.config.txt "$WORKDIR"/overlay/merged/data/config.txt',
};

const wholeDirectory: OverlayRule = {
  id: 'deleted-directory',
  sign: ({ upper }) => {
    const entry = upper.find(({ path }) => path === 'data');
    return entry?.kind === 'character' ? 'upper/data itself is a whiteout' : undefined;
  },
  remedy:
    'You deleted all of data. Mount the overlay afresh (first step), write again, and delete only data/config.txt.',
  where: 'ls -lA "$WORKDIR/overlay/upper"',
};

/** Against the checks of the deletion. */
export const deleteRules: readonly OverlayRule[] = [deletedBelow, archiveForm, wholeDirectory];

export const diagnoses = defineDiagnoses(checks, {
  mount: { stacked: diagnoser(seen, ...mountRules), topmost: diagnoser(seen, ...mountRules) },
  swap: { swapped: diagnoser(seen, ...swapRules), view: diagnoser(seen, ...swapRules) },
  write: { upper: diagnoser(seen, ...writeRules), lower: diagnoser(seen, ...writeRules) },
  delete: { whiteout: diagnoser(seen, ...deleteRules), below: diagnoser(seen, ...deleteRules) },
});
