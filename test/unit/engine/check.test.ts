import { describe, expect, test } from 'vitest';
import {
  blocked,
  type Check,
  evaluate,
  evaluateWithoutWitness,
  fail,
  type Outcome,
  pass,
} from '../../../src/engine/check.ts';
import { type DiagnosisRule, diagnoser } from '../../../src/engine/diagnosis.ts';
import { fact } from '../../../src/engine/fact.ts';
import { NotYet, type Observation, openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { isRepetition } from '../../../src/engine/repetition.ts';
import { TourError } from '../../../src/errors.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { aCheck } from '../../helpers/small-tour.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

const good = pass('it was seen');
const bad = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });
const gone = fail({ expected: 'this', actual: 'nothing', hint: 'Do it.', targetGone: true });

function newObservation() {
  const workspace = temporaryWorkspace();
  const progress = openProgress(workspace, { keep: false });
  return openObservation(fakeHost(workspace).host, progress);
}

function machineSays(code: string): Error {
  return Object.assign(new Error(`${code}: said the machine`), { code });
}

describe('a check that settles', () => {
  const witness = { key: 'one/step/c', subject: undefined };
  /** Answers one after the other, and at last the last one; pauses as often as it is let. */
  function settling(outcomes: readonly Outcome[], pauses: number, differing: Partial<Check> = {}) {
    const looks: Observation[] = [];
    const check = aCheck('c', {
      settles: 'the rest to go',
      observe: async (observation) => {
        looks.push(observation);
        return outcomes[Math.min(looks.length, outcomes.length) - 1] as Outcome;
      },
      ...differing,
    });
    let paused = 0;
    const patience = {
      pause: async () => {
        paused += 1;
        return paused <= pauses;
      },
      observeAgain: newObservation,
    };
    const evaluated = evaluate(check, newObservation(), witness, patience);
    return { evaluated, looks, paused: () => paused };
  }

  test('looks again, each time anew, until it holds', async () => {
    const { evaluated, looks, paused } = settling([bad, bad, good], 10);
    expect(await evaluated).toBe(good);
    expect(new Set(looks).size).toBe(3);
    expect(paused()).toBe(2);
  });

  test('that does not hold in time fails with what was seen last', async () => {
    const last = fail({ expected: 'this', actual: 'still that', hint: 'Do it.' });
    const { evaluated, looks } = settling([bad, bad, last], 2);
    expect(await evaluated).toBe(last);
    expect(looks).toHaveLength(3);
  });

  test.each([
    ['what holds', [good], {}],
    ['what does not go away by itself', [{ ...bad, permanent: true } as const], {}],
    ['what cannot be looked at', [blocked('no containerd')], {}],
    ['a check that does not settle', [bad], { settles: undefined as unknown as string }],
  ])('%s is not waited for', async (_, outcomes, differing) => {
    const { evaluated, looks, paused } = settling(outcomes, 10, differing);
    expect(await evaluated).toEqual(outcomes[0]);
    expect({ looks: looks.length, paused: paused() }).toEqual({ looks: 1, paused: 0 });
  });

  test('what is made by another step is not waited for', async () => {
    const throwing = async () => Promise.reject(new NotYet('the manifest', '04-layout/manifest'));
    const { evaluated, paused } = settling([], 10, { observe: throwing });
    expect(await evaluated).toMatchObject({ status: 'fail', actual: 'not there yet' });
    expect(paused()).toBe(0);
  });

  test('without patience is looked at once', async () => {
    const check = aCheck('c', { settles: 'the rest to go', observe: async () => bad });
    expect(await evaluate(check, newObservation(), witness)).toBe(bad);
    expect(await evaluateWithoutWitness(check, newObservation())).toBe(bad);
  });
});

