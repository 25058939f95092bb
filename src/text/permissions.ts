/** A file's mode as `ls -l` shows it, without the type: `rwxr-xr-x`, with s and t where they apply. */
export function permissions(mode: number): string {
  const triple = (shift: number, special: number, letter: string) => {
    const bits = (mode >> shift) & 7;
    const plain = bits & 1 ? 'x' : '-';
    const last = mode & special ? (bits & 1 ? letter : letter.toUpperCase()) : plain;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  return [triple(6, 0o4000, 's'), triple(3, 0o2000, 's'), triple(0, 0o1000, 't')].join('');
}
