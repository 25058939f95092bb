import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Display } from '../../../src/ui/display.ts';

class Terminal extends EventEmitter {
  columns = 80;
  rows = 24;
  readonly written: string[] = [];
  write = (text: string) => {
    this.written.push(text);
    return true;
  };
  /** What was written since the last time, with escapes made readable. */
  take = () => {
    const all = this.written.splice(0).join('').replaceAll('\u001b', '^');
    return all.replaceAll('^[?2026h', '{').replaceAll('^[?2026l', '}');
  };
}

function display({ spoken = false } = {}) {
  const terminal = new Terminal();
  const display = new Display(terminal as unknown as NodeJS.WriteStream, { spoken });
  return { terminal, display };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

describe('frames', () => {
  test('the first clears the screen and is drawn at once', () => {
    const { terminal, display: it } = display();
    it.write('title\n\nkeys');
    expect(terminal.take()).toBe('{^[2J^[1;1Htitle^[K^[3;1Hkeys^[K}');
  });

  test.each<[string, string, string[], string]>([
    [
      'only lines that changed, each at its place',
      'title\none\nkeys',
      ['title\ntwo\nkeys'],
      '{^[2;1Htwo^[K}',
    ],
    ['nothing where a shorter frame has no line', 'a\nb\nc', ['a'], '{^[2;1H^[K^[3;1H^[K}'],
    ['no byte for an equal frame or an empty one', 'a\nb', ['a\nb', ''], ''],
  ])('after that it writes %s', (_, first, next, written) => {
    const { terminal, display: it } = display();
    it.write(first);
    terminal.take();
    vi.advanceTimersByTime(40);
    for (const frame of next) it.write(frame);
    vi.advanceTimersByTime(40);
    expect(terminal.take()).toBe(written);
  });

  test('at most thirty a second, and the last one always', () => {
    const { terminal, display: it } = display();
    for (let frame = 0; frame <= 100; frame += 1) {
      it.write(`frame ${frame}`);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(40);
    expect(terminal.written.length).toBeLessThanOrEqual(32);
    expect(terminal.take()).toMatch(/frame 100\^\[K\}$/);
  });

  test('never more lines than the terminal has', () => {
    const { terminal, display: it } = display();
    terminal.rows = 2;
    it.write('a\nb\nc');
    expect(terminal.take()).not.toContain('c');
  });
});

describe('a terminal that changes its size', () => {
  test('tells Ink, and gets everything anew', () => {
    const { terminal, display: it } = display();
    it.write('a\nb');
    terminal.take();
    it.on('resize', () => it.write('a\nwider'));
    terminal.columns = 100;
    terminal.emit('resize');
    expect(it.columns).toBe(100);
    vi.advanceTimersByTime(40);
    expect(terminal.take()).toBe('{^[2J^[1;1Ha^[K^[2;1Hwider^[K}');
  });

  test('one that does not know its size counts as 80x24', () => {
    const { terminal, display: it } = display();
    terminal.columns = 0;
    terminal.rows = 0;
    expect([it.columns, it.rows]).toEqual([80, 24]);
  });
});

test('for a voice only what is new is written, and nothing is taken back', () => {
  const { terminal, display: it } = display({ spoken: true });
  it.write('title\nwhy\nkeys: run');
  expect(terminal.take()).toBe('title\nwhy\nkeys: run\n');
  vi.advanceTimersByTime(40);
  it.write('title\nRunning.');
  expect(terminal.take()).toBe('Running.\n');
  vi.advanceTimersByTime(40);
  it.write('title\npassed\npassed\nkeys: go on');
  expect(terminal.take()).toBe('passed\npassed\nkeys: go on\n');
});

test('closed, it draws nothing more and leaves the terminal alone', () => {
  const { terminal, display: it } = display();
  it.write('a');
  it.write('b');
  terminal.take();
  it.close();
  it.write('c');
  vi.advanceTimersByTime(100);
  expect(terminal.take()).toBe('');
  expect(terminal.listenerCount('resize')).toBe(0);
});

describe('the cursor', () => {
  test('is where the learner types, hidden on its way there, and moves without a frame', () => {
    const terminal = new Terminal();
    let cell: { row: number; column: number } | undefined;
    const it = new Display(terminal as unknown as NodeJS.WriteStream, {
      spoken: false,
      cursor: () => cell,
    });
    const next = (frame: string) => {
      vi.advanceTimersByTime(40);
      it.write(frame);
      return terminal.take();
    };
    expect(next('a')).toBe('{^[2J^[1;1Ha^[K}');
    cell = { row: 4, column: 9 };
    expect(next('a')).toBe('{^[5;10H^[?25h}');
    expect(next('a')).toBe('');
    expect(next('b')).toBe('{^[?25l^[1;1Hb^[K^[5;10H^[?25h}');
    cell = { row: 4, column: 10 };
    expect(next('b')).toBe('{^[5;11H^[?25h}');
    cell = undefined;
    expect(next('b')).toBe('{^[?25l}');
    cell = { row: 0, column: 0 };
    next('b');
    it.close();
    expect(terminal.take()).toBe('^[?25l');
  });
});
