import { describe, expect, test } from 'vitest';
import { createHighlight } from '../../../src/ui/grammar.ts';
import { jsonColored } from '../../../src/ui/json-lines.ts';
import { type line, span, textOf } from '../../../src/ui/line.ts';
import { scriptLines } from '../../../src/ui/script-lines.ts';
import { themes } from '../../helpers/themes.ts';

const highlight = createHighlight();

describe('a script', () => {
  const source =
    '# both\nfor each in base delta; do\n  gzip -k "$each.tar"   # -n\ndone\n\ncat <<EOF\n# no\nEOF';

  test('is coloured by its grammar, and stays as it is', () => {
    const lines = scriptLines(source, themes.color, 78, highlight);
    expect(lines.map(textOf)).toEqual(scriptLines(source, themes.color, 78).map(textOf));
    const roleOf = (text: string) => lines.flat().find((each) => each.text.includes(text))?.role;
    expect(roleOf('# both')).toBe('dim');
    expect(roleOf('# -n')).toBe('dim');
    expect(roleOf('for')).toBe('keyword');
    expect(roleOf('.tar')).toBe('string');
    expect(roleOf('$each')).toBe('text');
    expect(roleOf('gzip')).toBe('text');
  });

  test('keeps its colours where a line goes on', () => {
    const [, second] = scriptLines('echo one two "three four five"', themes.color, 18, highlight);
    expect(second?.at(-1)?.role).toBe('string');
  });
});

describe('JSON in output', () => {
  const bar = span(' │ ', 'dim');

  test('has keys and strings told apart; the bar and the name stay', () => {
    const shown: [ReturnType<typeof line>, ...ReturnType<typeof line>[]] = [
      [bar, span('  "size": 3, "of": "x",'), span('  config', 'dim')],
    ];
    expect(jsonColored(shown, highlight)[0]).toEqual([
      bar,
      span('  '),
      span('"size"', 'keyword'),
      span(':'),
      span(' '),
      span('3'),
      span(','),
      span(' '),
      span('"of"', 'keyword'),
      span(':'),
      span(' '),
      span('"x"', 'string'),
      span(','),
      span('  config', 'dim'),
    ]);
  });

  test.each(['total 0', '-rw-r--r-- 1 root root 3 "a"', '"quoted" words'])('%s is none', (text) => {
    expect(jsonColored([[bar, span(text)]], highlight)).toEqual([[bar, span(text)]]);
  });
});
