/** The signs on a screen, as Unicode, ASCII or words for a screen reader. */
export interface Symbols {
  readonly pass: string;
  readonly fail: string;
  readonly warn: string;
  readonly todo: string;
  readonly busy: string;
  readonly part: string;
  readonly none: string;
  readonly here: string;
  readonly ask: string;
  readonly full: string;
  readonly empty: string;
  readonly rule: string;
  readonly bar: string;
  readonly heavyBar: string;
  /** The bar before the continuation of a long line of output. */
  readonly further: string;
  readonly prompt: string;
  /** The ellipsis in a sentence, which has room for dots. */
  readonly ellipsis: string;
  readonly enter: string;
  readonly up: string;
  readonly down: string;
  readonly left: string;
  readonly right: string;
}

export const unicodeSymbols: Symbols = {
  pass: '✔',
  fail: '✖',
  warn: '▲',
  todo: '○',
  busy: '◐',
  part: '◐',
  none: '·',
  here: '▸',
  ask: '?',
  full: '▰',
  empty: '▱',
  rule: '─',
  bar: '│',
  heavyBar: '┃',
  further: '┊',
  prompt: '$',
  ellipsis: '…',
  enter: '↵',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
};

export const asciiSymbols: Symbols = {
  pass: '[+]',
  fail: '[x]',
  warn: '[!]',
  todo: '[ ]',
  busy: '[~]',
  part: '[~]',
  none: '[ ]',
  here: '>',
  ask: '?',
  full: '#',
  empty: '.',
  rule: '-',
  bar: '|',
  heavyBar: '#',
  further: ':',
  prompt: '$',
  ellipsis: '...',
  enter: 'Enter',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

/** The words that a screen reader says for them. */
export const spokenSymbols: Symbols = {
  pass: 'passed:',
  fail: 'failed:',
  warn: 'attention:',
  todo: 'to do:',
  busy: 'looking:',
  part: 'in part:',
  none: 'not yet:',
  here: 'selected:',
  ask: 'question:',
  full: '',
  empty: '',
  rule: '',
  bar: '',
  heavyBar: '',
  further: '',
  prompt: 'ran:',
  ellipsis: '...',
  enter: 'Enter',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

/** Every replacement has the same width, so that pictures keep their shape. */
const spellings: Readonly<Record<string, string>> = {
  '─━═╌┄—–‐': '-',
  '│┃║╎┆': '|',
  '┊': ':',
  '\u00a0': ' ',
  '┌┐└┘├┤┬┴┼╭╮╰╯╞╡╪': '+',
  '►▶▸→➜›»': '>',
  '◄◀◂←‹«': '<',
  '▲↑▴': '^',
  '▼↓▾': 'v',
  '✔✓': '+',
  '✖✗✂×': 'x',
  '·•': '.',
  '…': '~',
  '○◌': 'o',
  '●◐': '*',
  '▰█': '#',
  '▱░': '.',
  '‘’': "'",
  '“”„': '"',
};

function asciiOf(character: string): string {
  for (const [characters, ascii] of Object.entries(spellings)) {
    if (characters.includes(character)) return ascii;
  }
  return '?';
}

/** Replaces a text's characters by ASCII ones, each by one of the same width. */
export function inAscii(text: string): string {
  return /^[ -~]*$/.test(text) ? text : text.replace(/[^ -~]/gu, asciiOf);
}
