import { describe, expect, test } from 'vitest';
import { jsonLines } from '../../../../src/explorer/image/json-lines.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const shown = (text: string) =>
  jsonLines(text).map(({ depth, text: row }) => `${' '.repeat(depth)}${row}`);

describe('JSON, laid out', () => {
  test.each<[string, unknown]>([
    ['nothing in it', {}],
    ['an empty array', []],
    ['a number', 1],
    ['nested', { a: [1, { b: [] }], c: {}, d: 'x' }],
    ['brackets in strings', { 'a{': '[],:{}"\\' }],
  ])('%s, as JSON.stringify has it', (_, value) => {
    const expected = JSON.stringify(value, null, 1).split('\n');
    expect(shown(JSON.stringify(value))).toEqual(expected);
    expect(shown(JSON.stringify(value, null, 4))).toEqual(expected);
  });

  test('the text, not the value: order, spelling, names that stand twice', () => {
    expect(shown('{"b":1.0,"1":2,"b":1e2}')).toEqual([
      '{',
      ' "b": 1.0,',
      ' "1": 2,',
      ' "b": 1e2',
      '}',
    ]);
  });

  test('a digest is one where it is a value, not where it is a name', () => {
    const lines = jsonLines(JSON.stringify({ digest, [digest]: 1, list: [digest, 'a:b'] }));
    expect(lines.filter((line) => line.digest === digest).map(({ text }) => text)).toEqual([
      `"digest": "${digest}",`,
      `"${digest}",`,
    ]);
  });

  test('any depth, and an end to what is kept', () => {
    expect(jsonLines('['.repeat(50_000) + ']'.repeat(50_000))).toHaveLength(99_999);
    expect(jsonLines(`[${'1,'.repeat(300_000)}1]`).length).toBeLessThan(100_010);
    expect(jsonLines(`"${'x'.repeat(100_000)}"`)[0]?.text.length).toBeLessThan(5000);
  });
});
