import { describe, expect, test } from 'vitest';
import type { Phase } from '../../../src/engine/update.ts';
import {
  type Action,
  actionOf,
  type KeyContext,
  keymap,
  keysNow,
  type ScreenName,
} from '../../../src/ui/keymap.ts';
import { aSituation as on } from '../../helpers/situation.ts';

const phases: Phase[] = ['observing', 'ready', 'running', 'checking', 'passed', 'failed'];
const screens: ScreenName[] = [
  'step',
  'contents',
  'help',
  'picture',
  'output',
  'glossary',
  'quiz',
  'hits',
  'batch',
  'opening',
  'small',
  'privilege',
  'end',
];

describe('Enter is the one next thing', () => {
  test.each<[string, Partial<KeyContext>, Action | undefined]>([
    ['ready: run it', { phase: 'ready' }, 'run'],
    ['ready, but not read to its end: read on', { phase: 'ready', unread: true }, 'read on'],
    ['passed: go on', { phase: 'passed' }, 'next'],
    ['passed, with more to read', { phase: 'passed', unread: true }, 'read on'],
    ['failed: run it again', { phase: 'failed' }, 'run'],
    ['a task: look', { task: true }, 'check'],
    ['a task, with more to read: read on', { task: true, unread: true }, 'read on'],
    ['a task that is not done yet: look', { task: true, phase: 'failed' }, 'check'],
    ['a task that is done already: look', { task: true, holds: true }, 'check'],
    ['looking: nothing', { phase: 'observing' }, undefined],
    ['running: nothing', { phase: 'running' }, undefined],
    ['running, with more to read: nothing', { phase: 'running', unread: true }, undefined],
    ['checking: nothing', { phase: 'checking' }, undefined],
    ['contents: open', { screen: 'contents', entryStep: '3' }, 'open'],
    ['contents, where it is too early: back', { screen: 'contents' }, 'close'],
    [
      'the end of the lesson with the quiz, for the first time',
      { phase: 'passed', quiz: 'new' },
      'quiz',
    ],
    ['the end of that lesson, later', { phase: 'passed', quiz: 'known' }, 'next'],
    ['a question of the quiz: nothing', { screen: 'quiz', choices: 3 }, undefined],
    ['its answer', { screen: 'quiz', answered: true }, 'next question'],
    ['its summary', { screen: 'quiz' }, 'close'],
    ['a hit of a search: go there', { screen: 'hits', hit: true }, 'open hit'],
    ['a term that was searched for: back', { screen: 'hits' }, 'close'],
    ['help: back', { screen: 'help' }, 'close'],
    ['before sudo asks', { screen: 'privilege' }, 'unlock'],
    ['the end: leave', { screen: 'end' }, 'quit'],
    ['the end, with more to read', { screen: 'end', unread: true }, 'read on'],
    ['the end, with a list below it', { screen: 'end', below: true }, 'quit'],
    [
      'while the machine is looked at: nothing',
      { screen: 'opening', phase: 'observing' },
      undefined,
    ],
    ['on the opening, once it was looked at', { screen: 'opening' }, 'close'],
    ['too small a window: nothing', { screen: 'small' }, undefined],
  ])('%s', (_, differing, action) => {
    expect(actionOf('enter', on(differing))).toBe(action);
  });
});

