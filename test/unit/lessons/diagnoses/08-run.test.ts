import {
  firstRules,
  type SeenContainer,
  type SeenNamespaces,
  type SeenWrites,
  secondRules,
  sharedNetwork,
  tagGone,
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
const task = (id: string, status = 'RUNNING') => ({ id, pid: 42, status });

/** The mistakes with a container of this name, whose ids begin with this. */
function containerTables(
  name: string,
  prefix: string,
  step: string,
  rules: typeof firstRules,
): void {
  const own = (parent: string | undefined) => ({ key: name, parent, kind: 'Active' });
  const running: SeenContainer = {
    name,
    tasks: [task(name)],
    containers: [name],
    command: ['/bin/busybox', 'sleep', '86400'],
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
    'only the other container of the lesson runs': {
      ...gone,
      tasks: [task('demo'), task('demo2')].filter(({ id }) => id !== name),
    },
    'nothing is imported yet': {
      ...gone,
      snapshots: [],
      image: undefined,
      manifest: undefined,
      chain: [],
    },
  };

  mistakeTable(`08-run/${step}/running`, rules.running, innocent, [
    [`${prefix}-stopped`, seen({ tasks: [task(name, 'STOPPED')] })],
    [`${prefix}-command-not-found`, seen({ tasks: [], command: ['sleep', '86400'] })],
    [`${prefix}-without-task`, seen({ tasks: [] })],
    [`${prefix}-without-task`, seen({ tasks: [], command: ['sh'] })],
    [`${prefix}-without-task`, seen({ tasks: [], command: [] })],
    [`${prefix}-snapshot-left`, seen({ tasks: [], containers: [] })],
    [`${prefix}-other-name`, { ...gone, tasks: [task('demo1')], containers: ['demo1'] }],
    [`${prefix}-elsewhere`, { ...gone, elsewhere: ['default'] }],
  ]);

  mistakeTable(`08-run/${step}/image`, rules.image, innocent, [
    [`${prefix}-without-snapshot`, seen({ snapshots: layers })],
    [`${prefix}-of-other-image`, seen({ snapshots: [...layers, own(bottom)] })],
    [`${prefix}-of-other-image`, seen({ snapshots: [...layers, own(sha256('other'))] })],
  ]);

  mistakeTable(`08-run/${step}/tag`, [tagGone], innocent, [
    ['tag-gone', seen({ image: undefined })],
  ]);

  mistakeTable(`08-run/gone/${name}`, rules.gone, innocent, [
    [`${prefix}-stopped`, seen({ tasks: [task(name, 'STOPPED')] })],
    [`${prefix}-without-task`, seen({ tasks: [] })],
    [`${prefix}-snapshot-left`, seen({ tasks: [], containers: [] })],
  ]);
}

containerTables('demo', 'container', 'start', firstRules);
containerTables('demo2', 'second', 'second', secondRules);

const isolated: SeenNamespaces = { shared: ['user'] };

mistakeTable(
  '08-run/isolated/namespaces',
  [sharedNetwork],
  { 'only the user namespace is shared': isolated },
  [['container-on-host-network', { shared: ['net', 'user'] }]],
);

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
