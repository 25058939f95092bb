/** Names on which Node and Go disagree. The others (`arm64`, `arm`, `s390x`, `riscv64`, `loong64`) are the same. */
const nodeToGo = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  // Little-endian MIPS is an architecture of its own for Node, as builds of it call themselves.
  ['mipsel', 'mipsle'],
  ['mips64el', 'mips64le'],
]);

/** Families for which Go says the byte order in the name and Node does not. */
const littleEndianNames = new Map([
  ['ppc64', 'ppc64le'],
  ['mips', 'mipsle'],
  ['mips64', 'mips64le'],
]);

/**
 * The GOARCH name of a Node architecture, as an image config's `architecture` wants it.
 *
 * @param nodeArch `process.arch` or `os.arch()`
 * @param endianness `os.endianness()`
 * @see OCI image spec, config.md "Properties", architecture
 */
export function architectureOf(nodeArch: string, endianness: 'LE' | 'BE'): string {
  const name = nodeToGo.get(nodeArch) ?? nodeArch;
  return endianness === 'LE' ? (littleEndianNames.get(name) ?? name) : name;
}

/** Those of Linux, and of the others that images are for. */
const goArchitectures = new Set(
  'amd64 386 arm arm64 ppc64 ppc64le s390x riscv64 loong64 mips mipsle mips64 mips64le wasm'.split(
    ' ',
  ),
);

/** Whether a name is one of those that Go has for architectures. */
export function isGoArchitecture(name: string): boolean {
  return goArchitectures.has(name);
}

/** Families of names that kernels give themselves (uname(2), machine). */
const machinePatterns: readonly (readonly [RegExp, string])[] = [
  [/^x86_64$/, 'amd64'],
  [/^i[3-6]86$/, '386'],
  [/^(aarch64|arm64)$/, 'arm64'],
  // An arm64 kernel calls itself so to a 32-bit program that has asked for its own kind.
  [/^armv8[bl]$/, 'arm64'],
  [/^armv[5-7]/, 'arm'],
  [/^ppc64le$/, 'ppc64le'],
  [/^ppc64$/, 'ppc64'],
  [/^s390x$/, 's390x'],
  [/^riscv64$/, 'riscv64'],
  [/^loongarch64$/, 'loong64'],
];

/**
 * The GOARCH name of what a kernel calls its machine; `undefined` for one that says too little (`mips`,
 * of either byte order) or that Go has no name for.
 *
 * @param machine the last field but one of `uname -a`, or `/proc/sys/kernel/arch`
 */
export function architectureOfKernel(machine: string): string | undefined {
  return machinePatterns.find(([pattern]) => pattern.test(machine))?.[1];
}