describe('other keys', () => {
  test.each<[string, Partial<KeyContext>, Action | undefined]>([
    ['r', { phase: 'ready' }, 'run'],
    ['r', { phase: 'passed' }, 'run'],
    ['r', { phase: 'running' }, undefined],
    ['d', { phase: 'failed' }, 'check'],
    ['d', { phase: 'checking' }, undefined],
    ['k', { phase: 'failed' }, undefined],
    ['k', { above: true }, 'line up'],
    ['k', { screen: 'contents' }, 'choose up'],
    ['g', { screen: 'contents' }, 'choose first'],
    ['G', { screen: 'contents' }, 'choose last'],
    ['n', { searched: true }, 'find next'],
    ['N', { searched: true }, 'find previous'],
    ['n', {}, undefined],
    ['escape', { searched: true, hint: 1 }, 'end search'],
    ['escape', { searched: true, screen: 'help' }, 'end search'],
    ['y', { script: true }, 'copy'],
    ['y', {}, undefined],
    ['p', { screen: 'picture' }, 'close'],
    ['o', { screen: 'output' }, 'close'],
    ['s', { phase: 'ready' }, 'shell'],
    ['s', { phase: 'running' }, undefined],
    ['s', { task: true }, 'shell'],
    ['r', { task: true }, undefined],
    ['r', { task: true, phase: 'failed' }, undefined],
    ['h', { task: true }, 'hint'],
    ['h', { task: true, hint: 1 }, 'hint'],
    ['h', { task: true, hint: 2 }, 'solution'],
    ['h', { hint: 2 }, 'hint'],
    ['v', { phase: 'passed', visit: 'step inside' }, 'visit'],
    ['v', { phase: 'passed' }, undefined],
    ['v', { phase: 'ready', visit: 'step inside' }, undefined],
    ['e', { phase: 'ready' }, 'explore'],
    ['e', { screen: 'contents' }, 'explore'],
    ['e', { phase: 'running' }, undefined],
    ['2', { choices: 2 }, 'answer 2'],
    ['3', { choices: 2 }, undefined],
    ['i', { missing: true }, 'install'],
    ['i', {}, undefined],
    ['u', { locked: true }, 'unlock'],
    ['o', { cut: true, phase: 'running' }, 'output'],
    ['o', {}, undefined],
    ['p', { picture: true }, 'picture'],
    ['b', {}, 'back'],
    ['left', {}, 'back'],
    ['b', { before: false }, undefined],
    ['b', { screen: 'contents' }, 'close'],
    ['right', { phase: 'passed' }, 'next'],
    ['right', { phase: 'ready' }, undefined],
    ['escape', { phase: 'running' }, 'cancel'],
    ['escape', { hint: 2 }, 'hide hint'],
    ['escape', {}, undefined],
    ['escape', { screen: 'output' }, 'close'],
    ['escape', { screen: 'privilege' }, 'dismiss'],
    ['ctrl-c', { phase: 'running' }, 'cancel'],
    ['ctrl-c', { phase: 'running', screen: 'help' }, 'interrupt'],
    ['ctrl-c', {}, 'interrupt'],
    ['ctrl-z', {}, 'suspend'],
    ['c', {}, 'contents'],
    ['c', { screen: 'contents' }, 'close'],
    ['?', {}, 'help'],
    ['?', { screen: 'help' }, 'close'],
    ['q', {}, 'quit'],
    ['q', { screen: 'output' }, 'close'],
    ['q', { screen: 'contents' }, 'quit'],
    ['down', { below: true }, 'line down'],
    ['down', {}, undefined],
    ['down', { screen: 'contents' }, 'choose down'],
    ['space', { below: true }, 'page down'],
    ['g', { above: true, screen: 'help' }, 'top'],
    ['home', { above: true }, 'top'],
    ['g', { above: true, terms: true }, 'top'],
    ['w', { above: true, terms: true }, 'glossary'],
    ['w', { phase: 'running', terms: true }, undefined],
    ['w', { screen: 'glossary', above: true }, 'close'],
    ['g', { screen: 'glossary', above: true }, 'top'],
    ['f', { drifted: '3' }, 'repair'],
    ['f', { drifted: '3', phase: 'running' }, undefined],
    ['f', { drifted: '3', screen: 'contents' }, 'repair'],
    ['f', { screen: 'contents' }, undefined],
    ['u', { screen: 'contents', behind: true }, 'catch up'],
    ['u', { screen: 'contents' }, undefined],
    ['u', { stopped: 'go on to 5' }, 'carry on'],
    ['u', { stopped: 'go on to 5', locked: true }, 'unlock'],
    ['right', { screen: 'contents' }, 'into steps'],
    ['left', { screen: 'contents', amongSteps: true }, 'out of steps'],
    ['escape', { screen: 'contents', amongSteps: true }, 'out of steps'],
    ['escape', { screen: 'contents' }, 'close'],
    ['escape', { screen: 'batch', phase: 'checking' }, 'cancel'],
    ['ctrl-c', { screen: 'batch', phase: 'running' }, 'cancel'],
    ['enter', { screen: 'batch', phase: 'running' }, undefined],
    ['G', { below: true }, 'bottom'],
    ['x', { below: true, above: true }, undefined],
    ['x', { phase: 'passed', quiz: 'known' }, 'quiz'],
    ['x', { quiz: 'known' }, undefined],
    ['x', { screen: 'contents', quiz: 'new' }, 'quiz'],
    ['2', { screen: 'quiz', choices: 2 }, 'choose 2'],
    ['3', { screen: 'quiz', choices: 2 }, undefined],
    ['escape', { screen: 'quiz', choices: 2 }, 'close'],
    ['q', { screen: 'quiz', choices: 2 }, 'close'],
  ])('%s on %j', (key, differing, action) => {
    expect(actionOf(key, on(differing))).toBe(action);
  });

  test.each(screens)('one can leave from %s, whatever goes on', (screen) => {
    for (const phase of phases) {
      const actions = ['q', 'ctrl-c', 'escape'].map((key) => actionOf(key, on({ screen, phase })));
      expect(actions).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(quit|interrupt|close|cancel)$/)]),
      );
    }
  });
});

