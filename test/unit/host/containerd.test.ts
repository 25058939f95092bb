import { describe, expect, test } from 'vitest';
import {
  complaint,
  readImages,
  readMountLine,
  readPluginRoot,
  readServerVersion,
  readSnapshotMounts,
  readSnapshots,
  readTasks,
} from '../../../src/host/containerd.ts';

const s = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';

/* What `ctr snapshots view --mounts` and `ctr snapshots mounts` print. */

describe('readSnapshotMounts', () => {
  test.each([
    [
      'two layers, 1.6',
      [
        {
          Type: 'overlay',
          Source: 'overlay',
          Options: ['index=off', `lowerdir=${s}/2/fs:${s}/1/fs`],
        },
      ],
      { lower: [`${s}/1/fs`, `${s}/2/fs`], upper: undefined },
    ],
    [
      'two layers, 1.7',
      [
        {
          Type: 'overlay',
          Source: 'overlay',
          Target: '',
          Options: ['index=off', `lowerdir=${s}/2/fs:${s}/1/fs`],
        },
      ],
      { lower: [`${s}/1/fs`, `${s}/2/fs`], upper: undefined },
    ],
    [
      'two layers, 2.1',
      [
        {
          Type: 'overlay',
          Source: 'overlay',
          Target: '',
          Options: [`lowerdir=${s}/2/fs:${s}/1/fs`, 'index=off'],
        },
      ],
      { lower: [`${s}/1/fs`, `${s}/2/fs`], upper: undefined },
    ],
    [
      'one layer',
      [{ Type: 'bind', Source: `${s}/1/fs`, Options: ['ro', 'rbind'] }],
      { lower: [`${s}/1/fs`], upper: undefined },
    ],
    [
      'one that can be written',
      [
        {
          Type: 'overlay',
          Source: 'overlay',
          Options: ['userxattr', `workdir=${s}/9/work`, `upperdir=${s}/9/fs`, `lowerdir=${s}/1/fs`],
        },
      ],
      { lower: [`${s}/1/fs`], upper: `${s}/9/fs` },
    ],
    [
      'a path with an equals sign and a space',
      [{ Type: 'overlay', Source: 'overlay', Options: ['lowerdir=/a b/x=y/2/fs:/a b/x=y/1/fs'] }],
      { lower: ['/a b/x=y/1/fs', '/a b/x=y/2/fs'], upper: undefined },
    ],
    ['nothing', [], { lower: [], upper: undefined }],
  ])('%s', (_, mounts, expected) => {
    expect(readSnapshotMounts(JSON.stringify(mounts))).toEqual(expected);
  });
});

describe('readMountLine', () => {
  test.each([
    [
      '1.6 and 1.7',
      `index=off,workdir=${s}/13/work,upperdir=${s}/13/fs,lowerdir=${s}/2/fs:${s}/1/fs`,
    ],
    ['2.1', `workdir=${s}/13/work,upperdir=${s}/13/fs,lowerdir=${s}/2/fs:${s}/1/fs,index=off`],
    [
      'a user namespace',
      `index=off,userxattr,workdir=${s}/13/work,upperdir=${s}/13/fs,lowerdir=${s}/2/fs:${s}/1/fs`,
    ],
  ])('%s', (_, options) => {
    expect(readMountLine(`mount -t overlay overlay / -o ${options}\n`)).toEqual({
      lower: [`${s}/1/fs`, `${s}/2/fs`],
      upper: `${s}/13/fs`,
    });
  });

  test('a bind mount has no overlay directories', () => {
    expect(readMountLine(`mount -t bind ${s}/1/fs / -o rw,rbind\n`)).toEqual({
      lower: [],
      upper: undefined,
    });
  });
});

const manifest = 'application/vnd.oci.image.manifest.v1+json';
const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;

/* The tables of 1.6, 1.7 and 2.1: columns as wide as what is in them, spaces at the end of a line. */

