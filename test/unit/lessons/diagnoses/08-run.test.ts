import {
  goneMistakes,
  imageMistakes,
  runningMistakes,
  type SeenContainer,
  type SeenWrites,
  writeMistakes,
} from '../../../../lessons/08-run/diagnoses.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { directory, file, tree } from '../../../helpers/entries.ts';
import { mistakeTable } from '../../../helpers/mistakes.ts';

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

mistakeTable('08-run/start/running', runningMistakes, innocent, [
  ['container-stopped', seen({ tasks: [task('demo', 'STOPPED')] }), 'demo is STOPPED'],
  ['container-without-task', seen({ tasks: [] }), 'there is a container demo, and no task'],
  [
    'snapshot-left',
    seen({ tasks: [], containers: [] }),
    'there is a snapshot demo, and no container',
  ],
  [
    'container-other-name',
    { ...gone, tasks: [task('demo1')], containers: ['demo1'] },
    'a task demo1 is RUNNING, and none called demo',
  ],
  ['container-elsewhere', { ...gone, elsewhere: ['default'] }, 'demo is in the namespace default'],
]);

mistakeTable('08-run/start/image', imageMistakes, innocent, [
  [
    'tag-gone',
    seen({ image: undefined }),
    'there is no docker.io/library/handroll:latest any more',
  ],
  ['run-without-snapshot', seen({ snapshots: layers }), 'demo runs, and has no snapshot'],
  [
    'run-of-other-image',
    seen({ snapshots: [...layers, own(bottom)] }),
    'its snapshot lies on base alone, without delta',
  ],
  [
    'run-of-other-image',
    seen({ snapshots: [...layers, own(sha256('other'))] }),
    `its snapshot lies on ${sha256('other').slice(7, 15)}…, not on ${top.slice(7, 15)}…`,
  ],
]);

mistakeTable('08-run/gone/ended', goneMistakes, innocent, [
  ['container-stopped', seen({ tasks: [task('demo', 'STOPPED')] }), 'demo is STOPPED'],
  ['container-without-task', seen({ tasks: [] }), 'there is a container demo, and no task'],
  [
    'snapshot-left',
    seen({ tasks: [], containers: [] }),
    'there is a snapshot demo, and no container',
  ],
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
  writeMistakes,
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
      'hello.txt in the snapshot of delta was written to',
    ],
    [
      'written-into-snapshot',
      { ...wrote, base: tree({ ...base, 'data/new.txt': file('written inside\n') }) },
      'data/new.txt in the snapshot of base was written to',
    ],
    [
      'written-elsewhere',
      { ...wrote, upper: tree({ 'new.txt': file('written inside\n') }) },
      'the upperdir has new.txt',
    ],
    [
      'written-behind',
      { ...wrote, upper: tree({ 'hello.txt': file('hello from delta\nchanged\n') }) },
      'hello.txt in the upperdir begins with "hello from delta"',
    ],
  ],
);
