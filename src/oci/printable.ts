/** Control, bidirectional and surrogate characters: what a terminal acts upon, or cannot show. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/** Text of an image, which may be hostile, made safe for a terminal: `\u{1b}` for an escape. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