describe('the obvious next key of a task', () => {
  test.each<[string, Partial<KeyContext>, Action]>([
    ['an own shell', {}, 'shell'],
    ['an own shell, after a check that failed', { phase: 'failed' }, 'shell'],
    ['reading on, where there is more', { unread: true }, 'read on'],
    ['a look, where everything holds', { holds: true }, 'check'],
  ])('%s', (_, differing, action) => {
    const [first] = keysNow(on({ task: true, ...differing })).filter(({ label }) => label);
    expect(first?.action).toBe(action);
  });
});

describe('the keymap as data', () => {
  test('no key means two things at once', () => {
    for (const screen of screens) {
      for (const phase of phases) {
        const keys = keysNow(on({ screen, phase, above: true, below: true })).flatMap(
          (binding) => binding.keys,
        );
        expect(keys).toEqual([...new Set(keys)]);
      }
    }
  });

  test('every key that does something on a step is explained in the help', () => {
    const explained = new Set(
      keymap.flatMap(({ keys, listed = keys, help }) => (help === undefined ? [] : listed)),
    );
    const worth = keymap.filter(({ on }) => on === undefined || on.includes('step'));
    const unexplained = worth.filter(({ keys }) => !keys.some((key) => explained.has(key)));
    expect(unexplained.map(({ action }) => action)).toEqual([]);
  });

  test('a key that moves or searches means the same on every screen with a page', () => {
    const moves: [string, RegExp][] = [
      ['j', /^(line|choose) down$/],
      ['k', /^(line|choose) up$/],
      ['g', /^(top|choose first)$/],
      ['G', /^(bottom|choose last)$/],
      ['space', /^page down$/],
    ];
    const read: ScreenName[] = [
      'step',
      'contents',
      'help',
      'picture',
      'output',
      'glossary',
      'hits',
      'end',
    ];
    for (const screen of read) {
      for (const phase of phases) {
        const there = on({ screen, phase, above: true, below: true, terms: true, searched: true });
        for (const [key, meaning] of moves) {
          expect(actionOf(key, there), `${key} on ${screen}, ${phase}`).toMatch(meaning);
        }
        expect(actionOf('/', there)).toBe('search');
        if (screen === 'contents') continue;
        expect(actionOf('n', there)).toBe('find next');
      }
    }
  });
});
