/** Names on which Node and Go disagree. The others (`arm64`, `arm`, `s390x`, `riscv64`, `loong64`) are the same. */
const NODE_TO_GO = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
]);

/** Families for which Go says the byte order in the name and Node does not. */
const LITTLE_ENDIAN_NAMES = new Map([
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
  // Node calls little-endian 32-bit MIPS "mipsel".
  if (nodeArch === 'mipsel') return 'mipsle';
  const name = NODE_TO_GO.get(nodeArch) ?? nodeArch;
  return endianness === 'LE' ? (LITTLE_ENDIAN_NAMES.get(name) ?? name) : name;
}
