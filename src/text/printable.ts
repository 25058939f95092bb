/** Control, bidirectional and surrogate characters: a terminal acts on them or can't show them. */
const unprintable = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/**
 * Text of an image, which may be hostile, made safe for a terminal: `\u{1b}` for an escape, and `\xe9`
 * for a byte of a name that is no UTF-8.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= 0xdc80 && code <= 0xdcff;
    return isByte ? `\\x${(code - 0xdc00).toString(16)}` : `\\u{${code.toString(16)}}`;
  });
}

/** The same text without those characters. */
export function withoutUnprintable(text: string): string {
  return text.replace(unprintable, '');
}

/** The beginning of a text that may be long and hostile, safe for a terminal. */
export function clip(text: string, length: number): string {
  return printable(text.length > length ? `${text.slice(0, length)}…` : text);
}
