import { expect, test } from 'vitest';
import { textOf } from '../../../src/ui/line.ts';
import { openingDocument } from '../../../src/ui/screens/opening.ts';
import { themes } from '../../helpers/themes.ts';

test('the opening credits the article, and fits a terminal of 80x24', () => {
  const lines = openingDocument(themes.plain, 78, false).lines.map(textOf);
  expect(lines.join(' ')).toContain('https://anniecherkaev.com/what-is-a-container-image');
  expect(lines.at(-1)).toMatch(/^Looking at this machine/);
  expect(lines.length).toBeLessThanOrEqual(19);
});
