import { execFileSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { headerFields } from '../../../src/oci/header-fields.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { tar } from './helpers/archives.ts';

const said = (bytes: Uint8Array) =>
  Object.fromEntries(headerFields(bytes).map(({ name, meaning }) => [name, meaning]));

describe('the header of a blob, field by field', () => {
  test('gzip -k keeps the name of the file and its time', async () => {
    const file = join(temporaryDirectory(), 'base-layer.tar');
    writeFileSync(file, 'x'.repeat(1000));
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    const bytes = execFileSync('gzip', ['-k', '-c', file]);
    expect(said(bytes)).toMatchObject({
      'ID1 ID2': 'gzip',
      CM: 'deflate',
      FLG: 'FNAME',
      MTIME: '2023-11-14 22:13:20 UTC',
      OS: 'Unix',
      FNAME: 'base-layer.tar',
    });
  });

  test('gzip -n keeps neither', async () => {
    const file = join(temporaryDirectory(), 'base-layer.tar');
    writeFileSync(file, 'x'.repeat(1000));
    const bytes = execFileSync('gzip', ['-n', '-k', '-c', file]);
    const fields = said(bytes);
    expect(fields.MTIME).toBe('none, as with gzip -n');
    expect(fields.FNAME).toBeUndefined();
  });

  test('fields stand one after the other, up to the data', () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 1, 0, 0, 0, 2, 255]);
    const more = Buffer.concat([
      header,
      Buffer.from([2, 0, 0xaa, 0xbb]),
      Buffer.from('a\0note\0'),
      Buffer.from([1, 2, 3, 4]),
    ]);
    const fields = headerFields(more);
    expect(fields.map(({ name, offset, length }) => [name, offset, length])).toEqual([
      ['ID1 ID2', 0, 2],
      ['CM', 2, 1],
      ['FLG', 3, 1],
      ['MTIME', 4, 4],
      ['XFL', 8, 1],
      ['OS', 9, 1],
      ['XLEN FEXTRA', 10, 4],
      ['FNAME', 14, 2],
      ['FCOMMENT', 16, 5],
      ['CRC16', 21, 2],
      ['data', 23, 2],
    ]);
  });

  test.each([2, 3, 4, 7, 8, 9, 10, 11, 12, 15, 18])('cut after %i bytes', (length) => {
    const whole = Buffer.from([
      0x1f, 0x8b, 8, 28, 1, 0, 0, 0, 2, 3, 255, 255, 65, 66, 67, 68, 69, 70,
    ]);
    const fields = headerFields(whole.subarray(0, length));
    for (const { offset, length: own } of fields) expect(offset + own).toBeLessThanOrEqual(length);
  });

  test('a plain tar', async () => {
    const fields = said(await tar([{ name: 'a', content: 'hi', mode: 0o640, mtime: 86_400 }]));
    expect(fields).toMatchObject({ name: 'a', mode: '000640', size: '2', magic: 'ustar' });
    expect(fields.mtime).toBe('1970-01-02 00:00:00 UTC');
  });

  test('anything else has none', () => {
    expect(headerFields(Buffer.from('{}'))).toEqual([]);
    expect(headerFields(Buffer.alloc(0))).toEqual([]);
    expect(headerFields(gzipSync('x')).length).toBeGreaterThan(0);
  });
});
