/** A value that every POSIX shell reads back as it is. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
