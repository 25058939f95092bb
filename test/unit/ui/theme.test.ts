import { describe, expect, test } from 'vitest';
import { asciiSymbols, inAscii, spokenSymbols, unicodeSymbols } from '../../../src/ui/symbols.ts';
import { colorLevel, type Theme, themeOf } from '../../../src/ui/theme.ts';
import { themes } from '../../helpers/themes.ts';

describe('themeOf', () => {
  test.each<[string, NodeJS.ProcessEnv, boolean, boolean]>([
    ['LANG says UTF-8', { LANG: 'en_US.UTF-8' }, false, false],
    ['so does utf8', { LANG: 'de_DE.utf8' }, false, false],
    ['LC_CTYPE goes before LANG', { LANG: 'C', LC_CTYPE: 'C.UTF-8' }, false, false],
    ['LC_ALL goes before both', { LANG: 'C.UTF-8', LC_CTYPE: 'C.UTF-8', LC_ALL: 'C' }, false, true],
    ['an empty one does not count', { LANG: 'C.UTF-8', LC_ALL: '' }, false, false],
    ['a locale that is not UTF-8', { LANG: 'de_DE.ISO-8859-1' }, false, true],
    ['none at all', {}, false, true],
    ['--ascii', { LANG: 'C.UTF-8' }, true, true],
  ])('%s', (_, env, ascii, expected) => {
    expect(themeOf({ env, color: true, ascii }).ascii).toBe(expected);
  });

  test.each<[string, NodeJS.ProcessEnv, boolean, Theme['styles']]>([
    ['a terminal', {}, true, 'color'],
    ['--no-color', {}, false, 'attributes'],
    ['NO_COLOR', { NO_COLOR: '1' }, true, 'attributes'],
    ['an empty NO_COLOR does not count', { NO_COLOR: '' }, true, 'color'],
    ['TERM=dumb', { TERM: 'dumb' }, true, 'none'],
    ['a screen reader', { INK_SCREEN_READER: 'true' }, true, 'none'],
  ])('%s', (_, env, color, expected) => {
    expect(themeOf({ env: { LANG: 'C.UTF-8', ...env }, color, ascii: false }).styles).toBe(
      expected,
    );
  });

  test('a voice has words for signs, in any locale', () => {
    const env = { INK_SCREEN_READER: 'true' };
    expect(themeOf({ env, color: true, ascii: false }).symbols).toBe(spokenSymbols);
    expect(themes.ascii.symbols).toBe(asciiSymbols);
    expect(themes.color.symbols).toBe(unicodeSymbols);
  });
});

test.each<[NodeJS.ProcessEnv, number]>([
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 3],
  [{ TERM: 'xterm-256color' }, 2],
  [{ TERM: 'tmux' }, 2],
  [{ TERM: 'linux' }, 1],
  [{ TERM: 'vt220' }, 1],
  [{ TERM: 'xterm-16color' }, 1],
])('%j has colours of level %i', (env, level) => {
  expect(colorLevel(env)).toBe(level);
});

describe('inAscii', () => {
  test.each([
    ['build/base ─► tar ──┐', 'build/base -> tar --+'],
    ['│\u00a0\u00a0 ├── └── ┊', '|   +-- +-- :'],
    ['3ac23f1d… ✔ ✖ ▲ ○ ▰▱', '3ac23f1d~ + x ^ o #.'],
    ['“quoted” – dash', '"quoted" - dash'],
    ['plain ASCII stays', 'plain ASCII stays'],
    ['tést 画', 't?st ?'],
  ])('%s', (text, ascii) => {
    expect(inAscii(text)).toBe(ascii);
    expect([...inAscii(text)]).toHaveLength([...text].length);
  });

  test('what the tour itself says is ASCII all through', () => {
    expect(Object.values(asciiSymbols).join('')).toMatch(/^[ -~]*$/);
  });
});
