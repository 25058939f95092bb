import { describe, expect, test } from 'vitest';
import { blocked, type CheckResult, fail, pass } from '../../../src/engine/check.ts';
import { keyOf, placesOf } from '../../../src/engine/lesson.ts';
import { noOutput } from '../../../src/engine/output.ts';
import {
  type Event,
  initialState,
  type Phase,
  placeOf,
  positionOf,
  type Results,
  type State,
  type StepError,
  type StepStatus,
  stepStatus,
  type Update,
  update,
} from '../../../src/engine/update.ts';
import { aCheck, aLesson, aStep, follow, results } from '../../helpers/small-tour.ts';

const predict = {
  question: 'Which?',
  choices: ['this', 'that'],
  ask: async () => ({ right: 0, said: 'this' }),
} as const;

const lessons = [
  aLesson('one', [aStep('a'), aStep('b', { checks: [aCheck('x'), aCheck('y')], predict })]),
  aLesson('two', [aStep('c')]),
];

const good = pass('seen');
const bad = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });
const over = { ...bad, targetGone: true } as const;
const unseen = blocked('EACCES');
const witnessed: CheckResult = { status: 'witnessed', evidence: 'seen', at: '2025-01-01' };
const ended = { code: 0, milliseconds: 3, cancelled: false };
const error: StepError = { message: 'no', hint: undefined, password: false, exit: 1 };
const answer = { choice: 1, right: 0, said: 'this' };

const begin = initialState(lessons);
const open = (key: string, observe = false): Event => ({ type: 'open', key, observe });
const checked: Event = { type: 'checked', answer: undefined };

/** The middle step in every phase, each reached the way a tour gets there. */
const ready = follow(begin, open('one/b'));
const running = follow(ready, { type: 'run' });
const checking = follow(running, { type: 'ended', ended });
const phases: Record<Phase, State> = {
  observing: follow(begin, open('one/b', true)),
  ready,
  running,
  checking,
  passed: follow(checking, ...results(good, good), checked),
  failed: follow(checking, ...results(good, bad), checked),
};

/** What a transition does, in a line: nothing, or the phase, the step and the effects. */
function told(before: State, { state, effects }: Update): string {
  if (state === before && effects.length === 0) return '-';
  const asked = effects.map(({ type }) => ` +${type}`).join('');
  return `${state.phase} ${keyOf(state.at)}${asked}`;
}

test.each(Object.entries(phases))('a step can be %s', (phase, state) => {
  expect(state.phase).toBe(phase);
  expect(keyOf(state.at)).toBe('one/b');
});

/** What an event does in the phases in which it does anything. */
const wants: readonly (readonly [Event, Partial<Record<Phase, string>>])[] = [
  [{ type: 'run' }, inEach('running one/b +run', 'ready', 'passed', 'failed')],
  [{ type: 'check' }, inEach('checking one/b +check', 'ready', 'passed', 'failed')],
  [{ type: 'next' }, { passed: 'observing two/c +complete +check' }],
  [{ type: 'back' }, inEach('observing one/a +check', 'ready', 'passed', 'failed')],
  [open('two/c'), inEach('ready two/c', 'ready', 'passed', 'failed')],
  [open('no/such'), {}],
  [{ type: 'cancel' }, { running: 'running one/b +cancel' }],
  [
    { type: 'answer', choice: 1 },
    { ready: 'ready one/b +answer', failed: 'failed one/b +answer' },
  ],
  [{ type: 'answer', choice: 2 }, {}],
  [
    { type: 'survey' },
    {
      ready: 'ready one/b +survey',
      passed: 'passed one/b +survey',
      failed: 'failed one/b +survey',
    },
  ],
];

function inEach(what: string, ...these: Phase[]): Partial<Record<Phase, string>> {
  return Object.fromEntries(these.map((phase) => [phase, what]));
}

describe.each(wants)('%j', (event, expected) => {
  test.each(Object.entries(phases))('while %s', (phase, state) => {
    expect(told(state, update(state, event))).toBe(expected[phase as Phase] ?? '-');
  });
});

