import { describe, expect, test } from 'vitest';
import { fail, pass } from '../../../src/engine/check.ts';
import { keyOf } from '../../../src/engine/lesson.ts';
import {
  type Event,
  initialState,
  type Results,
  type State,
  update,
} from '../../../src/engine/update.ts';
import { aCheck, aLesson, aStep, follow, results } from '../../helpers/small-tour.ts';

/* What the machine shows by itself, while a step is on the screen and somebody works elsewhere. */

const lessons = [
  aLesson('one', [
    aStep('a', { checks: [aCheck('x'), aCheck('y')] }),
    aStep('b'),
    aStep('looks', { readOnly: true }),
  ]),
  aLesson('out', [aStep('gone')], { undoes: true }),
];

const good = pass('rechecked');
const bad = fail({ expected: 'this', actual: 'nothing', hint: 'Do it.' });
const worse = { ...bad, actual: 'that' };
const ended = { code: 0, milliseconds: 3, cancelled: false };
const checked: Event = { type: 'checked', answer: undefined };
const changed: Event = { type: 'changed' };
const open = (key: string): Event => ({ type: 'open', key, observe: true });
const seenIn = (state: State, ...all: Results): Event => ({
  type: 'rechecked',
  generation: state.generation,
  results: all,
  facts: new Map([['x', '1']]),
  answer: undefined,
});

const asked = (state: State, event: Event) => update(state, event).effects.map(({ type }) => type);

const ready = follow(initialState(lessons), open('one/a'), ...results(bad, bad), checked);
const glancing = follow(ready, changed);
const shown = (state: State) => state.results.get(keyOf(state.at));

describe('something changes', () => {
  test('while nothing is going on: a look, and the screen stays as it is', () => {
    const { state, effects } = update(ready, changed);
    expect(effects).toEqual([{ type: 'recheck', place: ready.at, generation: ready.generation }]);
    expect(state).toMatchObject({ phase: 'ready', results: ready.results });
  });

  test('again, while one looks: one more look after it, not beside it', () => {
    expect(asked(glancing, changed)).toEqual([]);
    const again = follow(glancing, changed, changed);
    expect(asked(again, seenIn(again, good, bad))).toEqual(['recheck']);
    expect(asked(glancing, seenIn(glancing, good, bad))).toEqual([]);
  });

  test('while a script runs: no look until it has ended and was checked', () => {
    const running = follow(ready, { type: 'run' });
    expect(asked(running, changed)).toEqual([]);
    const after = follow(running, changed, { type: 'ended', ended }, ...results(good, good));
    // Its own look began after the script had ended.
    expect(asked(after, checked)).toEqual(['record']);
  });

  test('while it is being checked: the look may have been too early for it', () => {
    const looking = follow(ready, { type: 'check' }, changed, ...results(good, bad));
    expect(asked(looking, checked)).toEqual(['recheck']);
  });

  test('while things are taken away: looking would start them again', () => {
    const leaving = follow(ready, open('out/gone'), ...results(bad), checked);
    expect(asked(leaving, changed)).toEqual([]);
  });
});

describe('what is seen', () => {
  test('half done: what holds is green, and the step still waits', () => {
    const half = follow(glancing, seenIn(glancing, good, worse));
    expect(half).toMatchObject({ phase: 'ready', byHand: false });
    expect(shown(half)).toEqual([good, worse]);
    expect(half.facts.get('x')).toBe('1');
    expect(half.resultsOnArrival).toEqual([bad, bad]);
  });

  test('all of it: the step has passed, is written down, and nothing is run', () => {
    expect(asked(glancing, seenIn(glancing, good, good))).toEqual(['record']);
    const done = follow(glancing, seenIn(glancing, good, good));
    expect(done).toMatchObject({ phase: 'passed', byHand: true });
    expect(keyOf(follow(done, { type: 'next' }).at)).toBe('one/b');
  });

  test('undone again: it says so, and mended, it has passed', () => {
    const done = follow(glancing, seenIn(glancing, good, good), changed);
    const broken = follow(done, seenIn(done, good, bad), changed);
    expect(broken.phase).toBe('failed');
    expect(follow(broken, seenIn(broken, good, good)).phase).toBe('passed');
  });

  test.each<[string, Event]>([
    ['a script', { type: 'run' }],
    ['a look that was asked for', { type: 'check' }],
    ['another step', open('one/b')],
  ])('too late, after %s has begun: it is not taken', (_, event) => {
    const later = follow(glancing, event);
    const after = follow(later, seenIn(glancing, good, good));
    expect(after).toEqual(later);
  });

  test('before a survey that began earlier comes to its end: the newer one stays', () => {
    const surveying = follow(ready, { type: 'survey' }, changed);
    const newer = follow(surveying, seenIn(surveying, good, bad));
    const old: Event = { type: 'surveyed', results: new Map([['one/a', [bad, bad]]]) };
    expect(shown(follow(newer, old))).toEqual([good, bad]);
    expect(shown(follow(surveying, old))).toEqual([bad, bad]);
  });
});

describe('the next step of somebody who works by hand', () => {
  const byHand = follow(glancing, seenIn(glancing, good, good), { type: 'next' });

  test('done ahead, it needs no running', () => {
    expect(follow(byHand, ...results(good), checked).phase).toBe('passed');
    expect(follow(byHand, ...results(bad), checked).phase).toBe('ready');
  });

  test('one that only looks is still to be looked at', () => {
    const looks = follow(byHand, ...results(good), checked, { type: 'next' });
    expect(follow(looks, ...results(good), checked).phase).toBe('ready');
  });
});