describe('observe', () => {
  const throwing = (error: unknown, ephemeral?: true) =>
    evaluateWithoutWitness(
      aCheck('c', { observe: () => Promise.reject(error), ...(ephemeral && { ephemeral }) }),
      newObservation(),
    );

  test.each([good, bad, gone, blocked('no')])('hands on: %j', async (outcome) => {
    expect(
      await evaluateWithoutWitness(aCheck('c', { observe: async () => outcome }), newObservation()),
    ).toBe(outcome);
  });

  test('what is not there yet fails, and says where it comes from', async () => {
    const notYet = new NotYet('the manifest', '04-layout/manifest');
    const failed = {
      status: 'fail',
      expected: 'the manifest',
      actual: 'not there yet',
      hint: 'Step 04-layout/manifest creates it.',
    };
    expect(await throwing(notYet)).toEqual(failed);
    expect(await throwing(notYet, true)).toEqual({ ...failed, targetGone: true });
  });

  test('on the page of the step that creates it, it comes from this one', async () => {
    const check = aCheck('c', {
      observe: () => Promise.reject(new NotYet('the manifest', '04-layout/manifest')),
    });
    const hintAt = async (step: string) =>
      evaluate(check, newObservation(), { key: `${step}/c`, subject: undefined });
    expect(await hintAt('04-layout/manifest')).toMatchObject({ hint: 'This step creates it.' });
    expect(await hintAt('04-layout/index')).toMatchObject({
      hint: 'Step 04-layout/manifest creates it.',
    });
  });

  test.each([
    ['what the user can mend', new TourError('no containerd'), 'no containerd'],
    ['a refusal of the machine', machineSays('EACCES'), 'EACCES: said the machine'],
    ['another one', machineSays('EISDIR'), 'EISDIR: said the machine'],
  ])('%s blocks', async (_, error, why) => {
    expect(await throwing(error)).toEqual({ status: 'blocked', why });
  });

  test.each([
    ['a mistake in a check', new TypeError('undefined is not a function')],
    ['a misuse of Node', Object.assign(new Error('bad'), { code: 'ERR_INVALID_ARG_TYPE' })],
    ['what is no error at all', 'oops'],
  ])('%s is a bug, and goes on', async (_, error) => {
    await expect(throwing(error)).rejects.toBe(error);
  });

  test('a mistake before the first await is a bug as well', async () => {
    const observe = () => {
      throw new TypeError('at once');
    };
    await expect(
      evaluateWithoutWitness(aCheck('c', { observe }), newObservation()),
    ).rejects.toThrow('at once');
  });
});

describe('a mistake that is recognised', () => {
  const comma: DiagnosisRule<string> = {
    id: 'comma',
    sign: (seen) => (seen.includes(',}') ? 'a comma before the }' : undefined),
    remedy: 'Take it out.',
  };
  const never: DiagnosisRule<string> = { id: 'never', sign: () => undefined, remedy: 'None.' };
  const short: DiagnosisRule<string> = {
    id: 'short',
    sign: (seen) => (seen.length < 9 ? `${seen.length} letters` : undefined),
    remedy: 'Go on.',
    where: 'wc -c FILE',
  };
  const told = diagnoser(async () => '{"a":1,}', never, comma, short);

  test('says what was seen of it, instead of the general hint', async () => {
    const check = aCheck('c', { observe: async () => bad, diagnoser: told });
    expect(await evaluateWithoutWitness(check, newObservation())).toEqual({
      status: 'fail',
      expected: 'this',
      actual: 'a comma before the }',
      hint: 'Take it out.',
      diagnoses: [
        { id: 'comma', observed: 'a comma before the }', remedy: 'Take it out.' },
        { id: 'short', observed: '8 letters', remedy: 'Go on.', where: 'wc -c FILE' },
      ],
    });
  });

  test('of what leaves the signs of others behind as well, only that is said', async () => {
    const alone = diagnoser(async () => '{"a":1,}', { ...comma, alone: true }, short);
    const check = aCheck('c', { observe: async () => bad, diagnoser: alone });
    expect(await evaluateWithoutWitness(check, newObservation())).toMatchObject({
      diagnoses: [{ id: 'comma', observed: 'a comma before the }', remedy: 'Take it out.' }],
    });
  });

  test('turns what could not be looked at into a failure', async () => {
    const check = aCheck('c', { observe: async () => blocked('no JSON'), diagnoser: told });
    expect(await evaluateWithoutWitness(check, newObservation())).toMatchObject({
      status: 'fail',
      expected: check.says,
      actual: 'a comma before the }',
    });
  });

  test.each([
    ['no sign of any', diagnoser(async () => 'a long line', comma, short), bad],
    ['what cannot be read', diagnoser(() => Promise.reject(machineSays('EACCES')), short), bad],
  ])('%s leaves the answer as it is', async (_, known, outcome) => {
    const check = aCheck('c', { observe: async () => outcome, diagnoser: known });
    expect(await evaluateWithoutWitness(check, newObservation())).toBe(outcome);
  });

  test('is not looked for while the check passes, or is vouched for', async () => {
    let looks = 0;
    const counting = diagnoser(async () => {
      looks += 1;
      return '';
    }, short);
    const observation = newObservation();
    const passes = aCheck('c', { ephemeral: true, observe: async () => good, diagnoser: counting });
    await evaluate(passes, observation, { key: 'k', subject: undefined });
    const over = { ...passes, observe: async () => gone };
    expect(await evaluate(over, observation, { key: 'k', subject: undefined })).toMatchObject({
      status: 'witnessed',
    });
    expect(looks).toBe(0);
    expect(await evaluate(over, observation, { key: 'other', subject: undefined })).toMatchObject({
      actual: '0 letters',
      targetGone: true,
    });
  });

  test('in how mistakes are looked for is a bug, and goes on', async () => {
    const broken = diagnoser(() => Promise.reject(new TypeError('oops')), short);
    const check = aCheck('c', { observe: async () => bad, diagnoser: broken });
    await expect(evaluateWithoutWitness(check, newObservation())).rejects.toThrow('oops');
  });
});

