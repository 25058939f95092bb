import { describe, expect, test } from 'vitest';
import { keyLine } from '../../../src/ui/key-line.ts';
import { type KeyContext, keysNow } from '../../../src/ui/keymap.ts';
import { textOf, widthOf } from '../../../src/ui/line.ts';
import { aSituation } from '../../helpers/situation.ts';
import { themes } from '../../helpers/themes.ts';

const ready = aSituation({ choices: 2, picture: true });

const shown = (now: KeyContext, width = 78, theme = themes.color) =>
  textOf(keyLine(keysNow(now), now, theme, width));

describe('the key line', () => {
  test.each<[string, KeyContext, string]>([
    ['ready', ready, '↵ run it  1-2 predict  s own shell  h hint  p picture  ? help  q quit'],
    [
      'reading',
      { ...ready, unread: true, choices: 0 },
      '↵ read on  s own shell  h hint  p picture  e explore  b back  ? help  q quit',
    ],
    [
      'running',
      { ...ready, phase: 'running', choices: 0 },
      'esc cancel   p picture   c contents   ? help   q quit',
    ],
    [
      'passed',
      { ...ready, phase: 'passed', choices: 0, visit: 'step into the container' },
      '↵ go on  v step into the container  r run again  s own shell  ? help  q quit',
    ],
    [
      'failed',
      { ...ready, phase: 'failed', choices: 0 },
      '↵ run it again  d check  s own shell  h hint  p picture  ? help  q quit',
    ],
    ['help', { ...ready, screen: 'help' }, '↵ back to the step   c contents'],
  ])('%s', (_, now, expected) => {
    expect(shown(now)).toBe(expected);
  });

  test('the one next thing and the way out stay, however narrow it gets', () => {
    expect(shown(ready, 30)).toBe('↵ run it  ? help  q quit');
  });

  test.each([58, 78, 98, 118])('fits %i columns', (width) => {
    for (const phase of ['ready', 'running', 'passed', 'failed'] as const) {
      for (const theme of [themes.color, themes.ascii]) {
        const now = { ...ready, phase, unread: true, cut: true, locked: true, missing: true };
        expect(widthOf(keyLine(keysNow(now), now, theme, width))).toBeLessThanOrEqual(width);
      }
    }
  });

  test('only the first is bright', () => {
    const roles = keyLine(keysNow(ready), ready, themes.color, 78).filter(
      ({ role }) => role === 'main',
    );
    expect(roles.map(({ text }) => text).join('')).toBe('↵ run it');
  });

  test('in ASCII keys have names', () => {
    expect(shown({ ...ready, choices: 0 }, 78, themes.ascii)).toBe(
      'Enter run it  s own shell  h hint  p picture  e explore  ? help  q quit',
    );
  });

  test('a voice reads a list', () => {
    expect(shown({ ...ready, phase: 'running', choices: 0 }, 78, themes.spoken)).toBe(
      'Keys: esc cancel, p picture, c contents, ? help, q quit',
    );
  });
});
