/** Names that differ between Node and Go; others (`arm64`, `arm`, `s390x`, `riscv64`, `loong64`) are the same. */
const nodeToGo = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  // Node has a separate name for little-endian MIPS.
  ['mipsel', 'mipsle'],
  ['mips64el', 'mips64le'],
]);

/** Architectures whose byte order is in Go's name but not in Node's. */
const littleEndianNames = new Map([
  ['ppc64', 'ppc64le'],
  ['mips', 'mipsle'],
  ['mips64', 'mips64le'],
]);

/**
 * The GOARCH name of a Node architecture, which an image config's `architecture` needs.
 *
 * @param nodeArch `process.arch` or `os.arch()`
 * @param endianness `os.endianness()`
 * @see OCI image spec, config.md "Properties", architecture
 */
export function architectureOf(nodeArch: string, endianness: 'LE' | 'BE'): string {
  const name = nodeToGo.get(nodeArch) ?? nodeArch;
  return endianness === 'LE' ? (littleEndianNames.get(name) ?? name) : name;
}

/** GOARCH names for Linux, and for other systems that have images. */
const goArchitectures = new Set(
  'amd64 386 arm arm64 ppc64 ppc64le s390x riscv64 loong64 mips mipsle mips64 mips64le wasm'.split(
    ' ',
  ),
);

/** Whether it's a GOARCH name. */
export function isGoArchitecture(name: string): boolean {
  return goArchitectures.has(name);
}

/** The names that kernels use for their machine (uname(2)). */
const machinePatterns: readonly (readonly [RegExp, string])[] = [
  [/^x86_64$/, 'amd64'],
  [/^i[3-6]86$/, '386'],
  [/^(aarch64|arm64)$/, 'arm64'],
  // The name that an arm64 kernel reports to a 32-bit program with a 32-bit personality.
  [/^armv8[bl]$/, 'arm64'],
  [/^armv[5-7]/, 'arm'],
  [/^ppc64le$/, 'ppc64le'],
  [/^ppc64$/, 'ppc64'],
  [/^s390x$/, 's390x'],
  [/^riscv64$/, 'riscv64'],
  [/^loongarch64$/, 'loong64'],
];

/**
 * The GOARCH name for a kernel's machine name; `undefined` if it's ambiguous (`mips` has either byte
 * order) or Go has no name for it.
 *
 * @param machine the last field but one of `uname -a`, or `/proc/sys/kernel/arch`
 */
export function architectureOfKernel(machine: string): string | undefined {
  return machinePatterns.find(([pattern]) => pattern.test(machine))?.[1];
}
