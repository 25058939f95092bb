import type { Role, Style } from './line.ts';
import { asciiSymbols, inAscii, type Symbols, spokenSymbols, unicodeSymbols } from './symbols.ts';

/** What this terminal and its user support. */
export interface Theme {
  /** Colour; only bold, dim and underlined; or plain text. */
  readonly styles: 'color' | 'attributes' | 'none';
  readonly ascii: boolean;
  /** For a screen reader: words instead of signs, no pictures, only what is new. */
  readonly spoken: boolean;
  /** The terminal has links (OSC 8), or ignores what makes them. */
  readonly links: boolean;
  readonly symbols: Symbols;
}

interface ThemeOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly ascii: boolean;
}

/** The first of these that is set decides: locale(7). If none is, the locale is C, which is ASCII. */
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
    links: !spoken && hasLinks(env),
    symbols: spoken ? spokenSymbols : asciiOnly ? asciiSymbols : unicodeSymbols,
  };
}

function stylesOf(env: NodeJS.ProcessEnv, color: boolean, spoken: boolean): Theme['styles'] {
  if (spoken || env.TERM === 'dumb') return 'none';
  // https://no-color.org: any value except the empty one.
  return color && !env.NO_COLOR ? 'color' : 'attributes';
}

/**
 * Nearly all terminals have links or ignore OSC 8. The Linux console and GNU screen may print it, and VTE
 * before 0.50 crashed on some links.
 */
function hasLinks({ TERM = '', TERM_PROGRAM, TMUX, STY, VTE_VERSION }: NodeJS.ProcessEnv): boolean {
  if (/^(?:dumb|linux|vt\d+|cons25)/.test(TERM) || TERM_PROGRAM === 'Apple_Terminal') return false;
  if (!TMUX && (STY || TERM.startsWith('screen'))) return false;
  return VTE_VERSION === undefined || Number(VTE_VERSION) >= 5000;
}

/** How many colours a terminal has, as chalk counts: 16, 256 or all. Fewer are chosen from more. */
export function colorLevel({ TERM = '', COLORTERM = '' }: NodeJS.ProcessEnv): 1 | 2 | 3 {
  if (/^(truecolor|24bit)$/i.test(COLORTERM)) return 3;
  return /^(linux|ansi|cygwin|vt\d.*|.*-16color)$/.test(TERM) ? 1 : 2;
}

/** As in manual pages: literal words bold, emphasis underlined. */
const attributes: Partial<Record<Role, Style>> = {
  title: { bold: true },
  dim: { dimColor: true },
  code: { bold: true },
  emphasis: { underline: true },
  fail: { bold: true },
  main: { bold: true },
  keyword: { bold: true },
  found: { inverse: true },
};

/** Only the sixteen colours that learners configure in their terminals. */
const colors: Partial<Record<Role, Style>> = {
  ...attributes,
  live: { color: 'cyan' },
  pass: { color: 'green' },
  fail: { color: 'red' },
  warn: { color: 'yellow' },
  string: { color: 'green' },
  base: { color: 'blueBright' },
  delta: { color: 'magenta' },
  config: { color: 'yellow' },
  manifest: { color: 'cyan', bold: true },
};

export const unstyled: Style = {};

/** The style for a role. */
export function styleOf(role: Role, { styles }: Theme): Style {
  if (styles === 'none') return unstyled;
  return (styles === 'color' ? colors : attributes)[role] ?? unstyled;
}

/** A text as this terminal can show it, without control characters. */
export function shown(text: string, { ascii }: Theme): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
  return ascii ? inAscii(text) : text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