describe('what happens is taken in', () => {
  test('output counts only while the script runs', () => {
    const output = { lines: ['one'], dropped: 0 };
    for (const [phase, state] of Object.entries(phases)) {
      const next = update(state, { type: 'output', output });
      expect(next.state.output).toBe(phase === 'running' ? output : state.output);
    }
  });

  test('a run forgets what the last one left on the screen', () => {
    const old = follow(phases.failed, { type: 'error', error });
    const state = follow({ ...old, output: { lines: ['old'], dropped: 4 } }, { type: 'run' });
    expect(state).toMatchObject({ error: undefined, ended: undefined, output: { dropped: 0 } });
    expect(state.output.lines).toEqual([]);
  });

  test('after the script has ended all its checks are open, and are asked for', () => {
    const again = follow(phases.failed, { type: 'run' });
    const { state, effects } = update(again, { type: 'ended', ended });
    expect(state.results.get('one/b')).toEqual([undefined, undefined]);
    expect(state).toMatchObject({ phase: 'checking', ended });
    expect(effects).toEqual([{ type: 'check', place: state.at }]);
  });

  test('results come in any order, and each has its place', () => {
    const [first, second] = results(good, bad) as [Event, Event];
    expect(follow(checking, second).results.get('one/b')).toEqual([undefined, bad]);
    expect(follow(checking, second, first).results.get('one/b')).toEqual([good, bad]);
  });

  test('a problem fails the step, which can be tried again; looking again forgets it', () => {
    const state = follow(running, { type: 'error', error });
    expect(state).toMatchObject({ phase: 'failed', error });
    expect(follow(state, { type: 'check' }).error).toBeUndefined();
    expect(follow(state, { type: 'run' }).phase).toBe('running');
  });

  test.each<[string, CheckResult[], Phase]>([
    ['all pass', [good, good], 'passed'],
    ['one is vouched for', [good, witnessed], 'passed'],
    ['one fails', [good, bad], 'failed'],
    ['one could not be looked at', [unseen, good], 'failed'],
    ['one has not answered', [good], 'failed'],
  ])('checked, %s', (_, all, phase) => {
    expect(follow(checking, ...results(...all), checked).phase).toBe(phase);
  });

  test.each<[string, CheckResult[], string[], Phase]>([
    ['done, and read', [good, good], ['one/b'], 'passed'],
    ['done, and not read', [good, good], [], 'ready'],
    ['read, and undone since', [good, bad], ['one/b'], 'ready'],
  ])('looked at: %s', (_, all, completed, phase) => {
    const state = initialState(lessons, { completed });
    expect(follow(state, open('one/b', true), ...results(...all), checked).phase).toBe(phase);
  });

  test("the machine's answer takes the place of the learner's, and is kept", () => {
    const asked = follow(ready, { type: 'answer', choice: 1 }, { type: 'run' });
    expect(asked.answers.get('one/b')).toEqual({ choice: 1 });
    const { state, effects } = update(follow(asked, { type: 'ended', ended }), {
      type: 'checked',
      answer,
    });
    expect(state.answers.get('one/b')).toEqual(answer);
    expect(effects).toEqual([{ type: 'answer', key: 'one/b', answer }]);
  });

  test('what passed after something was done is written down, what only holds is not', () => {
    const all = results(good, good);
    const done = update(follow(checking, ...all), checked);
    expect(done.effects).toEqual([
      { type: 'record', place: done.state.at, ended, output: noOutput },
    ]);
    const failed = update(follow(checking, ...results(bad, good)), checked);
    expect(failed.effects).toEqual([]);
    const read = initialState(lessons, { completed: ['one/b'] });
    const looked = update(follow(read, open('one/b', true), ...all), checked);
    expect([looked.state.phase, looked.effects]).toEqual(['passed', []]);
    const record = { at: '2025-01-01', evidence: { x: 'seen' } };
    const state = follow(done.state, { type: 'recorded', key: 'one/b', record });
    expect(state.records).toEqual(new Map([['one/b', record]]));
  });

  test('a step without a question has no answer', () => {
    expect(told(begin, update(begin, { type: 'answer', choice: 0 }))).toBe('-');
  });

  test('going on marks the step as read', () => {
    const { state, effects } = update(phases.passed, { type: 'next' });
    expect(state.completed).toEqual(new Set(['one/b']));
    expect(effects[0]).toEqual({ type: 'complete', key: 'one/b' });
    expect(phases.passed.completed).toEqual(new Set());
  });

  test('after the last step the tour is finished, and opening one takes that back', () => {
    const last = follow(begin, open('two/c'), { type: 'run' }, { type: 'ended', ended });
    const { state, effects } = update(follow(last, ...results(good), checked), {
      type: 'next',
    });
    expect(state).toMatchObject({ finished: true, phase: 'passed' });
    expect(effects).toEqual([{ type: 'complete', key: 'two/c' }]);
    expect(follow(state, open('one/a')).finished).toBe(false);
    expect(follow(state, { type: 'back' }).finished).toBe(false);
  });

  test('there is nothing before the first step', () => {
    expect(told(begin, update(begin, { type: 'back' }))).toBe('-');
  });

  test('a survey brings the results of every step', () => {
    const all = new Map([['two/c', [good]]]);
    const state = follow(ready, { type: 'survey' });
    expect(state.surveyed).toBe(false);
    expect(follow(state, { type: 'surveyed', results: all })).toMatchObject({
      surveyed: true,
      results: all,
      phase: 'ready',
    });
  });

  test('no lessons, no tour', () => {
    expect(() => initialState([])).toThrow('at least one');
  });
});

