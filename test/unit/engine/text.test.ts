import { describe, expect, test } from 'vitest';
import { fact } from '../../../src/engine/fact.ts';
import { factsIn, notYetKnown, picture, plain, text, wide } from '../../../src/engine/text.ts';

const digest = fact<string>('digest', { what: 'the digest', from: 'a/b', read: async () => 'abc' });
const size = fact<number>('size', { what: 'the size', from: 'a/b', read: async () => 12 });
const nothingKnown = new Map<string, string>();

describe('text', () => {
  test.each([
    ['a line', text`Hello.`, 'Hello.'],
    [
      'lines of the source run together',
      text`Hello there,
        and welcome.`,
      'Hello there, and welcome.',
    ],
    [
      'a blank line parts paragraphs, however many there are',
      text`One.

        Two.

        
        Three.`,
      'One.\n\nTwo.\n\nThree.',
    ],
    [
      'the space around it goes',
      text`
        Hello.
      `,
      'Hello.',
    ],
    ['code keeps its inner space', text`\`a  b\` and *c*`, '`a  b` and *c*'],
  ])('%s', (_, parts, expected) => {
    expect(plain(parts, nothingKnown)).toBe(expected);
  });

  test('a fact stands where it was put, between the words around it', () => {
    const parts = text`It is ${digest},
      of ${size} bytes.`;
    const known = new Map([
      ['digest', 'abc'],
      ['size', '12'],
    ]);
    expect(plain(parts, known)).toBe('It is abc, of 12 bytes.');
    expect(factsIn(parts, undefined, text`${size}`)).toEqual([digest, size, size]);
  });

  test('a fact may come first and last', () => {
    expect(plain(text`${digest}: ${size}`, new Map([['digest', 'abc']]))).toBe(
      `abc: ${notYetKnown}`,
    );
  });
});

describe('picture', () => {
  test('keeps every space but the indentation that all lines share', () => {
    const parts = picture`
        a ──► b
          └─► c

      below   it
    `;
    expect(plain(parts, nothingKnown)).toBe('  a ──► b\n    └─► c\n\nbelow   it');
  });

  test('does not change its shape when a fact becomes known', () => {
    const parts = picture`
      [${wide(digest, 9)}] end
      ${size} starts a line
    `;
    const before = plain(parts, nothingKnown).split('\n');
    const after = plain(parts, new Map([['digest', 'abc']])).split('\n');
    expect(before[0]).toBe('[not yet  ] end');
    expect(after[0]).toBe('[abc      ] end');
    expect(after[1]).toBe(`${notYetKnown} starts a line`);
  });
});
