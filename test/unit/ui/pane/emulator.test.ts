import { describe, expect, test } from 'vitest';
import { textOf } from '../../../../src/ui/line.ts';
import { Emulator } from '../../../../src/ui/pane/emulator.ts';

/** A terminal of 20x4 in which this was written. */
async function written(text: string) {
  const replies: string[] = [];
  const emulator = new Emulator({ columns: 20, rows: 4 }, (reply) => replies.push(reply));
  const write = (more: string) => new Promise<void>((done) => emulator.write(more, done));
  await write(text);
  return { emulator, replies, write, lines: () => emulator.screen().lines.map(textOf) };
}

/** The styled parts of the first row. */
async function styles(text: string) {
  const { emulator } = await written(text);
  return emulator.screen().lines[0]?.map(({ text, style }) => [text, style]);
}

describe('what a program writes', () => {
  test('is lines of text, with a cursor', async () => {
    const { emulator, lines } = await written('one\r\ntwo $ ');
    expect(lines()).toEqual(['one', 'two $', '', '']);
    expect(emulator.screen().cursor).toEqual({ row: 1, column: 6 });
  });

  test.each([
    [
      'a colour',
      '\u001b[32mok\u001b[m!',
      [
        ['ok', { color: 'green' }],
        ['!', undefined],
      ],
    ],
    [
      'a bright one',
      '\u001b[91mx',
      [
        ['x', { color: 'redBright' }],
        ['', undefined],
      ],
    ],
    [
      'one of 256',
      '\u001b[38;5;208mx\u001b[m.',
      [
        ['x', { color: 'ansi256(208)' }],
        ['.', undefined],
      ],
    ],
    [
      'one of the first sixteen of them',
      '\u001b[38;5;9mx\u001b[m.',
      [
        ['x', { color: 'redBright' }],
        ['.', undefined],
      ],
    ],
    [
      'any',
      '\u001b[38;2;1;2;255mx\u001b[m.',
      [
        ['x', { color: '#0102ff' }],
        ['.', undefined],
      ],
    ],
    [
      'a background',
      '\u001b[44m \u001b[m.',
      [
        [' ', { backgroundColor: 'blue' }],
        ['.', undefined],
      ],
    ],
    [
      'attributes',
      '\u001b[1;2;3;4;7;9mx\u001b[m.',
      [
        [
          'x',
          {
            bold: true,
            dimColor: true,
            italic: true,
            underline: true,
            inverse: true,
            strikethrough: true,
          },
        ],
        ['.', undefined],
      ],
    ],
    ['what is to be invisible', 'a\u001b[8mb\u001b[mc', [['a c', undefined]]],
  ])('%s', async (_, text, expected) => {
    const shown = await styles(text);
    expect(shown).toEqual(expected.filter(([part]) => part !== ''));
  });

  test('equal styles are one object, so that rows can be compared', async () => {
    const { emulator } = await written('\u001b[35ma\r\nb');
    const [one, other] = emulator.screen().lines;
    expect(one?.[0]?.style).toBe(other?.[0]?.style);
  });

  test('wide characters take two columns, and joined ones their own each', async () => {
    const { emulator, lines } = await written('日本😀e\u0301');
    expect(lines()[0]).toBe('日本😀e\u0301');
    expect(emulator.screen().cursor?.column).toBe(7);
    const joined = await written('👩\u200d💻');
    expect(joined.lines()[0]).toBe('👩💻');
    expect(joined.emulator.screen().cursor?.column).toBe(4);
  });

  test('a question gets an answer: where is the cursor', async () => {
    const { replies } = await written('ab\u001b[6n');
    expect(replies).toEqual(['\u001b[1;3R']);
  });

  test('a hidden cursor is not shown, until it is again', async () => {
    const { emulator, write } = await written('\u001b[?25l');
    expect(emulator.screen().cursor).toBeUndefined();
    await write('\u001b[?25h');
    expect(emulator.screen().cursor).toEqual({ row: 0, column: 0 });
    await write('\u001b[?25l\u001bc');
    expect(emulator.screen().cursor).toEqual({ row: 0, column: 0 });
  });

  test('modes that decide how keys are sent', async () => {
    const { emulator, write } = await written('\u001b[?1h\u001b[?2004h');
    expect(emulator.modes).toEqual({ applicationCursor: true, bracketedPaste: true });
    await write('\u001b[?1l\u001b[?2004l');
    expect(emulator.modes).toEqual({ applicationCursor: false, bracketedPaste: false });
  });
});

describe('the lines above the screen', () => {
  const numbers = Array.from({ length: 10 }, (_, at) => `${at + 1}`).join('\r\n');

  test('are there to scroll back to, without a cursor', async () => {
    const { emulator, lines } = await written(numbers);
    expect(lines()).toEqual(['7', '8', '9', '10']);
    emulator.scroll(3);
    expect(lines()).toEqual(['4', '5', '6', '7']);
    expect(emulator.screen()).toMatchObject({ cursor: undefined, back: 3 });
    emulator.scroll(100);
    expect(lines()).toEqual(['1', '2', '3', '4']);
    emulator.follow();
    expect(lines()).toEqual(['7', '8', '9', '10']);
  });

  test('a program that has the screen to itself has none', async () => {
    const { emulator, lines } = await written(`${numbers}\u001b[?1049h\u001b[Hvi`);
    emulator.scroll(3);
    expect(lines()).toEqual(['vi', '', '', '']);
  });

  test('come back when the terminal gets higher', async () => {
    const { emulator, lines } = await written(numbers);
    emulator.resize({ columns: 20, rows: 6 });
    expect(lines()).toEqual(['5', '6', '7', '8', '9', '10']);
  });
});