describe('standing', () => {
  const tour = [
    aLesson('00', [aStep('look', { readOnly: true }), aStep('make')]),
    aLesson('01', [
      aStep('start', { persists: true }),
      aStep('mount', { persists: true }),
      aStep('use'),
      aStep('stop'),
    ]),
    aLesson('99', [aStep('undo')], { undoes: true }),
  ];

  function surveyed(seen: Record<string, Results>, completed: readonly string[] = []): State {
    const state = initialState(tour, { completed });
    return follow(state, { type: 'surveyed', results: new Map(Object.entries(seen)) });
  }

  function standing(key: string, state: State): StepStatus {
    const place = placeOf(tour, key);
    if (place === undefined) throw new Error(`no step ${key}`);
    return stepStatus(state, place);
  }

  test.each<[string, string, Results, string[], StepStatus]>([
    ['nobody looked', '00/make', [], [], 'not yet'],
    ['it holds', '00/make', [good], [], 'holds'],
    ['it was witnessed', '00/make', [witnessed], [], 'holds'],
    ['it fails', '00/make', [bad], [], 'not yet'],
    ['it was done and fails now', '00/make', [bad], ['00/make'], 'drifted'],
    ['it cannot be looked at', '00/make', [unseen], ['00/make'], 'cannot be seen'],
    ['it only looks and was not read', '00/look', [good], [], 'not yet'],
    ['it only looks and was read', '00/look', [good], ['00/look'], 'holds'],
    ['it has fewer results than checks', '00/make', [undefined], [], 'not yet'],
  ])('%s: %s', (_, key, seen, read, expected) => {
    expect(standing(key, surveyed({ [key]: seen }, read))).toBe(expected);
  });

  const lasting: [string, Record<string, Results>, StepStatus][] = [
    ['it is there', { '01/start': [good] }, 'holds'],
    [
      'it is gone, and the steps after it still need it',
      { '01/start': [witnessed], '01/use': [witnessed], '01/stop': [over] },
      'not yet',
    ],
    [
      'it is gone, and the steps after it are done',
      { '01/start': [witnessed], '01/use': [witnessed], '01/stop': [good] },
      'holds',
    ],
    [
      'it is gone, as is another that does not last either',
      { '01/start': [witnessed], '01/mount': [bad], '01/use': [good], '01/stop': [good] },
      'holds',
    ],
  ];
  test.each(lasting)('of what has to last: %s', (_, seen, expected) => {
    expect(standing('01/start', surveyed(seen))).toBe(expected);
  });

  test('what was witnessed of a thing that must last does not pass when looked at again', () => {
    const state = follow(
      surveyed({}, ['01/start']),
      open('01/start', true),
      ...results(witnessed),
      checked,
    );
    expect(state.phase).toBe('ready');
  });

  const everything: Record<string, Results> = Object.fromEntries(
    placesOf(tour).map((place) => [keyOf(place), [good]]),
  );
  test.each<[string, Record<string, Results>, string[], string]>([
    ['nothing is done', {}, [], '00/look'],
    ['the first page was read', { '00/look': [good] }, ['00/look'], '00/make'],
    ['an early step has drifted', { ...everything, '00/make': [bad] }, ['00/look'], '00/make'],
    ['one cannot be seen', { ...everything, '01/use': [unseen] }, ['00/look'], '01/use'],
    [
      'all is done, and nothing cleaned up',
      { ...everything, '99/undo': [bad] },
      ['00/look'],
      '99/undo',
    ],
    ['cleanup never counts', { '00/look': [bad], '99/undo': [good] }, [], '00/look'],
  ])('position: %s', (_, seen, read, expected) => {
    expect(keyOf(positionOf(surveyed(seen, read)))).toBe(expected);
  });

  test('where there is no cleanup, one stays at the end', () => {
    const short = tour.slice(0, 1);
    const state = initialState(short, { completed: ['00/look'] });
    const all = new Map<string, Results>([
      ['00/look', [good]],
      ['00/make', [good]],
    ]);
    const there = follow(state, { type: 'surveyed', results: all }, open('00/make'));
    expect(keyOf(positionOf(there))).toBe('00/make');
  });
});
