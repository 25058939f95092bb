/** A way in which JSON that parses is still not I-JSON. */
interface JsonViolation {
  readonly kind: 'duplicate' | 'code-point';
  /** JSON pointer (RFC 6901) to the member. */
  readonly pointer: string;
}

/** An object or array that the walk is inside of, and the position in it. */
interface Open {
  /** Names seen so far; `undefined` in an array. */
  readonly names: Set<string> | undefined;
  at: string | number;
}

const quote = 0x22;
const backslash = 0x5c;
const forbiddenCharacters = /\p{Surrogate}|\p{Noncharacter_Code_Point}/u;

/**
 * Finds what `JSON.parse` lets pass: duplicate names in an object, surrogates and noncharacters.
 *
 * Readers differ in which of two duplicate members they use, so such a document has two meanings.
 *
 * @param text JSON that `JSON.parse` accepts; nesting may be of any depth
 * @see OCI image spec, considerations.md "JSON"; RFC 7493, sections 2.1 and 2.3
 */
export function jsonViolations(text: string): JsonViolation[] {
  const violations: JsonViolation[] = [];
  const open: Open[] = [];
  let expectsName = false;
  for (let index = 0; index < text.length; index++) {
    const top = open.at(-1);
    switch (text[index]) {
      case '{':
        open.push({ names: new Set(), at: '' });
        expectsName = true;
        break;
      case '[':
        open.push({ names: undefined, at: 0 });
        expectsName = false;
        break;
      case '}':
      case ']':
        open.pop();
        expectsName = false;
        break;
      case ',':
        if (typeof top?.at === 'number') top.at++;
        else expectsName = true;
        break;
      case '"': {
        const end = endOfString(text, index);
        const value: string = JSON.parse(text.slice(index, end));
        if (expectsName && top?.names !== undefined) {
          top.at = value;
          if (top.names.has(value))
            violations.push({ kind: 'duplicate', pointer: pointerTo(open) });
          top.names.add(value);
          expectsName = false;
        }
        if (forbiddenCharacters.test(value))
          violations.push({ kind: 'code-point', pointer: pointerTo(open) });
        index = end - 1;
        break;
      }
    }
  }
  return violations;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === backslash) index++;
    else if (code === quote) return index + 1;
  }
  return text.length;
}

function pointerTo(open: readonly Open[]): string {
  return open.map(({ at }) => `/${pointerToken(at)}`).join('');
}

/** One step of a JSON pointer, escaped (RFC 6901, section 3). */
export function pointerToken(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
