import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { Keyboard } from '../../../../src/ui/pane/keyboard.ts';

function keyboard(divert: (text: string) => Iterable<string>) {
  const stdin = new PassThrough({ encoding: 'utf8' });
  const it = new Keyboard(stdin as unknown as NodeJS.ReadStream, divert);
  const read: string[] = [];
  const onReadable = () => {
    for (let chunk = it.read(); chunk !== null; chunk = it.read()) read.push(chunk);
  };
  return { stdin, it, read, onReadable };
}

test('only what is not diverted is read, piece by piece', async () => {
  let mine = false;
  const diverted: string[] = [];
  const { stdin, it, read, onReadable } = keyboard(function* (text) {
    for (const key of text) {
      if (mine) diverted.push(key);
      else yield key;
    }
  });
  // A key decides who gets the next one, also within one chunk.
  it.addListener('readable', () => {
    onReadable();
    if (read.includes('s')) mine = true;
  });
  stdin.write('jsls');
  await vi.waitFor(() => expect(diverted).toEqual(['l', 's']));
  expect(read).toEqual(['j', 's']);
});

test('it listens only while it is listened to', () => {
  const { stdin, it, onReadable } = keyboard((text) => [text]);
  expect(stdin.listenerCount('readable')).toBe(0);
  it.addListener('readable', onReadable);
  expect(stdin.listenerCount('readable')).toBe(1);
  it.removeListener('readable', onReadable);
  expect(stdin.listenerCount('readable')).toBe(0);
});
