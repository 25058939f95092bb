import { describe, expect, test } from 'vitest';
import { catchUpTo, firstDrifted, repairOf } from '../../../src/engine/batch.ts';
import { type CheckResult, fail, pass } from '../../../src/engine/check.ts';
import { keyOf, placesOf } from '../../../src/engine/lesson.ts';
import {
  type Effect,
  type Event,
  initialState,
  isBatchRunning,
  type State,
  type StepError,
  update,
} from '../../../src/engine/update.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';

const lessons = [
  aLesson('01', [aStep('a'), aStep('look', { readOnly: true })]),
  aLesson('02', [aStep('b'), aStep('c')]),
  aLesson('03', [aStep('d')]),
  aLesson('99', [aStep('undo')], { undoes: true }),
];
const work = ['01/a', '01/look', '02/b', '02/c', '03/d'];

const good = pass('seen');
const bad = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });
const seen: CheckResult = { status: 'witnessed', evidence: 'seen', at: '2025-01-01' };
const ended = { code: 0, milliseconds: 3, cancelled: false };
const error: StepError = { message: 'no', hint: undefined, password: false, exit: 1 };

/** A tour on which these steps hold, after these were done. */
function tour(holding: readonly string[], completed: readonly string[]): State {
  const results = new Map<string, CheckResult[]>(
    [...work, '99/undo'].map((key) => [key, [holding.includes(key) ? good : bad]]),
  );
  return update(initialState(lessons, { completed }), { type: 'surveyed', results }).state;
}

const keys = (places: readonly Parameters<typeof keyOf>[0][] = []) => places.map(keyOf);

describe('a repair', () => {
  test.each<[string, string[], string[], string | undefined, string[]]>([
    ['nothing was done yet', [], [], undefined, []],
    ['all that was done holds', ['01/a'], ['01/a'], undefined, []],
    [
      'begins at the first that drifted, with whatever was done after it',
      ['01/a', '01/look', '02/c'],
      ['01/a', '01/look', '02/b', '02/c'],
      '02/b',
      ['02/b', '02/c'],
    ],
    ['leaves alone what was never done', [], ['01/a', '02/c'], '01/a', ['01/a', '02/c']],
  ])('%s', (_, holding, read, first, places) => {
    const state = tour(holding, read);
    const drifted = firstDrifted(state);
    expect(drifted && keyOf(drifted)).toBe(first);
    expect(keys(repairOf(state)?.places)).toEqual(places);
  });
});

describe('catching up', () => {
  test.each<[string, string[], string, string[] | undefined]>([
    ['to the first step', [], '01/a', undefined],
    ['to a lesson', [], '02/b', ['01/a', '01/look']],
    ['into the middle of one', ['01/a'], '02/c', ['01/a', '01/look', '02/b']],
    ['where nothing is missing', ['01/a', '01/look'], '02/b', undefined],
    ['to what takes things away', [], '99/undo', undefined],
    ['to nowhere', [], '99/none', undefined],
  ])('%s', (_, holding, key, places) => {
    const batch = catchUpTo(tour(holding, ['01/look']), key);
    expect(batch && keys(batch.places)).toEqual(places);
  });
});

/**
 * Lets a batch run on a machine that is what the test says: a step holds once its script has run,
 * unless it is one of the `broken`. What was seen of one that is `gone` stands in for it until then.
 */
function travel(
  begin: State,
  event: Event,
  machine: {
    holding: Set<string>;
    broken?: string[];
    spoils?: Record<string, string>;
    gone?: string[];
  },
  interfere: (state: State, effect: Effect) => Event | undefined = () => undefined,
) {
  const log: string[] = [];
  let state = begin;
  const resultOf = (key: string) =>
    machine.holding.has(key) ? good : machine.gone?.includes(key) ? seen : bad;
  const take = (happens: Event) => {
    const next = update(state, happens);
    state = next.state;
    for (const effect of next.effects) carryOut(effect);
  };
  const carryOut = (effect: Effect) => {
    if (effect.type === 'complete') log.push(`read ${effect.key}`);
    const other = interfere(state, effect);
    if (other !== undefined) take(other);
    if (other?.type === 'error') return;
    if (effect.type === 'run') {
      const key = keyOf(effect.place);
      log.push(`run ${key}`);
      if (!machine.broken?.includes(key)) machine.holding.add(key);
      const spoiled = machine.spoils?.[key];
      if (spoiled !== undefined) machine.holding.delete(spoiled);
      take({ type: 'ended', ended });
    }
    if (effect.type === 'check') {
      take({ type: 'result', index: 0, result: resultOf(keyOf(effect.place)) });
      take({ type: 'checked', answer: undefined });
    }
    if (effect.type === 'survey') {
      const keys = placesOf(state.lessons).map(keyOf);
      take({ type: 'surveyed', results: new Map(keys.map((key) => [key, [resultOf(key)]])) });
    }
  };
  take(event);
  return { state, log };
}

function performing(state: State, goal?: string): Event {
  const batch = goal === undefined ? repairOf(state) : catchUpTo(state, goal);
  if (batch === undefined) throw new Error('nothing to perform');
  return { type: 'perform', batch };
}

