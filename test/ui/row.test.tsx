import { stripVTControlCharacters } from 'node:util';
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

  test('a link is written around its text, where the terminal has links', () => {
    const url = 'https://example.org/a';
    const linked = { ...span('here', 'emphasis'), link: url };
    const painted = paint(line('look ', linked, '!'), themes.color);
    expect(painted).toContain(`${esc}]8;;${url}\u0007`);
    expect(stripVTControlCharacters(painted)).toBe('look here!');
    for (const theme of [themes.spoken, themes.dumb]) {
      expect(paint(line('look ', linked, '!'), theme)).toBe('look here!');
    }
  });

  test('a link takes no columns, and none of its target is text', () => {
    const long = { ...span('x'.repeat(70)), link: `https://example.org/${'y'.repeat(200)}` };
    const painted = paint([long, span('z'.repeat(8))], themes.color);
    expect(stripVTControlCharacters(painted)).toBe('x'.repeat(70) + 'z'.repeat(8));
    const bell = { ...span('x'), link: 'https://example.org/\u0007\u001b]52;c;AAAA' };
    expect(paint([bell], themes.color)).toBe(
      `${esc}]8;;https://example.org/]52;c;AAAA\u0007x${esc}]8;;\u0007`,
    );
  });

  test('nothing in a text moves the cursor or rings', () => {
    expect(paint([span('a\u001b[2Jb\u0007c\u009bd\te\nf')], themes.dumb)).toBe('a?[2Jb?c?d?e?f');
  });
});
