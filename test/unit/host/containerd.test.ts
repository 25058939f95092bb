import { describe, expect, test } from 'vitest';
import { complaint, readMountLine, readSnapshotMounts } from '../../../src/host/containerd.ts';

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

test.each([
  ['ctr: image "x": not found\n', 1, 'image "x": not found'],
  ['time="now" level=warning msg="old"\nctr: no such namespace\n', 1, 'no such namespace'],
  ['exec /bin/sh: no such file or directory\n', 1, 'exec /bin/sh: no such file or directory'],
  ['', 124, 'exit code 124'],
  ['\n\n', 3, 'exit code 3'],
])('complaint: %j', (stderr, code, said) => {
  expect(complaint({ stderr, code, stdout: '' })).toBe(said);
});
