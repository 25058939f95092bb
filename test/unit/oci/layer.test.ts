import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/oci/digest.ts';
import { BadLayer, readLayer } from '../../../src/oci/layer.ts';
import { openLayout } from '../../../src/oci/layout/open-layout.ts';
import { tarEntries } from '../../../src/oci/tar-entries.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { chunks, collect, type Item, patched, tar } from './helpers/archives.ts';

const read = (bytes: Buffer, options?: { keep?: number }, size?: number) =>
  readLayer(chunks(bytes, size), options);
const names = async (bytes: Buffer) => (await read(bytes)).entries.map(({ name }) => name);

describe('entries', () => {
  const common = { mode: 0o644, uid: 0, gid: 0, mtime: 1_735_689_600, size: 0 };
  test.each<[Item, object]>([
    [{ name: './' }, { name: './', path: '.', kind: 'directory', ...common, mode: 0o755 }],
    [
      { name: './bin/', mode: 0o2755, uid: 7, gid: 8 },
      { name: './bin/', path: 'bin', kind: 'directory', ...common, mode: 0o2755, uid: 7, gid: 8 },
    ],
    [
      { name: 'hello.txt', content: 'hello' },
      {
        name: 'hello.txt',
        path: 'hello.txt',
        kind: 'file',
        ...common,
        size: 5,
        digest: sha256('hello'),
      },
    ],
    [
      { name: 'bin/sh', type: 'symlink', linkname: 'busybox' },
      { name: 'bin/sh', path: 'bin/sh', kind: 'symlink', ...common, link: 'busybox' },
    ],
    [
      { name: 'b', type: 'link', linkname: './a' },
      { name: 'b', path: 'b', kind: 'hardlink', ...common, link: './a' },
    ],
    [
      { name: 'data/.wh.c', type: 'character-device', devmajor: 0, devminor: 0 },
      { name: 'data/.wh.c', path: 'data/.wh.c', kind: 'character', ...common, major: 0, minor: 0 },
    ],
    [
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'null', path: 'null', kind: 'character', ...common, major: 1, minor: 3 },
    ],
    [
      { name: 'pipe', type: 'fifo' },
      { name: 'pipe', path: 'pipe', kind: 'fifo', ...common },
    ],
    [
      { name: 'p', pax: { mtime: '1735689600.25', uid: '3000000', path: 'ü'.repeat(80) } },
      {
        ...{ name: 'ü'.repeat(80), path: 'ü'.repeat(80), kind: 'file', ...common },
        ...{ mtime: 1_735_689_600.25, uid: 3_000_000, digest: sha256('') },
      },
    ],
    [
      { name: `${'long/'.repeat(40)}name`, content: 'x' },
      {
        ...{ name: `${'long/'.repeat(40)}name`, path: `${'long/'.repeat(40)}name`, kind: 'file' },
        ...{ ...common, size: 1, digest: sha256('x') },
      },
    ],
  ])('%j', async (item, entry) => {
    const bytes = await tar([item]);
    expect(await read(bytes)).toEqual({
      entries: [entry],
      diffId: sha256(bytes),
      size: bytes.length,
    });
    expect((await read(bytes, {}, 100)).entries).toEqual([entry]);
  });

  test('content is kept up to a size', async () => {
    const bytes = await tar([
      { name: 'small', content: 'ab' },
      { name: 'large', content: 'abc' },
      { name: 'empty' },
    ]);
    const { entries } = await read(bytes, { keep: 2 });
    expect(entries.map(({ content }) => content?.toString())).toEqual(['ab', undefined, '']);
    expect((await read(bytes)).entries.every(({ content }) => content === undefined)).toBe(true);
  });

  test('names that are no UTF-8 stay apart', async () => {
    const bytes = await tar(['caf_', 'caf-']);
    bytes[3] = 0xe9;
    bytes[512 + 3] = 0xe8;
    const first = patched(bytes, 0, 'caf\xe9');
    const second = patched(bytes.subarray(512), 0, 'caf\xe8');
    const both = Buffer.concat([first.subarray(0, 512), second]);
    expect(await names(both)).toEqual(['caf\udce9', 'caf\udce8']);
  });

  test('attributes by what wrote them, bytes that are no text in hex', async () => {
    const pax = {
      'SCHILY.xattr.user.text': 'as it stands',
      'SCHILY.xattr.user.hex': '0x01',
      'SCHILY.xattr.user.empty': '',
      'SCHILY.xattr.security.capability': '\x01\0',
      'LIBARCHIVE.xattr.user.text': 'b3RoZXI=',
      'LIBARCHIVE.xattr.user.a%20b': 'YjY0',
      'SCHILY.acl.access': 'user::rw-',
      'SCHILY.acl.default': '',
      'RHT.security.selinux': 'system_u:object_r:bin_t:s0',
      comment: 'none',
    };
    const { entries } = await read(await tar([{ name: 'a', pax }, 'b']));
    expect(entries.map(({ xattrs }) => xattrs)).toEqual([
      {
        'RHT.security.selinux': 'system_u:object_r:bin_t:s0',
        'SCHILY.acl.access': 'user::rw-',
        'security.capability': '0x0100',
        'user.a b': 'b64',
        'user.hex': '0x30783031',
        'user.text': 'as it stands',
      },
      undefined,
    ]);
  });

  test('a time before 1970, in two’s complement', async () => {
    const bytes = patched(await tar(['a']), 136, '\xff'.repeat(12));
    expect((await read(bytes)).entries).toMatchObject([{ mtime: -1 }]);
  });

  test('a global pax header says nothing of the entries, as with Go', async () => {
    const records = await tar([{ name: 'pax_global_header', content: '9 uid=77\n' }]);
    const global = patched(records, 156, 'g').subarray(0, 1024);
    const { entries } = await read(Buffer.concat([global, await tar(['a'])]));
    expect(entries).toMatchObject([{ name: 'a', uid: 0 }]);
  });

  test('a directory of an incremental archive is a directory', async () => {
    const bytes = patched(
      await tar([{ name: 'd/', content: 'Yname\0', type: 'file' }, 'a']),
      156,
      'D',
    );
    expect((await read(bytes)).entries).toMatchObject([
      { path: 'd', kind: 'directory', size: 0 },
      { path: 'a', kind: 'file' },
    ]);
  });

  test('before ustar a slash told a directory', async () => {
    const bytes = await tar([{ name: 'dir', type: 'file' }]);
    const old = patched(patched(bytes, 0, 'dir/'), 257, '\0'.repeat(8));
    expect((await read(old)).entries).toMatchObject([{ path: 'dir', kind: 'directory' }]);
  });

  test('Go before 1.8 wrote a prefix under GNU magic', async () => {
    const bytes = patched(patched(await tar(['foo']), 257, 'ustar  \0'), 345, 'some/prefix');
    expect(await names(bytes)).toEqual(['some/prefix/foo']);
    const times = patched(patched(await tar(['foo']), 257, 'ustar  \0'), 345, '14713521600\0');
    expect(await names(times)).toEqual(['foo']);
  });

  test('a link that claims a size has no content', async () => {
    const bytes = await tar([{ name: 'a', type: 'symlink', linkname: 'b' }, 'c']);
    expect(await names(patched(bytes, 124, '00000001000\0'))).toEqual(['a', 'c']);
  });

  test('content that is left in the middle is passed over', async () => {
    const bytes = await tar([{ name: 'a', content: 'x'.repeat(3000) }, 'b']);
    const found: string[] = [];
    for await (const { entry, content } of tarEntries(chunks(bytes, 700))) {
      found.push(entry.name);
      for await (const _ of content) break;
    }
    expect(found).toEqual(['a', 'b']);
  });

  test('a source may give nothing now and then', async () => {
    const bytes = await tar([{ name: 'a', content: 'x'.repeat(3000) }, 'b']);
    async function* source() {
      for await (const chunk of chunks(bytes, 700)) yield* [new Uint8Array(), chunk];
      yield new Uint8Array();
    }
    const { entries } = await readLayer(source());
    expect(entries).toMatchObject([{ digest: sha256('x'.repeat(3000)) }, { name: 'b' }]);
  });

  test('a pax header without records says nothing', async () => {
    const empty = patched(await tar(['x']), 156, 'x').subarray(0, 512);
    const bytes = Buffer.concat([empty, await tar([{ name: 'a', content: 'hello' }, 'b'])]);
    expect((await read(bytes)).entries).toMatchObject([
      { name: 'a', digest: sha256('hello') },
      { name: 'b' },
    ]);
  });

  test('some writers add signed bytes', async () => {
    const bytes = patched(await tar([{ name: 'a', content: 'hello' }]), 0, '\xe9');
    const sum = Number.parseInt(bytes.toString('latin1', 148, 154), 8) - 256;
    bytes.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
    expect((await read(bytes)).entries).toMatchObject([{ name: '\udce9', size: 5 }]);
  });

  test('offsets say where content stands', async () => {
    const bytes = await tar([
      'd/',
      { name: 'd/f', content: 'here' },
      { name: 'g', content: 'there' },
    ]);
    const found: string[] = [];
    for await (const { entry, offset } of tarEntries(chunks(bytes))) {
      found.push(bytes.toString('utf8', offset, offset + entry.size));
    }
    expect(found).toEqual(['', 'here', 'there']);
  });
});