describe('in a batch', () => {
  test('what is missing is run in order, what holds is not, and it ends where it was to go', () => {
    const begin = tour(['02/b'], []);
    const { state, log } = travel(begin, performing(begin, '02/c'), { holding: new Set(['02/b']) });
    expect(log).toEqual(['run 01/a', 'read 01/a', 'run 01/look', 'read 01/look', 'read 02/b']);
    expect(keyOf(state.at)).toBe('02/c');
    expect(state).toMatchObject({ phase: 'ready', batchRun: { ended: true, done: 3 } });
    expect(state.batchRun?.performed).toEqual(['01/a', '01/look']);
    expect(isBatchRunning(state)).toBe(false);
  });

  test('what an earlier step has undone is run as well, though it held before', () => {
    const begin = tour(['01/look', '02/b'], work.slice(0, 3));
    const machine = { holding: new Set(['01/look', '02/b']), spoils: { '01/a': '02/b' } };
    const { state, log } = travel(begin, performing(begin), machine);
    expect(log.filter((each) => each.startsWith('run'))).toEqual(['run 01/a', 'run 02/b']);
    expect(keyOf(state.at)).toBe('02/c');
  });

  test.each<[string, CheckResult, string[]]>([
    ['left alone, if they have been mended meanwhile', good, ['run 04/make']],
    ['run again, if they still fail', bad, ['run 04/make', 'run 04/start', 'run 04/use']],
  ])(
    'what has ended, and was seen, is asked after among the steps that need it: %s',
    (_, use, ran) => {
      const steps = [aStep('make'), aStep('start', { persists: true }), aStep('use')] as const;
      const lasting = [aLesson('04', steps), aLesson('05', [aStep('next')])];
      const completed = ['04/make', '04/start', '04/use'];
      const drifted = new Map([
        ['04/make', [bad]],
        ['04/start', [seen]],
        ['04/use', [bad]],
      ]);
      const begin = update(initialState(lasting, { completed }), {
        type: 'surveyed',
        results: drifted,
      }).state;
      const { state, log } = travel(begin, performing(begin), {
        holding: new Set(use === good ? ['04/use'] : []),
        gone: ['04/start'],
      });
      expect(log.filter((each) => each.startsWith('run'))).toEqual(ran);
      expect(keyOf(state.at)).toBe('05/next');
      expect(state.batchRun).toMatchObject({ ended: true, done: 3 });
    },
  );

  test('a page that only looks is run unless it was read', () => {
    const begin = tour(['01/look'], ['01/look']);
    const { log } = travel(begin, performing(begin, '02/b'), { holding: new Set(['01/look']) });
    expect(log).toEqual(['run 01/a', 'read 01/a', 'read 01/look']);
  });

  test('a failed check stops it there, and it can be gone on with', () => {
    const begin = tour([], []);
    const machine = { holding: new Set<string>(), broken: ['01/look'] };
    const { state, log } = travel(begin, performing(begin, '02/c'), machine);
    expect(log).toEqual(['run 01/a', 'read 01/a', 'run 01/look']);
    expect(keyOf(state.at)).toBe('01/look');
    expect(state).toMatchObject({ phase: 'failed', batchRun: { ended: true, done: 1 } });
    machine.broken = [];
    const again = travel(state, performing(begin, '02/c'), machine);
    expect(again.log).toEqual([
      'read 01/a',
      'run 01/look',
      'read 01/look',
      'run 02/b',
      'read 02/b',
    ]);
    expect(keyOf(again.state.at)).toBe('02/c');
  });

  test.each([
    ['while a script runs', 'run', ['run 01/a']],
    ['while it looks', 'check', []],
  ])('Esc %s stops it there', (_, during, log) => {
    const begin = tour([], []);
    const stopped = travel(
      begin,
      performing(begin, '02/b'),
      { holding: new Set() },
      (state, { type }) =>
        type === during && state.batchRun?.stopping === false ? { type: 'cancel' } : undefined,
    );
    expect(stopped.log).toEqual(log);
    expect(stopped.state.batchRun).toMatchObject({ ended: true, stopping: true });
    expect(keyOf(stopped.state.at)).toBe('01/a');
  });

  test('sudo asks once in between, and it goes on with the same step', () => {
    const begin = tour([], []);
    const locked: Event = { type: 'error', error: { ...error, password: true } };
    const machine = { holding: new Set<string>() };
    const waiting = travel(begin, performing(begin, '02/b'), machine, (_, { type }) =>
      type === 'run' ? locked : undefined,
    );
    expect(waiting.log).toEqual([]);
    expect(isBatchRunning(waiting.state)).toBe(true);
    const { state, log } = travel(waiting.state, { type: 'resume' }, machine);
    expect(log).toEqual(['run 01/a', 'read 01/a', 'run 01/look', 'read 01/look']);
    expect(keyOf(state.at)).toBe('02/b');
    expect(state.batchRun?.performed).toEqual(['01/a', '01/look']);
  });

  test('anything else that stands in the way ends it', () => {
    const begin = tour([], []);
    const { state } = travel(
      begin,
      performing(begin, '02/b'),
      { holding: new Set() },
      (_, { type }) => (type === 'run' ? { type: 'error', error } : undefined),
    );
    expect(state).toMatchObject({ phase: 'failed', error, batchRun: { ended: true } });
    expect(update(state, { type: 'resume' })).toEqual({ state, effects: [] });
  });

  test('it begins only where nothing is under way, and turning elsewhere ends its story', () => {
    const begin = tour([], []);
    const running = update(begin, { type: 'run' }).state;
    expect(update(running, performing(begin, '02/b')).state).toBe(running);
    const { state } = travel(begin, performing(begin, '02/b'), { holding: new Set() });
    expect(state.batchRun).toBeDefined();
    expect(update(state, { type: 'run' }).state.batchRun).toBeUndefined();
    expect(update(state, { type: 'back' }).state.batchRun).toBeUndefined();
  });
});
