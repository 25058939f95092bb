import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { Row } from '../../src/ui/components/row.tsx';
import { Screen } from '../../src/ui/components/screen.tsx';
import { type Line, line, type Role, span } from '../../src/ui/line.ts';
import type { Theme } from '../../src/ui/theme.ts';
import { themes } from '../helpers/themes.ts';

const esc = '\u001b';

/** A line as the terminal gets it. */
function paint(content: Line, theme: Theme): string {
  const size = { columns: 80, rows: 24 };
  return renderToString(
    <Screen size={size} theme={theme}>
      <Row line={content} />
    </Screen>,
  ).trim();
}

describe('paint', () => {
  const roles: Role[] = [
    'text',
    'title',
    'dim',
    'code',
    'emphasis',
    'live',
    'pass',
    'fail',
    'warn',
    'main',
  ];
  const all = line(...roles.map((role) => span(role, role)));
  const colour = new RegExp(`${esc}\\[(3[0-9]|4[0-8]|9[0-7])m`);

  test('colour means something: live, passed, failed, attention', () => {
    const painted = roles.filter((role) => colour.test(paint([span('x', role)], themes.color)));
    expect(painted).toEqual(['live', 'pass', 'fail', 'warn']);
  });

  test('without colour there is none, and what failed still stands out', () => {
    expect(paint(all, themes.plain)).not.toMatch(colour);
    expect(paint([span('x', 'fail')], themes.plain)).toBe('\u001b[1mx\u001b[22m');
  });

  test.each([themes.dumb, themes.spoken])('plain text where that is all there is', (theme) => {
    expect(paint(all, theme)).toBe(roles.join(''));
  });

  test('every style that is begun is ended', () => {
    expect(paint(all, themes.color)).toMatch(new RegExp(`${esc}\\[(22|24|39)m$`));
  });

  test('nothing in a text moves the cursor or rings', () => {
    expect(paint([span('a\u001b[2Jb\u0007c\u009bd\te\nf')], themes.dumb)).toBe('a?[2Jb?c?d?e?f');
  });
});
