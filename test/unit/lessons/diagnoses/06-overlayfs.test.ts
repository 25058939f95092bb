import {
  deleteRules,
  mountRules,
  type SeenOverlay,
  swapRules,
  writeRules,
} from '../../../../lessons/06-overlayfs/diagnoses.ts';
import { parseMountinfo } from '../../../../src/host/mounts.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import { device, directory, file, type Told, tree } from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('06-overlayfs');

/** A mount as the kernel tells it. */
function mount(options: string, target = '/w/overlay/merged', type = 'overlay') {
  return parseMountinfo(`40 1 0:9 / ${target} rw,relatime - ${type} overlay rw,${options}\n`);
}

const stacked = mount(
  'lowerdir=/w/build/delta:/w/build/base,upperdir=/w/overlay/upper,workdir=/w/overlay/work',
);
const base = {
  data: directory(),
  'data/config.txt': file('base config\n'),
  'hello.txt': file('hello from base\n'),
};
const delta = { 'hello.txt': file('hello from delta\n') };

const mounted: SeenOverlay = {
  mounts: stacked,
  swapped: [],
  elsewhere: [],
  upper: tree({}),
  base: tree(base),
  delta: tree(delta),
  through: { 'hello.txt': 'hello from delta' },
  files: {
    merged: ['data', 'hello.txt'],
    overlay: ['merged', 'upper', 'work'],
    workdir: ['build'],
  },
};
const seen = (differing: Partial<SeenOverlay>): SeenOverlay => ({ ...mounted, ...differing });
const nowhere: Partial<SeenOverlay> = {
  mounts: [],
  through: {},
  files: { merged: [], overlay: ['merged', 'upper', 'work'], workdir: ['build'] },
};
const written = tree({ 'new.txt': file('a new file\n'), 'hello.txt': file('changed\n') });
const deleted = tree({ data: directory(), 'data/config.txt': device(0, 0) });

const swappedHere = mount('lowerdir=build/base:build/delta', '/w/practice/swapped');

const innocent: Record<string, SeenOverlay> = {
  'all is right': mounted,
  'swapped as well': seen({ swapped: swappedHere }),
  'written through it': seen({
    upper: written,
    through: { 'new.txt': 'a new file', 'hello.txt': 'changed' },
    files: { ...mounted.files, merged: ['data', 'hello.txt', 'new.txt'] },
  }),
  'deleted through it': seen({ upper: deleted }),
  'the kernel gives paths as they were typed': seen({
    mounts: mount('lowerdir=build/delta:build/base,upperdir=overlay/upper,workdir=overlay/work'),
  }),
  'unmounted again': seen({ ...nowhere, upper: written }),
  'nothing is there yet': seen({
    mounts: [],
    upper: [],
    base: [],
    delta: [],
    files: { merged: [], overlay: [], workdir: [] },
  }),
};

mistakeTable('06-overlayfs/mount', mountRules, innocent, [
  [
    'overlay-elsewhere',
    seen({ mounts: [], elsewhere: mount('lowerdir=/w/build/delta:/w/build/base', '/mnt') }),
  ],
  ['overlay-other-type', seen({ mounts: mount('', '/w/overlay/merged', 'ext4') })],
  [
    'overlay-of-snapshots',
    seen({
      mounts: mount('lowerdir=/c/snapshots/2/fs:/c/snapshots/1/fs,upperdir=/w/overlay/upper'),
    }),
  ],
  [
    'overlay-upper-is-tree',
    seen({ mounts: mount('lowerdir=build/base,upperdir=build/delta,workdir=overlay/work') }),
  ],
  [
    'overlay-swapped',
    seen({ mounts: mount('lowerdir=/w/build/base:/w/build/delta,upperdir=/w/overlay/upper') }),
  ],
  [
    'overlay-one-lower',
    seen({ mounts: mount('lowerdir=/w/build/delta,upperdir=/w/overlay/upper') }),
  ],
  ['overlay-read-only', seen({ mounts: mount('lowerdir=/w/build/delta:/w/build/base') })],
  ['overlay-twice', seen({ mounts: [...stacked, ...stacked] })],
]);

const inPractice = (options: string) => seen({ swapped: mount(options, '/w/practice/swapped') });

mistakeTable('06-overlayfs/swap', swapRules, innocent, [
  ['practice-not-swapped', inPractice('lowerdir=build/delta:build/base')],
  [
    'practice-same-upper',
    inPractice('lowerdir=build/base:build/delta,upperdir=/w/overlay/upper,workdir=/w/overlay/work'),
  ],
  [
    'practice-at-merged',
    seen({ mounts: mount('lowerdir=build/base:build/delta,upperdir=overlay/upper') }),
  ],
  [
    'practice-elsewhere',
    seen({ elsewhere: mount('lowerdir=build/base:build/delta', '/w/practice/swap') }),
  ],
]);

const inDelta = (change: Record<string, Told>) => seen({ delta: tree({ ...delta, ...change }) });

mistakeTable('06-overlayfs/write', writeRules, innocent, [
  ['written-below', inDelta({ 'new.txt': file('a new file\n') })],
  ['written-below', seen({ base: tree({ ...base, 'hello.txt': file('changed\n') }) })],
  ['written-unmounted', seen({ ...nowhere, files: { ...mounted.files, merged: ['new.txt'] } })],
  ['written-beside', seen({ files: { ...mounted.files, overlay: ['merged', 'new.txt'] } })],
  ['written-beside', seen({ files: { ...mounted.files, workdir: ['new.txt', 'oci'] } })],
  ['written-appended', seen({ upper: tree({ 'hello.txt': file('hello from delta\nchanged\n') }) })],
  ['written-to-upper', seen({ upper: written })],
  ['written-to-upper', seen({ upper: written, through: { 'hello.txt': 'changed' } })],
]);

mistakeTable('06-overlayfs/delete', deleteRules, innocent, [
  [
    'deleted-below',
    seen({ base: tree({ data: directory(), 'hello.txt': file('hello from base\n') }) }),
  ],
  [
    'deleted-by-marker',
    seen({ upper: tree({ data: directory(), 'data/.wh.config.txt': file('') }) }),
  ],
  ['deleted-directory', seen({ upper: tree({ data: device(0, 0) }) })],
]);
