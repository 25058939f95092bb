import { describe, expect, test } from 'vitest';
import { bytesOf, divide, encode, scrollOf, upToSwitch } from '../../../../src/ui/pane/typed.ts';

const paste = (text: string) => `\u001b[200~${text}\u001b[201~`;

describe('what was typed is for the shell', () => {
  test.each([
    ['letters', 'ls -l\r', { shell: 'ls -l\r', page: undefined, pasting: false }],
    [
      'up to the key that turns to the page',
      'ls\u001dj',
      { shell: 'ls', page: 'j', pasting: false },
    ],
    ['and no further', '\u001dq\u001dls', { shell: '', page: 'q\u001dls', pasting: false }],
    [
      'that key in a paste as well',
      paste('a\u001db'),
      { shell: paste('a\u001db'), page: undefined, pasting: false },
    ],
    [
      'and after it no more',
      `${paste('a\u001db')}\u001dj`,
      { shell: paste('a\u001db'), page: 'j', pasting: false },
    ],
    [
      'a paste that has not ended',
      '\u001b[200~a\u001db',
      { shell: '\u001b[200~a\u001db', page: undefined, pasting: true },
    ],
  ])('%s', (_, text, expected) => {
    expect(divide(text, false)).toEqual(expected);
  });

  test('the rest of a paste is', () => {
    expect(divide('x\u001dy', true)).toEqual({ shell: 'x\u001dy', page: undefined, pasting: true });
    const end = 'x\u001dy\u001b[201~';
    expect(divide(`${end}\u001dj`, true)).toEqual({ shell: end, page: 'j', pasting: false });
  });
});

describe('keys, as an xterm sends them', () => {
  const normal = { applicationCursor: false, bracketedPaste: true };
  const application = { applicationCursor: true, bracketedPaste: true };
  test.each([
    ['up', '\u001b[A', '\u001b[A', '\u001bOA'],
    ['left, from a terminal in application mode', '\u001bOD', '\u001b[D', '\u001bOD'],
    ['home', '\u001b[H', '\u001b[H', '\u001bOH'],
    ['home of the Linux console', '\u001b[1~', '\u001b[H', '\u001bOH'],
    ['end of rxvt', '\u001b[8~', '\u001b[F', '\u001bOF'],
    ['F1 of the Linux console', '\u001b[[A', '\u001bOP', '\u001bOP'],
    ['F5 of the Linux console', '\u001b[[E', '\u001b[15~', '\u001b[15~'],
    ['F1 of an xterm', '\u001bOP', '\u001bOP', '\u001bOP'],
    ['Ctrl with right', '\u001b[1;5C', '\u001b[1;5C', '\u001b[1;5C'],
    ['delete', '\u001b[3~', '\u001b[3~', '\u001b[3~'],
    ['Alt with b', '\u001bb', '\u001bb', '\u001bb'],
    ['Ctrl-C, Ctrl-Z, Escape', '\u0003\u001a\u001b', '\u0003\u001a\u001b', '\u0003\u001a\u001b'],
    ['several at once', 'a\u001b[A\u001b[B', 'a\u001b[A\u001b[B', 'a\u001bOA\u001bOB'],
    [
      'in a paste nothing is a key',
      paste('\u001b[A\u001b[1~'),
      paste('\u001b[A\u001b[1~'),
      paste('\u001b[A\u001b[1~'),
    ],
  ])('%s', (_, key, expected, inApplication) => {
    expect(encode(key, normal)).toBe(expected);
    expect(encode(key, application)).toBe(inApplication);
  });

  test('a paste for a program that does not know of pastes has no marks', () => {
    const unmarked = { applicationCursor: false, bracketedPaste: false };
    expect(encode(paste('one\rtwo'), unmarked)).toBe('one\rtwo');
    expect(encode('rest\u001b[201~', unmarked)).toBe('rest');
  });
});

test.each([
  ['enter', '\r'],
  ['space', ' '],
  ['escape', '\u001b'],
  ['backspace', '\u007f'],
  ['up', '\u001b[A'],
  ['ctrl-c', '\u0003'],
  ['ctrl-]', '\u001d'],
  ['ctrl-z', '\u001a'],
  ['s', 's'],
  ['é', 'é'],
])('%s, read together with the key that turns to the shell', (key, expected) => {
  expect(bytesOf(key)).toBe(expected);
});

test('what was typed while the page had the keys is divided where it turns to the shell', () => {
  const pieces = ['jj', 'jj\u001dls', '\u001dls', '\u001d'].map((text) => upToSwitch(text, true));
  expect(pieces).toEqual([
    ['jj', ''],
    ['jj', '\u001dls'],
    ['\u001d', 'ls'],
    ['\u001d', ''],
  ]);
  expect(upToSwitch('jj\u001dls', false)).toEqual(['jj\u001dls', '']);
});

test('Shift or Alt and PageUp scrolls back, and PageDown forth', () => {
  const keys = ['\u001b[5;2~', '\u001b[5;3~', '\u001b[6;2~', '\u001b[6;3~', '\u001b[5~', 'x'];
  expect(keys.map(scrollOf)).toEqual([1, 1, -1, -1, undefined, undefined]);
});
