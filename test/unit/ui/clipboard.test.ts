import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clipboardSequence, copiedText, copy } from '../../../src/ui/clipboard.ts';

const script = 'tar -x \\\n  -f "é" # it\'s\n';
const decoded = (sequence: string) =>
  Buffer.from(sequence.slice('\u001b]52;c;'.length, -1), 'base64').toString();

function written() {
  const all: string[] = [];
  const stdout = { write: (text: string) => all.push(text) } as unknown as NodeJS.WriteStream;
  return { all, stdout };
}

describe('OSC 52', () => {
  test('has the script as it is', () => {
    const sequence = clipboardSequence(script, {});
    expect(sequence).toMatch(/52;c;[A-Za-z0-9+/=]+.$/);
    expect([sequence.slice(0, 2), sequence.at(-1)]).toEqual(['\u001b]', '\u0007']);
    expect(decoded(sequence)).toBe(script);
  });

  test('goes through screen in pieces that are short enough', () => {
    const sequence = clipboardSequence('x'.repeat(1000), { STY: '1.pts-0' });
    const pieces = sequence.split('\u001b\\').filter((each) => each !== '');
    expect(pieces.length).toBeGreaterThan(4);
    for (const piece of pieces) {
      expect(piece.startsWith('\u001bP')).toBe(true);
      expect(piece.length).toBeLessThan(256);
    }
    const passedOn = pieces.map((each) => each.slice(2)).join('');
    expect(passedOn).toBe(clipboardSequence('x'.repeat(1000), {}));
  });
});

describe('copy', () => {
  test('asks the terminal', async () => {
    const { all, stdout } = written();
    expect(await copy(script, { env: {}, stdout })).toBe('asked');
    expect(decoded(all.join(''))).toBe(script);
  });

  test('asks the terminal where tmux is gone', async () => {
    const { all, stdout } = written();
    const env = { ...process.env, TMUX: '/nowhere/tmux,1,0' };
    expect(await copy(script, { env, stdout })).toBe('asked');
    expect(decoded(all.join(''))).toBe(script);
  });

  test('says where the script is', () => {
    expect(copiedText('tmux', '/w/copied.sh')).toContain("tmux's buffer");
    expect(copiedText('asked', '/w/copied.sh')).toMatch(/if this terminal .* `\/w\/copied\.sh`/);
    expect(copiedText('asked', undefined)).toMatch(/lets programs do that\.$/);
  });
});

const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
})();

test.runIf(hasTmux)("in tmux, the script is in tmux's buffer", async () => {
  const name = `handroll-tour-clipboard-${process.pid}`;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', name, ...args]).toString();
  const { TMUX: _, ...env } = process.env;
  execFileSync('tmux', ['-L', name, '-f', '/dev/null', 'new-session', '-d', 'sleep 60'], { env });
  const socket = tmux('display-message', '-p', '#{socket_path}').trim();
  onTestFinished(() => {
    tmux('kill-server');
    rmSync(socket, { force: true });
  });
  const { all, stdout } = written();
  expect(await copy(script, { env: { ...env, TMUX: `${socket},1,0` }, stdout })).toBe('tmux');
  expect(tmux('show-buffer')).toBe(script);
  expect(all).toEqual([]);
});
