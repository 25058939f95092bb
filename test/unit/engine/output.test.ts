import { describe, expect, test } from 'vitest';
import { collectOutput, lastWords } from '../../../src/engine/output.ts';

function shown(...chunks: string[]): readonly string[] {
  const output = collectOutput();
  for (const chunk of chunks) output.write(chunk);
  return output.view().lines;
}

/** The same text in pieces of this many characters. */
function pieces(text: string, size: number): string[] {
  return text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
}

const texts: [string, string, string[]][] = [
  ['lines', 'one\ntwo\n', ['one', 'two']],
  ['a line that has not ended', 'one\ntwo', ['one', 'two']],
  ['empty lines', '\n\none\n', ['', '', 'one']],
  ['line ends of a terminal', 'one\r\ntwo\r\r\n', ['one', 'two']],
  ['a progress bar, as it stands', ' 10%\r 50%\r100%\ndone\n', ['100%', 'done']],
  ['a progress bar that is under way', 'start\n 10%\r 50%', ['start', ' 50%']],
  ['a progress bar that returns at its end', ' 10%\r 50%\r', [' 50%']],
  ['colours', '\u001b[1;31mred\u001b[0m text\n', ['red text']],
  ['cursor movements', 'a\u001b[2Jb\u001b[10;20Hc\u001b[?25ld\n', ['abcd']],
  ['the colours of 2020', '\u001b[4:3m\u001b[38:2::1:2:3mred\u001b[>4;1m\n', ['red']],
  ['a character set, a reset', '\u001b(Ba\u001b7\u001bcb\u001b=\n', ['ab']],
  ['a window title, ended by a bell', '\u001b]0;me@host: ~\u0007text\n', ['text']],
  ['a window title, ended by another sequence', '\u001b]0;t\u001b[31mtext\n', ['text']],
  ['a device control string', '\u001bPq"1;1#0\u001b\\text\u001b_secret\u001b\\\n', ['text']],
  ['a window title, ended by ST', '\u001b]0;title\u001b\\text\n', ['text']],
  [
    'a link',
    '\u001b]8;;https://example.org\u001b\\words\u001b]8;;\u001b\\ after\n',
    ['words after'],
  ],
  ['a bell, a backspace, a null', 'a\u0007b\u0008c\u0000d\u007fe\n', ['abcde']],
  ['eight-bit controls', 'a\u009b31mb\u0085c\n', ['abc']],
  ['tabs', 'a\tb\n', ['a    b']],
  ['other scripts', 'grüße 世界 🎉\n', ['grüße 世界 🎉']],
];

describe.each(texts)('%s', (_, text, lines) => {
  test.each([1, 2, 3, 7, 1000])('in pieces of %i', (size) => {
    expect(shown(...pieces(text, size))).toEqual(lines);
  });
});

test.each([
  ['a colour', 'text\u001b[1;3'],
  ['a title', 'text\u001b]0;my tit'],
  ['nothing but its start', 'text\u001b'],
])('an escape sequence that is not all there yet is not shown: %s', (_, text) => {
  expect(shown(text)).toEqual(['text']);
});

describe('bounded', () => {
  test('a million lines leave the last few hundred, and the count of the others', () => {
    const output = collectOutput();
    for (let line = 0; line < 1_000_000; line += 1) output.write(`line ${line}\n`);
    const { lines, dropped } = output.view();
    expect(lines.length).toBe(500);
    expect(lines.at(-1)).toBe('line 999999');
    expect(lines[0]).toBe(`line ${dropped}`);
    expect(lines.length + dropped).toBe(1_000_000);
  });

  test('a million lines take no more memory than a thousand', () => {
    const output = collectOutput();
    const chunk = 'x'.repeat(99).concat('\n').repeat(1000);
    for (let times = 0; times < 10; times += 1) output.write(chunk);
    const before = process.memoryUsage().heapUsed;
    for (let times = 0; times < 1000; times += 1) output.write(chunk);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    expect(output.view().dropped).toBe(1_010_000 - 500);
  });

  test.each([
    ['at once', 10_000_000],
    ['bit by bit', 64 * 1024],
    ['in small pieces', 1000],
  ])('ten megabytes without a line end, %s, are cut', (_, size) => {
    const output = collectOutput();
    for (let sent = 0; sent < 10_000_000; sent += size) output.write('x'.repeat(size));
    expect(output.view()).toEqual({ lines: ['x'.repeat(2000)], dropped: 0 });
    output.write('\nnext\n');
    expect(output.view().lines).toEqual(['x'.repeat(2000), 'next']);
  });

  test('a progress bar of ten megabytes shows where it is', () => {
    const output = collectOutput();
    for (let step = 1; step <= 1_000_000; step += 1) output.write(`step ${step}\r`);
    expect(output.view().lines).toEqual(['step 1000000']);
  });

  test('a line is cut between characters, never inside an escape sequence', () => {
    const [coloured = ''] = shown(`${'x'.repeat(1998)}\u001b[1;31mred\n`);
    expect(coloured).toBe(`${'x'.repeat(1998)}re`);
    const [many = ''] = shown('\u001b[38;5;196mx'.repeat(3000));
    expect(many).toMatch(/^x+$/);
    const [emoji = ''] = shown(`${'x'.repeat(1999)}🎉\n`);
    expect(emoji).toBe('x'.repeat(1999));
  });

  test.each([
    [['packing', 'ctr: no such file', '', '  '], 'ctr: no such file'],
    [['', ' '], undefined],
    [[], undefined],
  ])('the last words of %j', (lines, expected) => {
    expect(lastWords({ lines })).toBe(expected);
  });

  test('a view does not change when more comes', () => {
    const output = collectOutput();
    output.write('one\n');
    const view = output.view();
    output.write('two\n');
    expect(view.lines).toEqual(['one']);
  });
});
