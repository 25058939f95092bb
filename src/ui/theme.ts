import type { Line, Role } from './line.ts';
import { asciiSymbols, inAscii, type Symbols, spokenSymbols, unicodeSymbols } from './symbols.ts';

/** What this terminal, and the person before it, can make use of. */
export interface Theme {
  /** Colour; bold, dim and underlined only; or nothing but text. */
  readonly styles: 'color' | 'attributes' | 'none';
  readonly ascii: boolean;
  /** For a screen reader: words for signs, no pictures, only what is new. */
  readonly spoken: boolean;
  readonly symbols: Symbols;
}

export interface ThemeOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly ascii: boolean;
}

/** The first of these that is set decides: locale(7). None set is the C locale, which is ASCII. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

export function themeOf({ env, color, ascii }: ThemeOptions): Theme {
  const spoken = env.INK_SCREEN_READER === 'true';
  const asciiOnly = ascii || !isUtf8(env);
  return {
    styles: stylesOf(env, color, spoken),
    ascii: asciiOnly,
    spoken,
    symbols: spoken ? spokenSymbols : asciiOnly ? asciiSymbols : unicodeSymbols,
  };
}

function stylesOf(env: NodeJS.ProcessEnv, color: boolean, spoken: boolean): Theme['styles'] {
  if (spoken || env.TERM === 'dumb') return 'none';
  // https://no-color.org: any value but the empty one.
  return color && !env.NO_COLOR ? 'color' : 'attributes';
}

type Style = readonly [on: number, off: number];

const bold: Style = [1, 22];
const dim: Style = [2, 22];
const underlined: Style = [4, 24];

/** As in manual pages: literal words bold, emphasis underlined. */
const attributes: Partial<Record<Role, readonly Style[]>> = {
  title: [bold],
  dim: [dim],
  code: [bold],
  emphasis: [underlined],
  fail: [bold],
  main: [bold],
};

/** The sixteen colours only: they are the learner's own. */
const colors: Partial<Record<Role, readonly Style[]>> = {
  ...attributes,
  live: [[36, 39]],
  pass: [[32, 39]],
  fail: [[31, 39]],
  warn: [[33, 39]],
};

/** Nothing in it can move the cursor, ring, or write on another line. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** A line as the terminal takes it. */
export function paint(line: Line, theme: Theme): string {
  return line
    .map(({ text, role }) => {
      const shown = theme.ascii ? inAscii(text) : printable(text);
      const styles = theme.styles === 'color' ? colors[role] : attributes[role];
      if (theme.styles === 'none' || styles === undefined || shown === '') return shown;
      const on = styles.map(([code]) => `\u001b[${code}m`).join('');
      const off = styles.map(([, code]) => `\u001b[${code}m`).join('');
      return `${on}${shown}${off}`;
    })
    .join('');
}
