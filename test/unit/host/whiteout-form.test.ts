import { describe, expect, test } from 'vitest';
import { parseMountinfo } from '../../../src/host/mounts.ts';
import { type Filesystem, filesystemOf } from '../../../src/host/preflight/filesystem.ts';
import {
  chooseWhiteout,
  mapsUsers,
  type WhiteoutConditions,
} from '../../../src/host/whiteout-form.ts';

const on = (type: string): Filesystem =>
  filesystemOf('/w', parseMountinfo(`22 1 8:1 / / rw - ${type} none rw`));

const plain: WhiteoutConditions = {
  filesystem: on('ext4'),
  inUserNamespace: false,
  asRoot: true,
  kernel: '6.1.0-18-amd64',
};

test.each<[string, Partial<WhiteoutConditions>, 'device' | 'file', RegExp]>([
  ['root on a disk', {}, 'device', /is on ext4, and containerd runs as root/],
  ['an ordinary user', { asRoot: false }, 'device', /is on ext4/],
  ['an overlay', { filesystem: on('overlay') }, 'file', /is on overlayfs, which refuses/],
  ['a disk of another machine', { filesystem: on('nfs4') }, 'file', /is on nfs4/],
  ['memory', { filesystem: on('tmpfs') }, 'device', /is on tmpfs/],
  [
    'a user namespace',
    { inUserNamespace: true, asRoot: false },
    'file',
    /silently skips every device/,
  ],
  ['root of a user namespace', { inUserNamespace: true }, 'file', /user namespace/],
  ['both', { inUserNamespace: true, filesystem: on('overlay') }, 'file', /user namespace/],
  ['an old kernel', { asRoot: false, kernel: '5.4.0-150-generic' }, 'file', /Linux 5\.4\.0/],
  ['an older one', { asRoot: false, kernel: '4.18.0-513.el8' }, 'file', /only root make/],
  ['an old kernel, as root', { kernel: '5.4.0-150-generic' }, 'device', /ext4/],
  ['the first that lets everybody', { asRoot: false, kernel: '5.8.0' }, 'device', /ext4/],
  ['one with a short name', { asRoot: false, kernel: '6.10+' }, 'device', /ext4/],
])('%s', (_, differing, form, because) => {
  const choice = chooseWhiteout({ ...plain, ...differing });
  expect(choice).toEqual({ form, because: expect.stringMatching(because) });
});

test.each([
  ['         0          0 4294967295\n', false],
  ['         0       1000          1\n', true],
  ['         0       1000          1\n         1     100000      65536\n', true],
  // A container whose root is somebody else outside.
  ['         0     165536      65536\n', true],
])('uid_map %j: in a user namespace %s', (map, expected) => {
  expect(mapsUsers(map)).toBe(expected);
});

describe('the ground of a directory', () => {
  const mounts = parseMountinfo(
    [
      '22 1 0:30 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w',
      '23 22 0:31 / /tmp rw - tmpfs tmpfs rw',
      '24 22 8:1 / /mnt/with\\040space rw - ext4 /dev/sda1 rw',
    ].join('\n'),
  );
  test.each([
    ['/root/container-demo', 'overlay', '/'],
    ['/tmp/not/there/yet', 'tmpfs', '/tmp'],
    ['/tmpdir', 'overlay', '/'],
    ['/mnt/with space/demo', 'ext4', '/mnt/with space'],
  ])('%s', (directory, type, target) => {
    expect(filesystemOf(directory, mounts)).toMatchObject({ type, target });
  });

  test('where there is no table to read', () => {
    expect(filesystemOf('/somewhere', [])).toMatchObject({
      type: 'unknown',
      supportsLayers: false,
    });
  });

  test.each([
    ['ext4', true, true],
    ['xfs', true, true],
    ['btrfs', true, true],
    ['tmpfs', true, true],
    ['overlay', true, false],
    ['nfs4', true, false],
    ['9p', true, false],
    ['fuse.fuse-overlayfs', true, false],
    ['fuseblk', true, false],
    ['vfat', false, false],
    ['proc', false, false],
  ])('%s: holds layers %s, carries an overlay %s', (type, supportsLayers, supportsOverlayUpper) => {
    expect(on(type)).toEqual({ type, target: '/', supportsLayers, supportsOverlayUpper });
  });
});
