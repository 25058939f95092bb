import { expect, test } from 'vitest';
import { permissions } from '../../../src/text/permissions.ts';
import { clip, withoutUnprintable } from '../../../src/text/printable.ts';

test.each([
  ['an escape sequence', 'a\u001b[2Jb', 'a[2Jb'],
  ['a text direction', 'a\u202eb', 'ab'],
  ['half a character', 'a\ud83db', 'ab'],
  ['accents and other scripts', 'é 画 😀', 'é 画 😀'],
])('without %s', (_, text, plain) => {
  expect(withoutUnprintable(text)).toBe(plain);
});

test('a long text is cut before it is made safe', () => {
  expect(clip('\u001bab', 2)).toBe('\\u{1b}a…');
  expect(clip('ab', 2)).toBe('ab');
});

test.each([
  [0o755, 'rwxr-xr-x'],
  [0o4755, 'rwsr-xr-x'],
  [0o4644, 'rwSr--r--'],
  [0o2750, 'rwxr-s---'],
  [0o1777, 'rwxrwxrwt'],
  [0o1770, 'rwxrwx--T'],
])('mode %o is %s', (mode, shown) => {
  expect(permissions(mode)).toBe(shown);
});
