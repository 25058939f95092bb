import {
  goneRules,
  imageRules,
  runningRules,
  type SeenContainer,
  type SeenWrites,
  writeRules,
} from '../../../../lessons/08-run/diagnoses.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import { directory, file, tree } from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('08-run');

const manifest = sha256('manifest');
const [bottom, top] = [sha256('chain 1'), sha256('chain 2')];
const layers = [
  { key: bottom, parent: undefined, kind: 'Committed' },
  { key: top, parent: bottom, kind: 'Committed' },
];
const own = (parent: string | undefined) => ({ key: 'demo', parent, kind: 'Active' });
const task = (id: string, status = 'RUNNING') => ({ id, pid: 42, status });

const running: SeenContainer = {
  tasks: [task('demo')],
  containers: ['demo'],
  elsewhere: [],
  snapshots: [...layers, own(top)],
  image: manifest,
  manifest,
  chain: [bottom, top],
};
const seen = (differing: Partial<SeenContainer>): SeenContainer => ({ ...running, ...differing });
const gone = seen({ tasks: [], containers: [], snapshots: layers });

const innocent: Record<string, SeenContainer> = {
  'it runs': running,
  'it is gone, or not started yet': gone,
  'another one of that name runs in another namespace': seen({ elsewhere: ['default'] }),
  'nothing is imported yet': {
    ...gone,
    snapshots: [],
    image: undefined,
    manifest: undefined,
    chain: [],
  },
};

mistakeTable('08-run/start/running', runningRules, innocent, [
  ['container-stopped', seen({ tasks: [task('demo', 'STOPPED')] })],
  ['container-without-task', seen({ tasks: [] })],
  ['snapshot-left', seen({ tasks: [], containers: [] })],
  ['container-other-name', { ...gone, tasks: [task('demo1')], containers: ['demo1'] }],
  ['container-elsewhere', { ...gone, elsewhere: ['default'] }],
]);

mistakeTable('08-run/start/image', imageRules, innocent, [
  ['tag-gone', seen({ image: undefined })],
  ['run-without-snapshot', seen({ snapshots: layers })],
  ['run-of-other-image', seen({ snapshots: [...layers, own(bottom)] })],
  ['run-of-other-image', seen({ snapshots: [...layers, own(sha256('other'))] })],
]);

mistakeTable('08-run/gone/ended', goneRules, innocent, [
  ['container-stopped', seen({ tasks: [task('demo', 'STOPPED')] })],
  ['container-without-task', seen({ tasks: [] })],
  ['snapshot-left', seen({ tasks: [], containers: [] })],
]);

const base = { 'hello.txt': file('hello from base\n') };
const delta = { data: directory(), 'hello.txt': file('hello from delta\n') };
const wrote: SeenWrites = {
  upper: tree({
    data: directory(),
    'data/new.txt': file('written inside\n'),
    'hello.txt': file('changed\n'),
  }),
  base: tree(base),
  delta: tree(delta),
};

mistakeTable(
  '08-run/write',
  writeRules,
  {
    'all is right': wrote,
    'nothing is written yet': { ...wrote, upper: tree({ dev: directory() }) },
    'it is gone': { ...wrote, upper: [] },
    'nothing is imported yet': { upper: [], base: [], delta: [] },
  },
  [
    [
      'written-into-snapshot',
      { ...wrote, delta: tree({ ...delta, 'hello.txt': file('changed\n') }) },
    ],
    [
      'written-into-snapshot',
      { ...wrote, base: tree({ ...base, 'data/new.txt': file('written inside\n') }) },
    ],
    ['written-elsewhere', { ...wrote, upper: tree({ 'new.txt': file('written inside\n') }) }],
    [
      'written-behind',
      { ...wrote, upper: tree({ 'hello.txt': file('hello from delta\nchanged\n') }) },
    ],
  ],
);
