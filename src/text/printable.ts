/** Control, bidirectional and surrogate characters: a terminal acts on them or can't show them. */
const unprintable = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/** Makes text from an image, which may be hostile, safe for a terminal: `\u{1b}` for an escape. */
export function printable(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same text without those characters. */
export function withoutUnprintable(text: string): string {
  return text.replace(unprintable, '');
}

/** The beginning of a text that may be long and hostile, safe for a terminal. */
export function clip(text: string, length: number): string {
  return printable(text.length > length ? `${text.slice(0, length)}…` : text);
}
