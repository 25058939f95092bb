import { describe, expect, test } from 'vitest';
import { mountOf, mountsUnder, parseMountinfo } from '../../../src/host/mounts.ts';

const snapshots = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';
const parse = (line: string) => parseMountinfo(`${line}\n`);

describe('parseMountinfo', () => {
  test.each([
    ['no optional field', '22 27 0:21 / /proc rw,nosuid - proc proc rw', '/proc', 'proc'],
    ['one', '22 27 0:21 / /proc rw shared:12 - proc proc rw', '/proc', 'proc'],
    [
      'several',
      '30 1 8:1 / / rw shared:1 master:2 propagate_from:3 - ext4 /dev/sda1 rw',
      '/',
      'ext4',
    ],
    ['an unbindable one', '30 1 8:1 /a /b rw unbindable - xfs /dev/sda1 rw,attr2', '/b', 'xfs'],
  ])('%s', (_, line, target, type) => {
    expect(parse(line)).toMatchObject([{ target, type }]);
  });

  test.each([
    ['a space', '/it\\040is', '/it is'],
    ['a tab, a newline', '/a\\011b\\012c', '/a\tb\nc'],
    ['a backslash', '/a\\134b', '/a\\b'],
    ['a backslash and digits that are no escape', '/a\\134040', '/a\\040'],
    ['another script', '/tést/世界', '/tést/世界'],
    ['a dash between spaces', '/a\\040-\\040b', '/a - b'],
  ])('a target with %s', (_, written, target) => {
    const [mount] = parse(`36 35 0:45 / ${written} rw - tmpfs tmpfs rw,size=1024k`);
    expect(mount).toMatchObject({ target, type: 'tmpfs', source: 'tmpfs' });
    expect(mount?.options.get('size')).toBe('1024k');
  });

  const lower = `${snapshots}/2/fs:${snapshots}/1/fs`;
  test.each([
    ['1.6', `rw,lowerdir=${lower},upperdir=${snapshots}/9/fs,workdir=${snapshots}/9/work`],
    [
      '1.7',
      `rw,lowerdir=${lower},upperdir=${snapshots}/9/fs,workdir=${snapshots}/9/work,uuid=on,redirect_dir=nofollow`,
    ],
    [
      '2.1 in a user namespace',
      `rw,userxattr,uuid=on,workdir=${snapshots}/9/work,upperdir=${snapshots}/9/fs,lowerdir=${lower}`,
    ],
  ])("the root of a container, by containerd's %s", (_, options) => {
    const [mount] = parse(`141 72 0:46 / / rw,relatime - overlay overlay ${options}`);
    expect(mount?.type).toBe('overlay');
    expect(mount?.options.get('lowerdir')).toBe(lower);
    expect(mount?.options.get('upperdir')).toBe(`${snapshots}/9/fs`);
    expect(mount?.options.get('workdir')).toBe(`${snapshots}/9/work`);
    expect(mount?.options.has('rw')).toBe(true);
    expect(mount?.options.get('uuid')).toBe(options.includes('uuid') ? 'on' : undefined);
  });

  test('a path with an equals sign, an escaped space and an escaped comma', () => {
    const [mount] = parse(
      '1 2 0:3 / /m rw - overlay overlay rw,lowerdir=/a\\040b:/c=d,upperdir=/x\\054y',
    );
    expect(mount?.options.get('lowerdir')).toBe('/a b:/c=d');
    expect(mount?.options.get('upperdir')).toBe('/x,y');
  });

  test.each(['', 'nonsense', '1 2 3', '1 2 0:3 / /m rw', ' - tmpfs tmpfs rw'])(
    'passes over a line without its shape: %j',
    (line) => {
      expect(parse(line)).toEqual([]);
    },
  );
});

describe('where a path lies', () => {
  const mounts = parseMountinfo(`
1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:2 / /home rw - tmpfs first rw
3 1 0:3 / /home/me/demo rw - tmpfs demo rw
4 1 0:4 / /home rw - tmpfs second rw
5 3 0:5 / /home/me/demo/overlay/merged rw - overlay overlay rw
6 1 0:6 / /home/me/demo-2 rw - tmpfs other rw
`);

  test.each([
    ['/', '/dev/sda1'],
    ['/srv/a', '/dev/sda1'],
    ['/homely', '/dev/sda1'],
    ['/home', 'second'],
    ['/home/you', 'second'],
    ['/home/me/demo', 'demo'],
    ['/home/me/demo/build/base', 'demo'],
    ['/home/me/demo/overlay/merged/bin', 'overlay'],
  ])('%s lies on %s', (path, source) => {
    expect(mountOf(path, mounts)?.source).toBe(source);
  });

  test('nothing lies nowhere', () => {
    expect(mountOf('/a', [])).toBeUndefined();
  });

  test('mounts under a directory come innermost first, and no neighbours', () => {
    expect(mountsUnder('/home/me/demo', mounts).map(({ target }) => target)).toEqual([
      '/home/me/demo/overlay/merged',
      '/home/me/demo',
    ]);
    expect(mountsUnder('/home/me/demo-3', mounts)).toEqual([]);
  });
});
