import { describe, expect, test } from 'vitest';
import { fact } from '../../../src/engine/fact.ts';
import { text } from '../../../src/engine/text.ts';
import { textOf } from '../../../src/ui/line.ts';
import { paragraphs, prose, sentence } from '../../../src/ui/prose.ts';
import { themes } from '../../helpers/themes.ts';

const digest = fact('digest', { what: 'a digest', from: 'a/b', read: async () => 'x' });
const known = new Map([['digest', '3ac23f1d…']]);
const unknown = new Map<string, string>();

/** Each span as ROLE:TEXT; plain text as it is. */
const spans = (source: string, theme = themes.color) =>
  paragraphs([source], unknown, theme)
    .flat()
    .map(({ text, role }) => (role === 'text' ? text : `${role}:${text}`));

describe('markup', () => {
  test.each([
    ['plain', ['plain']],
    ['call `tar -x` now', ['call ', 'code:tar -x', ' now']],
    ['*not* this', ['emphasis:not', ' this']],
    ['(*really so*)', ['(', 'emphasis:really so', ')']],
    ['two * three * four', ['two * three * four']],
    ['all of *.tar and *.gz', ['all of *.tar and *.gz']],
    ['`*` is code', ['code:*', ' is code']],
    ['2*3*4', ['2*3*4']],
  ])('%s', (source, expected) => {
    expect(spans(source)).toEqual(expected);
  });

  test('where nothing can be styled, the marks stay', () => {
    expect(spans('call `tar` *now*', themes.dumb).join('')).toBe('call `code:tar` *emphasis:now*');
  });

  test('a voice reads no marks', () => {
    expect(spans('call `tar` *now*', themes.spoken).join('')).toBe('call code:tar emphasis:now');
  });
});

describe('live facts', () => {
  test('show what is known, or that it is not', () => {
    const parts = text`The digest is ${digest}.`;
    expect(prose(parts, known, themes.color, 76).map(textOf)).toEqual(['The digest is 3ac23f1d….']);
    expect(prose(parts, unknown, themes.color, 76).map(textOf)).toEqual([
      'The digest is not yet known.',
    ]);
    expect(prose(parts, known, themes.color, 76)[0]?.[1]).toEqual({
      text: '3ac23f1d…',
      role: 'live',
    });
  });

  test('stay live inside code', () => {
    const [spans] = paragraphs(text`\`cat ${digest} | sha256sum\``, known, themes.color);
    expect(spans?.map(({ role }) => role)).toEqual(['code', 'live', 'code']);
  });
});

describe('lines', () => {
  test('paragraphs are kept apart', () => {
    expect(
      prose(
        text`One.

      Two.`,
        unknown,
        themes.color,
        76,
      ).map(textOf),
    ).toEqual(['One.', '', 'Two.']);
  });

  test.each([
    ['a wide terminal', themes.color, 200, 76],
    ['a narrow one', themes.color, 40, 40],
    ['a voice', themes.spoken, 500, 500],
  ])('%s', (_, theme, width, most) => {
    const lengths = sentence('word '.repeat(60), theme, width).map((each) => textOf(each).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(most);
    expect(Math.max(...lengths)).toBeGreaterThan(Math.min(most, 299) - 6);
  });

  test('in ASCII an ellipsis is spelled out', () => {
    expect(sentence('Looking…', themes.ascii, 76).map(textOf)).toEqual(['Looking...']);
  });
});
