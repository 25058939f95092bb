import type { Key } from '../keys.ts';

/*
 * What the learner types for the shell. A key arrives as the bytes of their terminal, and goes on as
 * those of the one that the shell is in: an xterm, with the modes that its program has set.
 */

/** The modes of a terminal that decide how keys are sent. */
export interface TerminalModes {
  readonly applicationCursor: boolean;
  readonly bracketedPaste: boolean;
}

/** The key that goes from the shell to the page and back: Ctrl-]. */
export const switchKey = '\u001d';
const pasteBegins = '\u001b[200~';
const pasteEnds = '\u001b[201~';

/** What was typed, divided. */
interface Typed {
  readonly shell: string;
  /** For the page, if the learner has turned to it. */
  readonly page: string | undefined;
  /** A paste has begun and not ended yet: nothing in it is a key. */
  readonly pasting: boolean;
}

/** Divides what was typed while the shell had the keys. */
export function divide(text: string, pasting: boolean): Typed {
  let from = 0;
  let inside = pasting;
  while (from < text.length) {
    if (inside) {
      const end = text.indexOf(pasteEnds, from);
      if (end === -1) return { shell: text, page: undefined, pasting: true };
      from = end + pasteEnds.length;
      inside = false;
      continue;
    }
    const begin = text.indexOf(pasteBegins, from);
    const turn = text.indexOf(switchKey, from);
    if (turn !== -1 && (begin === -1 || turn < begin)) {
      return { shell: text.slice(0, turn), page: text.slice(turn + 1), pasting: false };
    }
    if (begin === -1) break;
    from = begin + pasteBegins.length;
    inside = true;
  }
  return { shell: text, page: undefined, pasting: inside };
}

/**
 * Divides what was typed while the page had the keys: what comes before the key that turns to the shell,
 * and the rest; or that key itself, and the rest.
 * @param open there's a shell to turn to
 */
export function upToSwitch(text: string, open: boolean): readonly [string, string] {
  const at = open ? text.indexOf(switchKey) : -1;
  if (at === -1) return [text, ''];
  const end = at === 0 ? switchKey.length : at;
  return [text.slice(0, end), text.slice(end)];
}

/** Shift or Alt with PageUp or PageDown. */
const scrollKeys: Readonly<Record<string, 1 | -1>> = {
  '\u001b[5;2~': 1,
  '\u001b[6;2~': -1,
  '\u001b[5;3~': 1,
  '\u001b[6;3~': -1,
};

/** Whether these keys scroll in the shell's output: 1 is back, -1 forth. */
export function scrollOf(text: string): 1 | -1 | undefined {
  return scrollKeys[text];
}

/** Keys that other terminals send differently from an xterm. */
const others: Readonly<Record<string, string>> = {
  // rxvt, the Linux console, tmux and screen.
  '\u001b[1~': '\u001b[H',
  '\u001b[4~': '\u001b[F',
  '\u001b[7~': '\u001b[H',
  '\u001b[8~': '\u001b[F',
  // The function keys of the Linux console.
  '\u001b[[A': '\u001bOP',
  '\u001b[[B': '\u001bOQ',
  '\u001b[[C': '\u001bOR',
  '\u001b[[D': '\u001bOS',
  '\u001b[[E': '\u001b[15~',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters.
const specialKey = /\u001b(?:\[[1478]~|\[\[[A-E]|[[O][A-DHF])/g;

/** What a terminal with these modes sends for it. */
export function encode(text: string, { applicationCursor, bracketedPaste }: TerminalModes): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks begin with one.
  const pieces = text.split(/(\u001b\[200~.*?(?:\u001b\[201~|$))/s);
  const sent = pieces
    .map((piece, at) =>
      at % 2 === 1 ? piece : piece.replace(specialKey, (key) => keyFor(key, applicationCursor)),
    )
    .join('');
  return bracketedPaste ? sent : sent.replaceAll(pasteBegins, '').replaceAll(pasteEnds, '');
}

function keyFor(key: string, applicationCursor: boolean): string {
  const known = others[key] ?? key;
  const cursor = /[A-DHF]$/.exec(known);
  if (cursor === null) return known;
  return `\u001b${applicationCursor ? 'O' : '['}${cursor[0]}`;
}

const bytes: Readonly<Record<Key, string>> = {
  enter: '\r',
  space: ' ',
  escape: '\u001b',
  backspace: '\u007f',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
};

/** The bytes of a key that was read for the page together with the one that turned to the shell. */
export function bytesOf(key: Key): string {
  const known = bytes[key];
  if (known !== undefined) return known;
  const [, control] = /^ctrl-([a-z\]])$/.exec(key) ?? [];
  return control === undefined ? key : String.fromCharCode(control.charCodeAt(0) & 31);
}
