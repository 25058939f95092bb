import { describe, expect, test } from 'vitest';
import { blocked, evaluate, fail, observe, pass, same } from '../../../src/engine/check.ts';
import { fact } from '../../../src/engine/fact.ts';
import { lookAt, NotYet } from '../../../src/engine/look.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { TourError } from '../../../src/errors.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { aCheck } from '../../helpers/small-tour.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

const good = pass('it was seen');
const bad = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });
const gone = fail({ expected: 'this', actual: 'nothing', hint: 'Do it.', over: true });

function newLook() {
  const workspace = temporaryWorkspace();
  const progress = openProgress(workspace, { keep: false });
  return lookAt(fakeHost(workspace).host, progress);
}

function machineSays(code: string): Error {
  return Object.assign(new Error(`${code}: said the machine`), { code });
}

test.each([
  ['equal', 'a', { status: 'pass', evidence: 'a twice' }],
  ['different', 'b', { status: 'fail', expected: 'a', actual: 'b', hint: 'Make it a.' }],
])('same: %s', (_, actual, outcome) => {
  expect(same(actual, 'a', { evidence: 'a twice', hint: 'Make it a.' })).toEqual(outcome);
});

describe('observe', () => {
  const throwing = (error: unknown, passing?: true) =>
    observe(
      aCheck('c', { look: () => Promise.reject(error), ...(passing && { passing }) }),
      newLook(),
    );

  test.each([good, bad, gone, blocked('no')])('hands on: %j', async (outcome) => {
    expect(await observe(aCheck('c', { look: async () => outcome }), newLook())).toBe(outcome);
  });

  test('what is not there yet fails, and says where it comes from', async () => {
    const notYet = new NotYet('the manifest', '04-layout/manifest');
    const failed = {
      status: 'fail',
      expected: 'the manifest',
      actual: 'not there yet',
      hint: 'It comes about in 04-layout/manifest.',
    };
    expect(await throwing(notYet)).toEqual(failed);
    expect(await throwing(notYet, true)).toEqual({ ...failed, over: true });
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
    const look = () => {
      throw new TypeError('at once');
    };
    await expect(observe(aCheck('c', { look }), newLook())).rejects.toThrow('at once');
  });
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
    const first = newLook();
    const witness = { key: 'a/b/c', subject };
    const passes = aCheck('c', { look: async () => good, ...(passing && { passing: true }) });
    expect(await evaluate(passes, first, witness)).toBe(good);
    image = now;
    const second = lookAt(first.host, first.progress);
    return evaluate({ ...passes, look: async () => then }, second, witness);
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
    const look = newLook();
    await evaluate(aCheck('lasts'), look, { key: 'lasts', subject: undefined });
    await evaluate(aCheck('passes', { passing: true }), look, {
      key: 'passes',
      subject: undefined,
    });
    expect(look.progress.witnessed('lasts')).toBeUndefined();
    expect(look.progress.witnessed('passes')).toMatchObject({ evidence: 'passes seen' });
  });

  test('what passes while no image is known does not replace a witness', async () => {
    const look = newLook();
    look.progress.witness('k', { evidence: 'before', subject: 'sha256:one' });
    const subject = fact<string>('image', {
      what: 'the image',
      from: 'a/b',
      read: async () => undefined,
    });
    const passes = aCheck('c', { passing: true });
    expect(await evaluate(passes, look, { key: 'k', subject })).toMatchObject({ status: 'pass' });
    expect(look.progress.witnessed('k')).toMatchObject({ evidence: 'before' });
  });

  test('what never was witnessed fails', async () => {
    const check = aCheck('c', { passing: true, look: async () => gone });
    expect(await evaluate(check, newLook(), { key: 'a', subject: undefined })).toBe(gone);
  });
});
