/** A value that every POSIX shell reads back as it is. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The same for a line that is shown to be pasted: most values need no quotes there, in any shell. */
export function shellQuoteIfNeeded(value: string, quote = shellQuote): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : quote(value);
}