test('a check repeats another if it fails for the same thing seen', () => {
  const failing = (observed: string, ...more: string[]) => {
    const diagnosis = (each: string) => ({ id: 'comma', observed: each, remedy: 'Take it out.' });
    const diagnoses = [diagnosis(observed), ...more.map(diagnosis)] as const;
    return fail({ expected: 'this', actual: observed, hint: 'Take it out.', diagnoses });
  };
  const before = [good, failing('a comma in line 1'), undefined];
  expect(isRepetition(failing('a comma in line 1'), before)).toBe(true);
  expect(isRepetition(failing('a comma in line 2'), before)).toBe(false);
  expect(isRepetition(failing('a comma in line 1', 'and in line 2'), before)).toBe(false);
  expect(isRepetition(bad, [bad])).toBe(false);
  expect(isRepetition(good, [good])).toBe(false);
  expect(isRepetition(undefined, before)).toBe(false);
});

describe('evaluate', () => {
  /** Passes on the first image, then answers `then` while another image, or none, is there. */
  async function witnessAndThen(
    then: typeof good | typeof bad | ReturnType<typeof blocked>,
    { passing = true, now = async (): Promise<string | undefined> => 'sha256:one' } = {},
  ) {
    let image = async (): Promise<string | undefined> => 'sha256:one';
    const subject = fact<string>('image', {
      what: 'the image',
      from: 'a/b',
      read: () => image(),
    });
    const first = newObservation();
    const witness = { key: 'a/b/c', subject };
    const passes = aCheck('c', { observe: async () => good, ...(passing && { ephemeral: true }) });
    expect(await evaluate(passes, first, witness)).toBe(good);
    image = now;
    const second = openObservation(first.host, first.progress);
    return evaluate({ ...passes, observe: async () => then }, second, witness);
  }

  test('what is over is vouched for by what was witnessed of the same image', async () => {
    expect(await witnessAndThen(gone)).toEqual({
      status: 'witnessed',
      evidence: 'it was seen',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  test.each([
    ['of another image', gone, { now: async () => 'sha256:two' }],
    ['while no image is known', gone, { now: async () => undefined }],
    ['while the image cannot be read', gone, { now: () => Promise.reject(machineSays('EACCES')) }],
    ['of something that lasts', gone, { passing: false }],
    ['that still can be seen, and is wrong', bad, {}],
    ['that cannot be looked at', blocked('EACCES'), {}],
  ])('a witness does not stand in for what is seen %s', async (_, then, options) => {
    expect(await witnessAndThen(then, options)).toBe(then);
  });

  test('only what does not last is witnessed', async () => {
    const observation = newObservation();
    await evaluate(aCheck('lasts'), observation, { key: 'lasts', subject: undefined });
    await evaluate(aCheck('passes', { ephemeral: true }), observation, {
      key: 'passes',
      subject: undefined,
    });
    expect(observation.progress.witnessed('lasts')).toBeUndefined();
    expect(observation.progress.witnessed('passes')).toMatchObject({ evidence: 'passes seen' });
  });

  test('what passes while no image is known does not replace a witness', async () => {
    const observation = newObservation();
    observation.progress.witness('k', { evidence: 'before', subject: 'sha256:one' });
    const subject = fact<string>('image', {
      what: 'the image',
      from: 'a/b',
      read: async () => undefined,
    });
    const passes = aCheck('c', { ephemeral: true });
    expect(await evaluate(passes, observation, { key: 'k', subject })).toMatchObject({
      status: 'pass',
    });
    expect(observation.progress.witnessed('k')).toMatchObject({ evidence: 'before' });
  });

  test('what never was witnessed fails', async () => {
    const check = aCheck('c', { ephemeral: true, observe: async () => gone });
    expect(await evaluate(check, newObservation(), { key: 'a', subject: undefined })).toBe(gone);
  });
});
