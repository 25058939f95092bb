/** A value that every POSIX shell reads back as it is. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The same for a line that is shown to be pasted: most values need no quotes there. */
export function quotedIfNeeded(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : quoted(value);
}
