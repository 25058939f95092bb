import { describe, expect, test } from 'vitest';
import {
  beside,
  type Document,
  fitting,
  readOn,
  type Section,
  stack,
  stackTightly,
  windowOf,
} from '../../../src/ui/document.ts';
import { line, textOf } from '../../../src/ui/line.ts';

const numbered = (count: number, name = 'line') =>
  Array.from({ length: count }, (_, at) => line(`${name} ${at}`));

function page(lines: number, rest: Partial<Document> = {}): Document {
  return { lines: numbered(lines), stops: [], start: 0, ...rest };
}

describe('stack', () => {
  test('puts a blank line between sections, and none for empty ones', () => {
    const { lines } = stack([
      { lines: numbered(2, 'a') },
      { lines: [] },
      { lines: numbered(1, 'b') },
    ]);
    expect(lines.map(textOf)).toEqual(['a 0', 'a 1', '', 'b 0']);
  });

  test('knows where something new begins, where to begin, and what must be seen', () => {
    const { stops, start, focus } = stack([
      { lines: numbered(3), stop: true },
      { lines: numbered(2), stop: true, start: true },
      { lines: numbered(4), focus: { from: 1, to: 3 } },
    ]);
    expect({ stops, start, focus }).toEqual({
      stops: [0, 4],
      start: 4,
      focus: { from: 8, to: 10 },
    });
  });
});

describe('stackTightly', () => {
  const sections: Section[] = [
    { lines: numbered(1, 'title') },
    { lines: numbered(1, 'prose'), joins: 2 },
    { lines: numbered(1, 'script'), joins: 1 },
    { lines: numbered(1, 'note') },
    { lines: numbered(1, 'checks'), joins: 1, optional: true },
  ];
  const texts = (height: number) => stackTightly(sections, height).lines.map(textOf);

  test('leaves out no more blank lines than it must, and none among what is optional', () => {
    expect(texts(7)).toEqual(stack(sections).lines.map(textOf));
    expect(texts(6).join(' ')).toBe('title 0  prose 0 script 0  note 0  checks 0');
    expect(texts(5).join(' ')).toBe('title 0 prose 0 script 0  note 0  checks 0');
  });

  test('does so for what is wanted in view, too, if that fits then', () => {
    const wanted = [...sections.slice(0, -1), { ...sections[4], lines: numbered(1), wanted: true }];
    const texts = (height: number) => stackTightly(wanted, height).lines.map(textOf).join(' ');
    expect(texts(8)).toBe('title 0  prose 0 script 0  note 0  line 0');
    expect(texts(7)).toBe('title 0  prose 0 script 0  note 0 line 0');
    expect(texts(6)).toBe('title 0 prose 0 script 0  note 0 line 0');
    expect(texts(5)).toBe('title 0 prose 0 script 0  note 0  line 0');
  });

  test('leaves out none if that would not make the page fit', () => {
    expect(texts(4)).toEqual(stack(sections).lines.map(textOf));
  });

  test('counts from where the page begins', () => {
    const after = [{ lines: numbered(9, 'why') }, { lines: numbered(1, 'ran'), start: true }];
    const page = stackTightly([...after, { lines: numbered(1, 'check'), joins: 1 }], 2);
    expect(page.lines.slice(page.start).map(textOf)).toEqual(['ran 0', 'check 0']);
    expect(page.lines.slice(0, page.start).map(textOf).at(-1)).toBe('');
  });
});

