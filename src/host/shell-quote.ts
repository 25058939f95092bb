/** Quotes a value for a POSIX shell. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The same for a line to paste, without quotes where no shell needs them. */
export function shellQuoteIfNeeded(value: string, quote = shellQuote): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : quote(value);
}
