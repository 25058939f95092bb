import { describe, expect, test } from 'vitest';
import { fail, pass } from '../../../src/engine/check.ts';
import type { StepRecord } from '../../../src/engine/progress.ts';
import { isDoneAlone, isSolutionHidden, tasksDone } from '../../../src/engine/task.ts';
import { text } from '../../../src/engine/text.ts';
import { type Event, initialState, type State, update } from '../../../src/engine/update.ts';
import { aLesson, aStep, follow } from '../../helpers/small-tour.ts';

const lessons = [aLesson('one', [aStep('plain'), aStep('task', { goal: text`Make it.` })])];
const [lesson] = lessons;
const [plain, task] = lesson?.steps ?? [];

const open = (key: string): Event => ({ type: 'open', key, observe: false });
const show: Event = { type: 'show solution' };
const checked: Event = { type: 'checked', answer: undefined };
const found = (good: boolean): Event => ({
  type: 'result',
  index: 0,
  result: good ? pass('seen') : fail({ expected: 'this', actual: 'that', hint: 'Do it.' }),
});

const begin = initialState(lessons);
const ready = follow(begin, open('one/task'));
const checking = follow(ready, { type: 'check' });
const passed = follow(checking, found(true), checked);
const failed = follow(checking, found(false), checked);

describe('the solution', () => {
  test.each<[string, State, boolean]>([
    ['of a step that is no task: nothing is hidden', follow(begin, open('one/plain')), false],
    ['of a task', ready, true],
    ['of a task that is checked', checking, true],
    ['of a task that failed', failed, true],
    ['of a task that passed', passed, false],
    ['that was shown', follow(ready, show), false],
    [
      'that was shown in an earlier session',
      follow(initialState(lessons, { solutions: ['one/task'] }), open('one/task')),
      false,
    ],
  ])('%s', (_, state, hidden) => {
    expect(isSolutionHidden(state)).toBe(hidden);
  });

  test.each<[string, State]>([
    ['ready', ready],
    ['failed', failed],
  ])('is shown when the task is %s, is noted, and can be run next', (_, before) => {
    const { state, effects } = update(before, show);
    expect(state).toMatchObject({ phase: 'ready', solutions: new Set(['one/task']) });
    expect(state.results).toBe(before.results);
    expect(effects).toEqual([{ type: 'solution shown', key: 'one/task' }]);
    expect(follow(state, { type: 'run' }).phase).toBe('running');
  });

  test.each<[string, State]>([
    ['a step that is no task', follow(begin, open('one/plain'))],
    ['a task that is being checked', checking],
    ['a task that passed', passed],
    ['a task of which it is shown', follow(ready, show)],
  ])('%s: nothing to show', (_, state) => {
    const { state: after, effects } = update(state, show);
    expect([after, effects]).toEqual([state, []]);
  });
});

describe('done alone', () => {
  const printed = { lines: [], dropped: 0, code: 0, milliseconds: 1 };
  const record: StepRecord = { at: '2026-01-01', evidence: {} };
  test.each<[string, boolean, StepRecord | undefined, string[], boolean]>([
    ['by hand', false, undefined, [], true],
    ['by hand, once more', false, record, [], true],
    ['by its script', true, undefined, [], false],
    ['by its script in an earlier session', false, { ...record, printed }, [], false],
    ['by hand, after the solution was shown', false, undefined, ['one/task'], false],
    ['alone, and later repaired', true, { ...record, alone: true }, ['one/task'], true],
  ])('%s', (_, wasRun, before, shown, alone) => {
    if (lesson === undefined || task === undefined) throw new Error('no task');
    const state = { solutions: new Set(shown) };
    expect(isDoneAlone(state, { lesson, step: task }, wasRun, before)).toBe(alone);
  });

  test('is nothing that a step without a goal could be', () => {
    if (lesson === undefined || plain === undefined) throw new Error('no step');
    const state = { solutions: new Set<string>() };
    expect(isDoneAlone(state, { lesson, step: plain }, false, undefined)).toBe(false);
  });

  test('is counted', () => {
    const count = (records: [string, StepRecord][]) =>
      tasksDone(initialState(lessons, { records: new Map(records) }));
    expect(count([])).toEqual({ done: 0, alone: 0 });
    expect(count([['one/plain', record]])).toEqual({ done: 0, alone: 0 });
    expect(count([['one/task', record]])).toEqual({ done: 1, alone: 0 });
    expect(count([['one/task', { ...record, alone: true }]])).toEqual({ done: 1, alone: 1 });
  });
});