describe('fitting', () => {
  const ways = [page(25), page(19), page(18), page(9)];

  test('takes the first way that needs no reading on', () => {
    expect(fitting(ways, 30)).toBe(ways[0]);
    expect(fitting(ways, 19)).toBe(ways[1]);
  });

  test('takes a less comfortable one for what is wanted in view, but not for more reading on', () => {
    const roomy = page(25, { essential: 19, wanted: 22 });
    const tight = page(24, { essential: 19, wanted: 20 });
    expect(fitting([roomy, tight], 22)).toBe(roomy);
    expect(fitting([roomy, tight], 20)).toBe(tight);
    expect(fitting([roomy, tight], 19)).toBe(roomy);
  });

  test('takes the one that needs the least of it, otherwise the first', () => {
    expect(fitting(ways.slice(0, 3), 18)).toBe(ways[2]);
    expect(fitting(ways.slice(0, 2), 17)).toBe(ways[0]);
    expect(fitting(ways.slice(0, 3), 10)).toBe(ways[1]);
  });
});

describe('windowOf', () => {
  test.each([
    ['fits', page(5), 10, undefined, { top: 0, above: 0, below: 0 }],
    ['does not', page(25), 10, undefined, { top: 0, above: 0, below: 15 }],
    [
      'begins where the page says',
      page(25, { start: 8 }),
      10,
      undefined,
      { top: 8, above: 8, below: 7 },
    ],
    [
      'never shows less than it could',
      page(25, { start: 20 }),
      10,
      undefined,
      { top: 15, above: 15, below: 0 },
    ],
    [
      'rather shows free rows than the end of a part',
      page(25, { start: 20, stops: [3, 14, 17, 20] }),
      10,
      undefined,
      { top: 17, above: 17, below: 0 },
    ],
    ['scrolled', page(25, { start: 8 }), 10, 3, { top: 3, above: 3, below: 12 }],
    ['scrolled too far', page(25), 10, 99, { top: 15, above: 15, below: 0 }],
    ['above the top', page(25), 10, -4, { top: 0, above: 0, below: 15 }],
    [
      'what must be seen is in view',
      page(40, { start: 5, focus: { from: 10, to: 14 } }),
      10,
      undefined,
      { top: 5, above: 5, below: 25 },
    ],
    [
      'even if the start is not',
      page(40, { start: 5, focus: { from: 20, to: 24 } }),
      10,
      undefined,
      { top: 14, above: 14, below: 16 },
    ],
    [
      'its first line above all',
      page(60, { start: 5, focus: { from: 20, to: 45 } }),
      10,
      undefined,
      { top: 20, above: 20, below: 30 },
    ],
  ])('%s', (_, document, height, top, expected) => {
    const { lines, ...window } = windowOf(document, height, top);
    expect(window).toEqual(expected);
    expect(lines.map(textOf)).toEqual(
      document.lines.slice(window.top, window.top + height).map(textOf),
    );
  });
});

describe('readOn', () => {
  test.each([
    ['a page further, one line kept', [], 0, 9],
    ['to what begins on the next page', [7], 0, 7],
    ['to the last thing that begins there', [4, 7], 0, 7],
    ['past what begins too near', [2], 0, 9],
    ['never past a line unread', [15], 0, 9],
    ['from where one is', [7, 14], 7, 14],
  ])('%s', (_, stops, top, expected) => {
    expect(readOn(page(40, { stops }), 10, top)).toBe(expected);
  });

  test('reaches the end of any page, and shows every line on the way', () => {
    const document = page(97, { stops: [3, 11, 13, 30, 31, 32, 64, 90] });
    const seen = new Set<number>();
    let top = 0;
    for (let turns = 0; turns < 100 && !seen.has(96); turns += 1) {
      const window = windowOf(document, 10, top);
      for (const [at] of window.lines.entries()) seen.add(window.top + at);
      top = readOn(document, 10, window.top);
    }
    expect(seen.size).toBe(97);
  });
});

test('beside puts two pages side by side', () => {
  const both = beside(
    stack([{ lines: numbered(3, 'left') }]),
    stack([{ lines: numbered(1, 'right') }]),
    10,
    2,
  );
  expect(both.lines.map(textOf)).toEqual(['left 0', 'left 1', 'left 2']);
  expect(both.beside?.lines.map(textOf)).toEqual(['right 0']);
  expect(both.beside?.at).toBe(12);
});