describe('sparse files', () => {
  /** Ten bytes, of which 2 to 4 and 7 to 8 are stored. */
  const whole = Buffer.from('\0\0abc\0\0de\0', 'latin1');
  const map = '2,3,7,2';
  const record = (keyword: string, value: string) => {
    const rest = ` ${keyword}=${value}\n`;
    const length = [1, 2, 3]
      .map((digits) => rest.length + digits)
      .find((all, at) => `${all}`.length === at + 1);
    return `${length}${rest}`;
  };
  const inParts = ['2', '3', '7', '2'].map((value, at) =>
    record(`GNU.sparse.${at % 2 === 0 ? 'offset' : 'numbytes'}`, value),
  );
  const one = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' };
  const inContent = (lines: string) => `${lines}${'\0'.repeat(512 - lines.length)}abcde`;

  test.each<[string, Item]>([
    [
      '0.1',
      {
        name: 'a',
        content: 'abcde',
        pax: { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': map },
      },
    ],
    [
      '1.0',
      {
        name: 'GNUSparseFile.0/a',
        content: inContent('2\n2\n3\n7\n2\n'),
        pax: { ...one, 'GNU.sparse.name': 'a', 'GNU.sparse.realsize': '10' },
      },
    ],
  ])('%s', async (_, item) => {
    const bytes = await tar([item, 'b']);
    for (const size of [65_536, 512, 7]) {
      const { entries } = await read(bytes, { keep: 100 }, size);
      expect(entries).toMatchObject([
        { name: 'a', size: 10, digest: sha256(whole), content: whole },
        { name: 'b' },
      ]);
    }
  });

  test('0.0, whose records come more than once', async () => {
    const records = [
      record('GNU.sparse.size', '10'),
      record('GNU.sparse.numblocks', '2'),
      ...inParts,
    ].join('');
    const [header, file] = [
      await tar([{ name: 'x', content: records }]),
      await tar([{ name: 'a', content: 'abcde' }]),
    ];
    const bytes = Buffer.concat([patched(header, 156, 'x').subarray(0, 1024), file]);
    const { entries } = await read(bytes, { keep: 100 });
    expect(entries).toMatchObject([{ name: 'a', size: 10, content: whole }]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['no size', { 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': map }, 'abcde'],
    [
      'pieces beyond the size',
      { 'GNU.sparse.size': '8', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': map },
      'abcde',
    ],
    [
      'pieces that overlap',
      { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': '2,3,4,2' },
      'abcde',
    ],
    [
      'more content than pieces',
      { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': map },
      'abcdef',
    ],
    [
      'a map that is no numbers',
      { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '2,x' },
      'abcde',
    ],
    [
      'another number of pieces',
      { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '3', 'GNU.sparse.map': map },
      'abcde',
    ],
    ['no number of pieces', { 'GNU.sparse.size': '10', 'GNU.sparse.map': '2,3,7,2' }, 'abcde'],
    ['a map that does not end', { ...one, 'GNU.sparse.realsize': '10' }, '9\n1\n'],
    [
      'more pieces than there can be',
      { ...one, 'GNU.sparse.realsize': '10' },
      inContent('99999999\n'),
    ],
  ])('%s: refused', async (_, pax, content) => {
    await expect(read(await tar([{ name: 'a', content, pax }]))).rejects.toThrow(BadLayer);
  });

  test('one that would be zeros without end has no digest', async () => {
    const pax = {
      'GNU.sparse.size': '9007199254740991',
      'GNU.sparse.numblocks': '1',
      'GNU.sparse.map': '0,1',
    };
    const { entries } = await read(await tar([{ name: 'a', content: 'x', pax }, 'b']));
    expect(entries).toMatchObject([{ size: 9_007_199_254_740_991 }, { name: 'b' }]);
    expect(entries[0]?.digest).toBeUndefined();
  });

  test('in the archive of a layout', async () => {
    const pax = { 'GNU.sparse.size': '10', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': map };
    const path = join(temporaryDirectory(), 'layout.tar');
    await writeFile(path, await tar([{ name: 'blobs/a', content: 'abcde', pax }]));
    const files = await openLayout(path);
    expect(await files.stat('blobs/a')).toMatchObject({ kind: 'file', size: 10 });
    expect(await collect(files.read('blobs/a'))).toEqual(whole);
  });
});

describe('the end of the archive', () => {
  const one = tar([{ name: 'a', content: 'a' }]);
  const other = tar(['evil']);

  test.each<[string, (archive: Buffer) => Promise<Buffer> | Buffer]>([
    ['the marker', (archive) => archive],
    ['padding to a tape block', (archive) => Buffer.concat([archive, Buffer.alloc(8192)])],
    ['padding that is no whole block', (archive) => Buffer.concat([archive, Buffer.alloc(408)])],
    ['garbage after the marker', (archive) => Buffer.concat([archive, Buffer.from('garbage')])],
    ['another archive', async (archive) => Buffer.concat([archive, await other])],
    ['one zero block', (archive) => archive.subarray(0, -512)],
    ['no marker', (archive) => archive.subarray(0, -1024)],
    ['no padding, and no marker', (archive) => archive.subarray(0, 513)],
  ])('%s', async (_, change) => {
    const bytes = await change(await one);
    for (const size of [65_536, 512, 511, 1]) {
      const layer = await read(bytes, {}, size);
      expect(layer.entries.map(({ name }) => name)).toEqual(['a']);
      expect(layer).toMatchObject({ diffId: sha256(bytes), size: bytes.length });
    }
  });

  test('no bytes at all are an empty archive', async () => {
    expect(await read(Buffer.alloc(0))).toMatchObject({ entries: [], size: 0 });
  });
});

test('a pax size may be padded with zeros, as Go pads it', async () => {
  const size = '3'.padStart(24, '0');
  const layer = await read(await tar([{ name: 'a', content: 'abc', pax: { size } }, 'b']));
  expect(layer.entries.map(({ name }) => name)).toEqual(['a', 'b']);
});

describe('what is no archive', () => {
  const file = tar([{ name: 'a', content: 'x'.repeat(2000) }, 'b']);
  const paxed = tar([{ name: 'a', content: 'abc', pax: { size: '999999' } }]);
  const link = tar([{ name: 'a', type: 'symlink', linkname: 'b', pax: { size: '512' } }, 'b']);

  test.each<[string, (archive: Buffer) => Promise<Buffer> | Buffer]>([
    ['a file cut short', (archive) => archive.subarray(0, 1000)],
    ['a header cut short', (archive) => archive.subarray(0, 100)],
    ['padding cut short', (archive) => archive.subarray(0, 512 + 2001)],
    ['a pax header cut short', async () => (await paxed).subarray(0, 520)],
    ['text', () => Buffer.from('this is no archive\n'.repeat(100))],
    ['random bytes', () => Buffer.from(sha256('x').repeat(100))],
    ['a wrong checksum', (archive) => Buffer.concat([Buffer.from('z'), archive.subarray(1)])],
    ['a size that is no number', (archive) => patched(archive, 124, 'abcdefghijk\0')],
    ['a negative size', (archive) => patched(archive, 124, '\xff'.repeat(12))],
    ['a size beyond all numbers', (archive) => patched(archive, 124, `\x80${'\xff'.repeat(11)}`)],
    ['a size beyond the end', (archive) => patched(archive, 124, '77777777777\0')],
    ['a pax size beyond the end', () => paxed],
    ['a link with a pax size', () => link],
    ['an owner that is no number', (archive) => patched(archive, 108, 'zzzzzzz\0')],
    [
      'a sparse file in the old GNU form',
      (archive) => patched(patched(archive, 156, 'S'), 482, '1'),
    ],
    ['a header after a zero block', (archive) => Buffer.concat([Buffer.alloc(512), archive])],
  ])('%s', async (_, change) => {
    const bytes = await change(await file);
    for (const size of [65_536, 512, 7]) {
      await expect(read(bytes, {}, size)).rejects.toThrow(BadLayer);
    }
  });

  test('errors of the source pass through', async () => {
    async function* failing() {
      yield (await file).subarray(0, 1000);
      throw new RangeError('the disk is gone');
    }
    await expect(readLayer(failing())).rejects.toThrow(RangeError);
  });

  test('who stops early ends the source', async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield (await file).subarray(0, 512 + 2048);
      } finally {
        isClosed = true;
      }
    }
    for await (const { entry } of tarEntries(source())) if (entry.name === 'a') break;
    await expect.poll(() => isClosed).toBe(true);
  });
});