test.each<[string, string, [string, string][]]>([
  [
    'two names of one image',
    `REF              TYPE ${' '.repeat(38)} DIGEST ${' '.repeat(64)} SIZE       PLATFORMS   LABELS \n` +
      `example.com/a:1  ${manifest} ${one} 1008.7 KiB linux/amd64 -      \n` +
      `a:1              ${manifest} ${one} 1008.7 KiB linux/amd64 -      \n`,
    [
      ['example.com/a:1', one],
      ['a:1', one],
    ],
  ],
  [
    'one that is not whole, of no platform, with labels',
    `REF TYPE DIGEST SIZE PLATFORMS LABELS\na:1 ${manifest} ${two} -  -  a=b,c=d\n`,
    [['a:1', two]],
  ],
  ['none', 'REF TYPE DIGEST SIZE PLATFORMS LABELS \n', []],
  ['not even a heading', '', []],
])('readImages: %s', (_, table, expected) => {
  expect([...readImages(table)]).toEqual(expected);
});

test('readSnapshots: the first of a chain has no parent, and a key can be any word', () => {
  const table = [
    `KEY ${' '.repeat(68)} PARENT ${' '.repeat(65)} KIND      `,
    `demo ${' '.repeat(67)} ${two} Active    `,
    `${one} ${' '.repeat(72)} Committed `,
    `${two} ${one} Committed `,
    `look ${' '.repeat(67)} ${two} View      `,
    '',
  ].join('\n');
  expect(readSnapshots(table)).toEqual([
    { key: 'demo', parent: two, kind: 'Active' },
    { key: one, parent: undefined, kind: 'Committed' },
    { key: two, parent: one, kind: 'Committed' },
    { key: 'look', parent: two, kind: 'View' },
  ]);
});

test.each<[string, { id: string; pid: number; status: string }[]]>([
  ['TASK    PID    STATUS    \n', []],
  [
    'TASK    PID    STATUS    \ndemo    41     RUNNING\n',
    [{ id: 'demo', pid: 41, status: 'RUNNING' }],
  ],
  [
    'TASK           PID        STATUS    \nmy-first.one    4194303    STOPPED\nb    7    CREATED\n',
    [
      { id: 'my-first.one', pid: 4194303, status: 'STOPPED' },
      { id: 'b', pid: 7, status: 'CREATED' },
    ],
  ],
])('readTasks: %j', (table, expected) => {
  expect(readTasks(table)).toEqual(expected);
});

test.each([
  ['Debian’s 1.6', '1.6.20~ds1', '1.6.20~ds1', '1.6.20'],
  ['Debian’s 1.7', '1.7.24~ds1', '1.7.24~ds1', '1.7.24'],
  ['Debian’s 2.1', '2.1.9+unknown', '2.1.9+unknown', '2.1.9'],
  ['upstream’s', 'v2.0.5', 'v2.0.5', '2.0.5'],
  ['a client that is newer', 'v2.1.1', 'v1.7.27', '1.7.27'],
])('readServerVersion: %s', (_, client, server, expected) => {
  const part = (name: string, version: string) =>
    `${name}:\n  Version:  ${version}\n  Revision: \n  Go version: go1.24.4\n`;
  expect(readServerVersion(`${part('Client', client)}\n${part('Server', server)}`)).toBe(expected);
  // A server that does not answer says nothing, and the client's part is printed all the same.
  expect(readServerVersion(part('Client', client))).toBe('unknown');
});

test.each([
  ['ctr: image "x": not found\n', 1, 'image "x": not found'],
  [
    'time="now" level=warning msg="Failed to check deprecations"\nctr: cannot access socket /x: stat /x: no such file or directory\n',
    1,
    'cannot access socket /x: stat /x: no such file or directory',
  ],
  [
    'ctr: failed to dial "/x": context deadline exceeded\n',
    1,
    'failed to dial "/x": context deadline exceeded',
  ],
  ['time="now" level=warning msg="old"\nctr: no such namespace\n', 1, 'no such namespace'],
  ['exec /bin/sh: no such file or directory\n', 1, 'exec /bin/sh: no such file or directory'],
  ['', 124, 'exit code 124'],
  ['\n\n', 3, 'exit code 3'],
])('complaint: %j', (stderr, code, said) => {
  expect(complaint({ stderr, code, stdout: '' })).toBe(said);
});

test.each([
  [
    'containerd 1.6',
    `Type:          io.containerd.snapshotter.v1
ID:            overlayfs
Platforms:     linux/amd64
Exports:
               root      /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs
`,
    '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs',
  ],
  ['one that could not start', 'Type: io.containerd.snapshotter.v1\nID: overlayfs\n', undefined],
  ['none', '', undefined],
])('readPluginRoot: %s', (_, details, expected) => {
  expect(readPluginRoot(details)).toBe(expected);
});
