import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { describe, expect, test } from 'vitest';
import { architectureOf } from '../../../src/oci/architecture.ts';
import { readElf } from '../../../src/oci/elf.ts';

interface Shape {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly isLittle: boolean;
  readonly interpreter?: string;
}

/** An ELF header, one other program header, and one for the interpreter if there is any. */
function elf({ machine, bits, isLittle, interpreter }: Shape): Buffer {
  const is64 = bits === 64;
  const bytes = Buffer.alloc(256);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (at: number, value: number) =>
    is64 ? view.setBigUint64(at, BigInt(value), isLittle) : view.setUint32(at, value, isLittle);
  const [table, entrySize] = is64 ? [64, 56] : [52, 32];
  bytes.write('\x7fELF', 'latin1');
  bytes[4] = is64 ? 2 : 1;
  bytes[5] = isLittle ? 1 : 2;
  view.setUint16(18, machine, isLittle);
  word(is64 ? 32 : 28, table);
  view.setUint16(is64 ? 54 : 42, entrySize, isLittle);
  view.setUint16(is64 ? 56 : 44, interpreter === undefined ? 1 : 2, isLittle);
  view.setUint32(table, 1, isLittle);
  if (interpreter !== undefined) {
    const header = table + entrySize;
    view.setUint32(header, 3, isLittle);
    word(header + (is64 ? 8 : 4), 200);
    word(header + (is64 ? 32 : 16), interpreter.length + 1);
    bytes.write(interpreter, 200);
  }
  return bytes;
}

describe('ELF', () => {
  test.each([
    [{ machine: 62, bits: 64, isLittle: true }, 'amd64'],
    [{ machine: 183, bits: 64, isLittle: true }, 'arm64'],
    [{ machine: 40, bits: 32, isLittle: true }, 'arm'],
    [{ machine: 3, bits: 32, isLittle: true }, '386'],
    [{ machine: 21, bits: 64, isLittle: true }, 'ppc64le'],
    [{ machine: 21, bits: 64, isLittle: false }, 'ppc64'],
    [{ machine: 22, bits: 64, isLittle: false }, 's390x'],
    [{ machine: 243, bits: 64, isLittle: true }, 'riscv64'],
    [{ machine: 258, bits: 64, isLittle: true }, 'loong64'],
    [{ machine: 8, bits: 64, isLittle: true }, 'mips64le'],
    [{ machine: 8, bits: 64, isLittle: false }, 'mips64'],
    [{ machine: 8, bits: 32, isLittle: true }, 'mipsle'],
    [{ machine: 8, bits: 32, isLittle: false }, 'mips'],
    // Big-endian arm, the x32 ABI, 32-bit s390 and riscv32: Go builds for none of them.
    [{ machine: 40, bits: 32, isLittle: false }, undefined],
    [{ machine: 62, bits: 32, isLittle: true }, undefined],
    [{ machine: 22, bits: 32, isLittle: false }, undefined],
    [{ machine: 243, bits: 32, isLittle: true }, undefined],
    [{ machine: 9999, bits: 64, isLittle: true }, undefined],
  ] as const)('%j is %s, static or dynamic', (shape, architecture) => {
    expect(readElf(elf(shape))).toEqual({ architecture, interpreter: undefined });
    const interpreter = '/lib/ld.so';
    expect(readElf(elf({ ...shape, interpreter }))).toEqual({ architecture, interpreter });
  });

  test('of the program that runs this', () => {
    const found = readElf(readFileSync(process.execPath));
    expect(found?.architecture).toBe(architectureOf(process.arch, endianness()));
    expect(found?.interpreter).toMatch(/^\/.*ld/);
  });

  const whole = elf({ machine: 62, bits: 64, isLittle: true, interpreter: '/lib/ld.so' });
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\n'.repeat(20))],
    ['a header cut short', whole.subarray(0, 40)],
    ['program headers cut short', whole.subarray(0, 70)],
    ['an interpreter cut short', whole.subarray(0, 205)],
  ])('%s is not readable', (_, bytes) => {
    expect(readElf(bytes)).toBeUndefined();
  });
});
