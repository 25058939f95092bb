import { describe, expect, test } from 'vitest';
import { textOf } from '../../../src/ui/line.ts';
import { scriptLines, scriptSummary } from '../../../src/ui/script-lines.ts';
import { themes } from '../../helpers/themes.ts';

describe('a script', () => {
  test('has nothing but spaces before it, and all of its own', () => {
    const lines = scriptLines(
      '# why\nfor each in a b; do\n  echo "$each"\ndone\n\nls',
      themes.color,
      78,
    );
    expect(lines.map(textOf)).toEqual([
      '   # why',
      '   for each in a b; do',
      '     echo "$each"',
      '   done',
      '',
      '   ls',
    ]);
    expect(lines[0]?.[1]?.role).toBe('dim');
  });

  test('says where a line goes on', () => {
    expect(scriptLines('tar --create the-layer.tar', themes.color, 18).map(textOf)).toEqual([
      '   tar --create',
      ' ┊ the-layer.tar',
    ]);
  });

  test.each([
    ['tar -cf layer.tar .', '$ tar -cf layer.tar .'],
    ['# why\n\ntar -cf layer.tar .\nls', '$ tar -cf layer.tar . + 1 line'],
    ['tar -cf a-rather-long-name.tar .\nls\nls', '$ tar -cf a-rather-lon… + 2 lines'],
  ])('in one line: %j', (source, summary) => {
    expect(textOf(scriptSummary(source, themes.color, 33))).toBe(summary);
  });
});
