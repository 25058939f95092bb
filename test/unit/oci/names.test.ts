import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { architectureOf, architectureOfKernel } from '../../../src/oci/architecture.ts';
import { chainIds } from '../../../src/oci/chain.ts';
import { digestFile, digestStream, sha256, short } from '../../../src/oci/digest.ts';
import { hashOf, parseDigest } from '../../../src/oci/digest-grammar.ts';
import { cleanPath, leavesRoot } from '../../../src/oci/layer-entry.ts';
import { isMarker, whiteoutOf } from '../../../src/oci/whiteout.ts';
import { printable } from '../../../src/text/printable.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { chunks } from './helpers/archives.ts';

const emptyDigest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digest', () => {
  test('of bytes, of a stream and of a file are the same', async () => {
    const bytes = Buffer.from('hello from base\n');
    const measured = { digest: sha256(bytes), size: bytes.length };
    expect(sha256('')).toBe(emptyDigest);
    expect(await digestStream(chunks(bytes, 3))).toEqual(measured);
    const path = `${temporaryDirectory()}/file`;
    expect(await digestFile(path)).toBeUndefined();
    await writeFile(path, bytes);
    expect(await digestFile(path)).toEqual(measured);
  });

  test('a file that is there and cannot be read is an error', async () => {
    await expect(digestFile(temporaryDirectory())).rejects.toThrow('EISDIR');
  });

  test('short', () => {
    expect(short(emptyDigest)).toBe('e3b0c442');
  });
});

describe('digest grammar', () => {
  test.each([
    [emptyDigest, 'sha256'],
    [`sha512:${'0'.repeat(128)}`, 'sha512'],
    [`blake3:${'0'.repeat(64)}`, undefined],
    ['multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8', undefined],
  ])('%s is one, checked by %s', (digest, hash) => {
    expect(parseDigest(digest)).toBeTypeOf('object');
    expect(hashOf(digest)).toBe(hash);
  });

  test.each([
    '',
    'sha256',
    'sha256:',
    ':abc',
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    'a++b:c',
    'a:b:c',
    'a:../..',
  ])('%j is none', (text) => {
    expect(parseDigest(text)).toBeTypeOf('string');
    expect(hashOf(text)).toBeUndefined();
  });
});

test('chain IDs: the first is the DiffID, each other the digest of two', () => {
  const [one, two, three] = [sha256('1'), sha256('2'), sha256('3')];
  const second = sha256(`${one} ${two}`);
  expect(chainIds([one, two, three])).toEqual([one, second, sha256(`${second} ${three}`)]);
  expect(chainIds([])).toEqual([]);
});

// Every architecture that Go builds Linux programs for, by what Node calls itself there.
test.each([
  ['x64', 'LE', 'amd64'],
  ['ia32', 'LE', '386'],
  ['arm64', 'LE', 'arm64'],
  ['arm', 'LE', 'arm'],
  ['ppc64', 'LE', 'ppc64le'],
  ['ppc64', 'BE', 'ppc64'],
  ['s390x', 'BE', 's390x'],
  ['mips', 'BE', 'mips'],
  ['mips', 'LE', 'mipsle'],
  ['mipsel', 'LE', 'mipsle'],
  ['mips64', 'BE', 'mips64'],
  ['mips64', 'LE', 'mips64le'],
  ['mips64el', 'LE', 'mips64le'],
  ['riscv64', 'LE', 'riscv64'],
  ['loong64', 'LE', 'loong64'],
] as const)('architecture %s %s is %s', (node, endianness, go) => {
  expect(architectureOf(node, endianness)).toBe(go);
});

test.each([
  ['x86_64', 'amd64'],
  ['i686', '386'],
  ['i386', '386'],
  ['aarch64', 'arm64'],
  ['armv8l', 'arm64'],
  ['armv7l', 'arm'],
  ['armv6l', 'arm'],
  ['armv5tel', 'arm'],
  ['ppc64le', 'ppc64le'],
  ['ppc64', 'ppc64'],
  ['s390x', 's390x'],
  ['riscv64', 'riscv64'],
  ['loongarch64', 'loong64'],
  ['mips64', undefined],
  ['sparc64', undefined],
  ['', undefined],
])('a kernel that calls its machine %j is for %s', (machine, go) => {
  expect(architectureOfKernel(machine)).toBe(go);
});

test.each([
  ['./', '.', false],
  ['/', '.', false],
  ['./a//b/./c/', 'a/b/c', false],
  ['/etc/passwd', 'etc/passwd', false],
  ['a/b/../c', 'a/c', false],
  ['a/..', '.', false],
  ['../a', '../a', true],
  ['a/../../b', '../b', true],
  ['..', '..', true],
  ['..a', '..a', false],
])('%s stands for %s', (name, path, isOutside) => {
  expect(cleanPath(name)).toBe(path);
  expect(leavesRoot(name)).toBe(isOutside);
});

test.each([
  ['data/.wh.config.txt', { kind: 'hide', path: 'data/config.txt' }],
  ['.wh.a', { kind: 'hide', path: 'a' }],
  ['a/b/.wh..hidden', { kind: 'hide', path: 'a/b/.hidden' }],
  ['a/.wh..wh..opq', { kind: 'opaque', path: 'a' }],
  ['.wh..wh..opq', { kind: 'opaque', path: '.' }],
  ['a/.wh.', undefined],
  ['a/.wh..', undefined],
  ['.wh...', undefined],
])('%s is a marker, and means %j', (path, whiteout) => {
  expect(whiteoutOf(path)).toEqual(whiteout);
  expect(isMarker(path)).toBe(true);
});

test.each(['a', 'a.wh.b', '.wh', '.wh.a/b'])('%s is no marker', (path) => {
  expect(whiteoutOf(path)).toBeUndefined();
  expect(isMarker(path)).toBe(false);
});

test('what a terminal would act upon is escaped', () => {
  expect(printable('a\u001b[31m\u202eb\u0085é')).toBe('a\\u{1b}[31m\\u{202e}b\\u{85}é');
  expect(printable('caf\udce9')).toBe('caf\\xe9');
});
