/** What an ELF file says about the machine and the dynamic linker it needs. */
export interface Elf {
  /** GOARCH name (`amd64`, `arm64`, …), or `undefined` for a machine Go has no name for. */
  readonly architecture: string | undefined;
  /** The dynamic linker (PT_INTERP). `undefined` for a static executable: it runs alone in an image. */
  readonly interpreter: string | undefined;
}

const elfMagic = 0x7f454c46;
const ptInterp = 3;

/** e_machine to GOARCH, for little-endian and for big-endian files of either word size. */
const machines: ReadonlyMap<
  number,
  { le32?: string; be32?: string; le64?: string; be64?: string }
> = new Map([
  [3, { le32: '386' }],
  [8, { le32: 'mipsle', be32: 'mips', le64: 'mips64le', be64: 'mips64' }],
  [21, { le64: 'ppc64le', be64: 'ppc64' }],
  [22, { be64: 's390x' }],
  [40, { le32: 'arm' }],
  [62, { le64: 'amd64' }],
  [183, { le64: 'arm64' }],
  [243, { le64: 'riscv64' }],
  [258, { le64: 'loong64' }],
]);

/**
 * Reads an ELF header and its program headers.
 *
 * @param bytes the file; its program headers and interpreter string must be within
 * @returns `undefined` if this is not ELF, or is cut short or malformed
 */
export function readElf(bytes: Uint8Array): Elf | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 52 || view.getUint32(0) !== elfMagic) return undefined;
  const is64 = view.getUint8(4) === 2;
  const little = view.getUint8(5) === 1;
  try {
    return {
      architecture: architecture(view, is64, little),
      interpreter: interpreter(view, is64, little),
    };
  } catch (error) {
    // An offset in the file points outside of it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function architecture(view: DataView, is64: boolean, little: boolean): string | undefined {
  const machine = machines.get(view.getUint16(18, little));
  return machine?.[`${little ? 'le' : 'be'}${is64 ? '64' : '32'}`];
}

function interpreter(view: DataView, is64: boolean, little: boolean): string | undefined {
  const word = (at: number) =>
    is64 ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const tableOffset = word(is64 ? 32 : 28);
  const entrySize = view.getUint16(is64 ? 54 : 42, little);
  const entries = view.getUint16(is64 ? 56 : 44, little);
  for (let index = 0; index < entries; index++) {
    const header = tableOffset + index * entrySize;
    if (view.getUint32(header, little) !== ptInterp) continue;
    const offset = word(header + (is64 ? 8 : 4));
    const size = word(header + (is64 ? 32 : 16));
    if (offset + size > view.byteLength) throw new RangeError('interpreter outside of the file');
    const text = Buffer.from(view.buffer, view.byteOffset + offset, size).toString('latin1');
    return text.replace(/\0.*$/s, '');
  }
  return undefined;
}
