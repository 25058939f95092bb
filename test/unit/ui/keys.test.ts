import type { Key as InkKey } from 'ink';
import { describe, expect, test } from 'vitest';
import { keysIn } from '../../../src/ui/keys.ts';

const none: InkKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe('keysIn', () => {
  test.each<[string, string, Partial<InkKey>, string[]]>([
    ['a letter', 'q', {}, ['q']],
    ['a capital', 'G', { shift: true }, ['G']],
    ['Enter', '\r', { return: true }, ['enter']],
    ['Enter as a line feed', '\n', {}, ['enter']],
    ['Escape', '', { escape: true, meta: true }, ['escape']],
    ['an arrow', '', { upArrow: true }, ['up']],
    ['a page', '', { pageDown: true }, ['pagedown']],
    ['Ctrl-C', 'c', { ctrl: true }, ['ctrl-c']],
    ['Ctrl-Z', 'z', { ctrl: true }, ['ctrl-z']],
    ['space', ' ', {}, ['space']],
    ['two keys in one piece', 'nn', {}, ['n', 'n']],
    ['Enter twice in one piece is one', '\r\r', {}, ['enter']],
    ['Enter, a letter, Enter', '\rh\r', {}, ['enter', 'h', 'enter']],
    ['Ctrl-C among others', 'h\u0003', {}, ['h', 'ctrl-c']],
    ['Tab does nothing', '\t', { tab: true }, []],
    ['Backspace', '\u007f', { delete: true }, ['backspace']],
    ['a paste does nothing', 'rm -rf "$WORKDIR/build"', {}, []],
  ])('%s', (_, input, key, keys) => {
    expect(keysIn(input, { ...none, ...key })).toEqual(keys);
  });
});
