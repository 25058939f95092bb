import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Check, check, fail, pass } from '../../../src/engine/check.ts';
import { fact } from '../../../src/engine/fact.ts';
import type { Lesson, Step } from '../../../src/engine/lesson.ts';
import { NotYet } from '../../../src/engine/observation.ts';
import type { Output } from '../../../src/engine/output.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { sh } from '../../../src/engine/script.ts';
import { openSession, type SessionOptions } from '../../../src/engine/session.ts';
import { text } from '../../../src/engine/text.ts';
import type { Event } from '../../../src/engine/update.ts';
import { TourError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/host.ts';
import { claim } from '../../../src/host/ownership.ts';
import { fakeHost, type StartedScript } from '../../helpers/fake-host.ts';
import { aCheck, aLesson, aStep } from '../../helpers/small-tour.ts';
import { temporaryDirectory, temporaryWorkspace } from '../../helpers/temporary.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** What a file in the working directory says; made by the one script that there is. */
const word = fact<string>('word', {
  what: 'the word',
  from: 'one/make',
  variable: 'WORD',
  read: async (observation) => (await observation.file('word'))?.toString(),
  show: (it) => `“${it}”`,
});

const workdir = fact<string>('workdir', {
  what: 'the working directory',
  from: 'one/make',
  variable: 'WORKDIR',
  read: async ({ host }) => host.workspace.dir,
});

const wordIsThere = check('word', {
  claim: 'P1',
  says: 'the word is there',
  observe: async (observation) => pass(await observation.need(word)),
});

interface Opening {
  readonly host?: Partial<Host>;
  readonly options?: Partial<SessionOptions>;
  /** Called before the session is opened. */
  readonly before?: (own: string) => void;
}

/** A session on a machine where nothing happens by itself, with one lesson or several. */
function open(lessons: readonly Lesson[], { host: differing, options, before }: Opening = {}) {
  const workspace = temporaryWorkspace();
  claim(workspace);
  before?.(workspace.own);
  const { host, scripts } = fakeHost(workspace, differing);
  const progress = openProgress(workspace, { keep: true });
  const session = openSession({ lessons, host, progress, variables: [workdir, word], ...options });
  return {
    session,
    progress,
    workspace,
    scripts,
    /** Runs the step that is open: what its script does is the test's own code. */
    run: async (script: (started: StartedScript) => void = ({ end }) => end()) => {
      const count = scripts.length;
      session.dispatch({ type: 'run' });
      await vi.waitFor(() => expect(scripts.length).toBe(count + 1));
      script(scripts[count] as StartedScript);
      await session.settled();
      return session.getSnapshot();
    },
    write: (name: string, content: string) => writeFileSync(join(workspace.dir, name), content),
    /** What another session would know; it is written down once there is nothing else to do. */
    written: async () => {
      await setImmediate();
      return openProgress(workspace, { keep: false });
    },
  };
}

const oneStep = (step: Partial<Omit<Step, 'id'>>, lesson: Partial<Omit<Lesson, 'steps'>> = {}) => [
  aLesson('one', [aStep('make', step)], lesson),
];

describe('running a step', () => {
  test('what the machine refuses after the script is said, and the tour goes on', async () => {
    const around = async () => async () => {
      throw new TourError('containerd is gone.', { hint: 'Start it.' });
    };
    const tour = open(oneStep({ around, checks: [wordIsThere] }));
    const state = await tour.run();
    expect(state).toMatchObject({
      phase: 'failed',
      error: { message: 'containerd is gone.', hint: 'Start it.' },
    });
  });

  test('if progress cannot be written just now, the tour goes on and writes it later', async () => {
    const tour = open(oneStep({ checks: [wordIsThere] }));
    const inTheWay = join(tour.workspace.own, 'progress.json.new');
    mkdirSync(inTheWay);
    tour.write('word', 'hello');
    await tour.run();
    expect((await tour.written()).recordOf('one/make')).toBeUndefined();
    await tour.session.settled();
    rmSync(inTheWay, { recursive: true });
    await tour.run();
    expect((await tour.written()).recordOf('one/make')).toBeDefined();
  });

  test('what is shown is what runs, and its facts are its variables', async () => {
    const script = sh`sudo tar -cf "$WORKDIR/a.tar" . && echo "$WORD"`;
    const tour = open(oneStep({ script, uses: [word, workdir], checks: [wordIsThere] }));
    tour.write('word', 'hello');
    const state = await tour.run();
    expect(tour.scripts[0]?.text).toBe('tar -cf "$WORKDIR/a.tar" . && echo "$WORD"');
    expect(tour.session.scriptOf(state.at)).toBe(tour.scripts[0]?.text);
    expect(tour.scripts[0]?.env).toEqual({ WORD: 'hello', WORKDIR: tour.workspace.dir });
    expect(state.phase).toBe('passed');
  });

  test('the checks look at what the script has left', async () => {
    const tour = open(oneStep({ checks: [wordIsThere], notice: text`It says ${word}.` }));
    tour.session.subscribe(() => {});
    const without = await tour.run();
    expect(without).toMatchObject({ phase: 'failed', ended: { code: 0 } });
    expect(without.results.get('one/make')).toMatchObject([
      { status: 'fail', expected: 'the word' },
    ]);
    expect(without.facts).toEqual(new Map());
    const state = await tour.run(({ end }) => {
      tour.write('word', 'hello');
      end(1);
    });
    expect(state).toMatchObject({ phase: 'passed', ended: { code: 1, milliseconds: 7 } });
    expect(state.results.get('one/make')).toEqual([pass('hello')]);
    expect(state.facts).toEqual(new Map([['word', '“hello”']]));
  });

  test('facts of the prose are only read for those who see it', async () => {
    const read = vi.fn(async () => 'read');
    const lessons = oneStep({ notice: text`It says ${{ ...word, id: 'other', read }}.` });
    await open(lessons).run();
    expect(read).not.toHaveBeenCalled();
    const seen = open(lessons);
    seen.session.subscribe(() => {});
    expect((await seen.run()).facts).toEqual(new Map([['other', '“read”']]));
    // A screen that is still being opened doesn't listen yet.
    const early = open(lessons, { options: { forScreen: true } });
    expect((await early.run()).facts).toEqual(new Map([['other', '“read”']]));
  });

  test('what another terminal does is seen by the next look', async () => {
    const tour = open(oneStep({ checks: [wordIsThere] }));
    await tour.run();
    tour.write('word', 'by hand');
    tour.session.dispatch({ type: 'check' });
    await tour.session.settled();
    expect(tour.session.getSnapshot().phase).toBe('passed');
    rmSync(join(tour.workspace.dir, 'word'));
    tour.session.dispatch({ type: 'check' });
    await tour.session.settled();
    expect(tour.session.getSnapshot().phase).toBe('failed');
  });

  const problems: [string, Partial<Step>, object][] = [
    [
      'a fact is missing',
      { uses: [word] },
      { message: 'This needs the word, which is not there.', hint: 'Step one/make creates it.' },
    ],
    [
      'the step refuses',
      { around: () => Promise.reject(new TourError('Not here.', { hint: 'Go elsewhere.' })) },
      { message: 'Not here.', hint: 'Go elsewhere.' },
    ],
    [
      'the step needs what is not there',
      { around: () => Promise.reject(new NotYet('the image', '05/import')) },
      { message: 'This needs the image, which is not there.' },
    ],
    [
      'containerd cannot be had',
      { script: sh`sudo ctr version` },
      { message: 'Not installed: ctr.', hint: undefined },
    ],
  ];
  test.each(problems)('nothing is run if %s', async (_, step, error) => {
    const containerd = () => Promise.reject(new TourError('Not installed: ctr.'));
    const tour = open(oneStep(step), { host: { containerd } });
    tour.session.dispatch({ type: 'run' });
    await tour.session.settled();
    expect(tour.session.getSnapshot()).toMatchObject({ phase: 'failed', error });
    expect(tour.scripts).toEqual([]);
  });

  test('cleaning up does not need a containerd that answers', async () => {
    const containerd = () => Promise.reject(new TourError('It does not come up.'));
    const lessons = oneStep({ script: sh`sudo ctr version` }, { undoes: true });
    const state = await open(lessons, { host: { containerd } }).run();
    expect(state).toMatchObject({ phase: 'passed', error: undefined });
  });

  test.each([
    ['wants a password', 1, { password: true, hint: expect.stringContaining('sudo -v') }],
    ['wants none', 0, undefined],
  ])('sudo %s', async (_, code, problem) => {
    const bin = temporaryDirectory();
    writeFileSync(join(bin, 'sudo'), `#!/bin/sh\n[ "$*" = '-n true' ] && exit ${code}\nexit 9\n`);
    chmodSync(join(bin, 'sudo'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    const tour = open(oneStep({ script: sh`sudo umount x` }), { host: { privilege: 'sudo' } });
    tour.session.dispatch({ type: 'run' });
    if (problem === undefined) {
      await vi.waitFor(() => expect(tour.scripts.length).toBe(1));
      tour.scripts[0]?.end();
    }
    await tour.session.settled();
    expect(tour.session.getSnapshot().error).toEqual(problem && expect.objectContaining(problem));
  });

  test('what is compared with later is remembered by the run, and not by looking again', async () => {
    const tour = open(oneStep({ remembers: word }));
    const look = async (type: 'check' | 'open') => {
      tour.session.dispatch(type === 'open' ? { type, key: 'one/make', observe: true } : { type });
      await tour.session.settled();
      return (await tour.written()).remembered('word');
    };
    tour.write('word', 'made by hand');
    expect(await look('check')).toBe('made by hand');
    tour.write('word', 'changed');
    expect(await look('open')).toBe('made by hand');
    await tour.run();
    expect(await look('open')).toBe('changed');
  });
});

test('nothing is remembered of a step that failed', async () => {
  const no = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });
  const lessons = oneStep({ remembers: word, checks: [aCheck('no', { observe: async () => no })] });
  const tour = open(lessons);
  tour.write('word', 'first');
  expect((await tour.run()).phase).toBe('failed');
  expect(tour.progress.remembered('word')).toBeUndefined();
});

describe('output', () => {
  test('reaches the screen thirty times a second at most, and ends complete', async () => {
    const tour = open(oneStep({}));
    const views: Output[] = [];
    tour.session.subscribe(() => {
      const { output } = tour.session.getSnapshot();
      if (output !== views.at(-1)) views.push(output);
    });
    vi.useFakeTimers();
    tour.session.dispatch({ type: 'run' });
    await vi.waitFor(() => expect(tour.scripts.length).toBe(1));
    const script = tour.scripts[0] as StartedScript;
    views.length = 0;
    for (let frame = 0; frame < 30; frame += 1) {
      for (let line = 0; line < 1000; line += 1) script.print(`line ${frame * 1000 + line}\n`);
      vi.advanceTimersByTime(1000 / 30);
    }
    expect(views.length).toBeGreaterThan(15);
    expect(views.length).toBeLessThanOrEqual(31);
    script.print('the last line');
    script.end();
    await tour.session.settled();
    const { lines, dropped } = tour.session.getSnapshot().output;
    expect(lines.at(-1)).toBe('the last line');
    expect(lines.length).toBe(500);
    expect(dropped).toBe(30_001 - 500);
  });

  test('is handed on as it comes, with the step it is of', async () => {
    const seen: string[] = [];
    const onOutput: SessionOptions['onOutput'] = ({ step }, chunk) =>
      seen.push(`${step.id} ${chunk}`);
    const tour = open(oneStep({}), { options: { onOutput } });
    await tour.run(({ print, end }) => {
      print('\u001b[31mred');
      print('\n');
      end();
    });
    expect(seen).toEqual(['make \u001b[31mred', 'make \n']);
    expect(tour.session.getSnapshot().output.lines).toEqual(['red']);
  });
});

describe('cancelling', () => {
  test('ends the script, and its checks are asked all the same', async () => {
    const tour = open(oneStep({ checks: [wordIsThere] }));
    const state = await tour.run(() => {
      tour.write('word', 'half');
      tour.session.dispatch({ type: 'cancel' });
    });
    expect(tour.scripts[0]?.wasCancelled()).toBe(true);
    expect(state).toMatchObject({ phase: 'passed', ended: { code: 143, cancelled: true } });
  });

  test('before the script has begun keeps it from beginning', async () => {
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const around = async () => {
      await arrived;
      return async () => {};
    };
    const tour = open(oneStep({ around, checks: [wordIsThere] }));
    tour.session.dispatch({ type: 'run' });
    tour.session.dispatch({ type: 'cancel' });
    arrive();
    await tour.session.settled();
    expect(tour.scripts).toEqual([]);
    const ended = { code: 130, cancelled: true };
    expect(tour.session.getSnapshot()).toMatchObject({ phase: 'failed', ended });
    tour.session.dispatch({ type: 'run' });
    await vi.waitFor(() => expect(tour.scripts.length).toBe(1));
    tour.scripts[0]?.end();
    await tour.session.settled();
    expect(tour.session.getSnapshot().ended?.cancelled).toBe(false);
  });

  test('closing ends what runs, lets go of the machine and keeps what was reached', async () => {
    const close = vi.fn();
    const tour = open(oneStep({}), { host: { close } });
    tour.session.dispatch({ type: 'run' });
    await vi.waitFor(() => expect(tour.scripts.length).toBe(1));
    tour.progress.markCompleted('one/make');
    await tour.session.close();
    expect(tour.scripts[0]?.wasCancelled()).toBe(true);
    expect(close).toHaveBeenCalledOnce();
    expect((await tour.written()).completedSteps()).toEqual(['one/make']);
  });
});

describe('predictions', () => {
  const predict = (ask: () => Promise<{ right: number; said: string }>) => ({
    question: 'Which?',
    choices: ['this', 'that'] as const,
    ask,
  });
  const machine = predict(async () => ({ right: 0, said: 'the machine said this' }));

  test('are answered by the machine after the run, and kept', async () => {
    const tour = open(oneStep({ predict: machine }));
    tour.session.dispatch({ type: 'answer', choice: 1 });
    expect(tour.session.getSnapshot().answers.get('one/make')).toEqual({ choice: 1 });
    const answer = { choice: 1, right: 0, said: 'the machine said this' };
    expect((await tour.run()).answers.get('one/make')).toEqual(answer);
    const progress = await tour.written();
    expect(progress.answer('one/make')).toEqual(answer);
    const { host } = tour.session;
    const again = openSession({ lessons: oneStep({}), host, progress, variables: [] });
    expect(again.getSnapshot().answers.get('one/make')).toEqual(answer);
  });

  test('that the learner did not make are answered all the same', async () => {
    const { answers } = await open(oneStep({ predict: machine })).run();
    expect(answers.get('one/make')).toEqual({ right: 0, said: 'the machine said this' });
  });

  test('are not answered by looking, but once the step is done by hand', async () => {
    const tour = open(oneStep({ predict: machine, checks: [wordIsThere] }));
    const answer = () => tour.session.getSnapshot().answers.get('one/make');
    const then = async (event: Event) => {
      tour.session.dispatch(event);
      await tour.session.settled();
    };
    await then({ type: 'answer', choice: 1 });
    await then({ type: 'check' });
    expect(answer()).toEqual({ choice: 1 });
    tour.write('word', 'by hand');
    await then({ type: 'open', key: 'one/make', observe: true });
    expect(answer()).toEqual({ choice: 1 });
    await then({ type: 'check' });
    expect(answer()).toEqual({ choice: 1, right: 0, said: 'the machine said this' });
  });

  test('are answered by a step that was undone on its own page and done again by hand', async () => {
    const tour = open(oneStep({ predict: machine, checks: [wordIsThere] }));
    const then = async (event: Event) => {
      tour.session.dispatch(event);
      await tour.session.settled();
      return tour.session.getSnapshot();
    };
    tour.write('word', 'from before');
    await then({ type: 'open', key: 'one/make', observe: true });
    rmSync(join(tour.workspace.dir, 'word'));
    await then({ type: 'changed' });
    expect((await then({ type: 'answer', choice: 1 })).answers.get('one/make')).toEqual({
      choice: 1,
    });
    tour.write('word', 'by hand');
    const { phase, answers } = await then({ type: 'changed' });
    expect(phase).toBe('passed');
    expect(answers.get('one/make')).toEqual({
      choice: 1,
      right: 0,
      said: 'the machine said this',
    });
  });

  test('never stand in the way', async () => {
    const tour = open(oneStep({ predict: predict(() => Promise.reject(new Error('not yet'))) }));
    tour.session.dispatch({ type: 'answer', choice: 0 });
    const state = await tour.run();
    expect(state.phase).toBe('passed');
    expect(state.answers.get('one/make')).toEqual({ choice: 0 });
  });
});

describe('witnesses', () => {
  const subject = fact<string>('image', {
    what: 'the image',
    from: 'one/make',
    read: async (observation) => (await observation.file('image'))?.toString(),
  });
  const running = aCheck('running', {
    ephemeral: true,
    observe: async (observation) =>
      (await observation.exists('alive'))
        ? pass('it lives')
        : fail({ expected: 'life', actual: 'none', hint: 'Start it.', targetGone: true }),
  });

  test('are kept between sessions, and are about one image', async () => {
    const tour = open(oneStep({ checks: [running] }, { subject }));
    tour.write('image', 'sha256:one');
    tour.write('alive', '');
    await tour.run();
    rmSync(join(tour.workspace.dir, 'alive'));
    const surveyed = async () => {
      const { lessons } = tour.session.getSnapshot();
      const progress = await tour.written();
      const session = openSession({ lessons, progress, host: tour.session.host, variables: [] });
      session.dispatch({ type: 'survey' });
      await session.settled();
      return session.getSnapshot().results.get('one/make');
    };
    expect(await surveyed()).toMatchObject([{ status: 'witnessed', evidence: 'it lives' }]);
    tour.write('image', 'sha256:two');
    expect(await surveyed()).toMatchObject([{ status: 'fail' }]);
  });
});

describe('a survey', () => {
  test('looks at every step of every lesson, and runs nothing', async () => {
    const tour = open([
      aLesson('one', [aStep('a', { checks: [aCheck('x'), wordIsThere] }), aStep('b')]),
      aLesson('two', [aStep('c')]),
    ]);
    tour.session.dispatch({ type: 'survey' });
    await tour.session.settled();
    const { results, surveyed } = tour.session.getSnapshot();
    expect(surveyed).toBe(true);
    expect([...results].map(([key, all]) => [key, all.map((each) => each?.status)])).toEqual([
      ['one/a', ['pass', 'fail']],
      ['one/b', ['pass']],
      ['two/c', ['pass']],
    ]);
    expect(tour.scripts).toEqual([]);
  });

  test('that a script overtakes does not bring back what was seen before it', async () => {
    let looks = 0;
    let arrive = () => {};
    const slow = aCheck('slow', {
      observe: async () => {
        looks += 1;
        if (looks === 1) await new Promise<void>((resolve) => (arrive = resolve));
        return pass('at last');
      },
    });
    const tour = open([
      aLesson('one', [aStep('make', { checks: [wordIsThere] })]),
      aLesson('two', [aStep('wait', { checks: [slow] })]),
    ]);
    tour.session.dispatch({ type: 'survey' });
    await vi.waitFor(() => expect(looks).toBe(1));
    tour.session.dispatch({ type: 'run' });
    await vi.waitFor(() => expect(tour.scripts.length).toBe(1));
    tour.write('word', 'hello');
    tour.scripts[0]?.end();
    await vi.waitFor(() => expect(tour.session.getSnapshot().phase).toBe('passed'));
    arrive();
    await tour.session.settled();
    expect(tour.session.getSnapshot().results.get('one/make')).toEqual([pass('hello')]);
  });
});

describe('a bug', () => {
  const broken = aCheck('broken', { observe: () => Promise.reject(new TypeError('a bug')) });

  test.each([
    ['a check', { checks: [broken] as const }, 'check'],
    ['a check, in a survey', { checks: [broken] as const }, 'survey'],
    ['what goes around a script', { around: () => Promise.reject(new TypeError('a bug')) }, 'run'],
  ] as const)('in %s is not swallowed', async (_, step, type) => {
    const onBug = vi.fn();
    const tour = open(oneStep(step), { options: { onBug } });
    tour.session.dispatch({ type });
    await expect(tour.session.settled()).rejects.toThrow('a bug');
    expect(onBug).toHaveBeenCalledWith(expect.any(TypeError));
    await tour.session.close();
  });
});

describe('a session', () => {
  test('tells its listeners until they leave', async () => {
    const tour = open(oneStep({}));
    const listener = vi.fn();
    const leave = tour.session.subscribe(listener);
    tour.session.dispatch({ type: 'open', key: 'one/make', observe: false });
    expect(listener).toHaveBeenCalledTimes(1);
    leave();
    tour.session.dispatch({ type: 'open', key: 'one/make', observe: false });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('writes down which pages were read', async () => {
    const tour = open([aLesson('one', [aStep('make'), aStep('next')])]);
    await tour.run();
    tour.session.dispatch({ type: 'next' });
    await tour.session.settled();
    expect((await tour.written()).completedSteps()).toEqual(['one/make']);
  });

  test('writes down what a step printed and what its checks saw', async () => {
    const tour = open(oneStep({ checks: [wordIsThere] }));
    await tour.run(({ print, end }) => {
      print('nothing yet\n');
      end(1);
    });
    expect(tour.progress.recordOf('one/make')).toBeUndefined();
    expect((await tour.written()).failedRun('one/make')).toMatchObject({
      lines: ['nothing yet'],
      code: 1,
    });
    await tour.run(({ print, end }) => {
      print('done\n');
      tour.write('word', 'hello');
      end();
    });
    const printed = { lines: ['done'], dropped: 0, code: 0, milliseconds: 7 };
    const kept = { at: expect.any(String), evidence: { word: 'hello' }, printed };
    expect((await tour.written()).recordOf('one/make')).toEqual(kept);
    expect((await tour.written()).failedRun('one/make')).toBeUndefined();
    expect(tour.session.getSnapshot().records).toEqual(new Map([['one/make', kept]]));

    tour.session.dispatch({ type: 'open', key: 'one/make', observe: false });
    tour.write('word', 'by hand');
    tour.session.dispatch({ type: 'check' });
    await tour.session.settled();
    expect(tour.progress.recordOf('one/make')).toMatchObject({
      evidence: { word: 'by hand' },
      printed,
    });
  });

  test('reads what a word is on this machine when it is asked for, and as it is then', async () => {
    const tour = open(oneStep({}));
    const defined = async () => {
      tour.session.dispatch({ type: 'define', facts: [word, workdir] });
      expect(tour.session.getSnapshot().defined).toBeUndefined();
      await tour.session.settled();
      return tour.session.getSnapshot().defined;
    };
    expect(await defined()).toEqual(new Map([['workdir', tour.workspace.dir]]));
    tour.write('word', 'hello');
    expect((await defined())?.get('word')).toBe('“hello”');
  });

  test('gives shells what is known by now', async () => {
    const tour = open(oneStep({}));
    expect(await tour.session.variables()).toEqual({ WORKDIR: tour.workspace.dir });
    tour.write('word', 'hello');
    expect(await tour.session.variables()).toMatchObject({ WORD: 'hello' });
  });

  test('survives that its directory vanishes', async () => {
    const tour = open(oneStep({}));
    const state = await tour.run(({ end }) => {
      rmSync(tour.workspace.dir, { recursive: true });
      end();
    });
    expect(state.phase).toBe('passed');
    tour.session.dispatch({ type: 'next' });
    await tour.session.settled();
    await tour.session.close();
    expect(existsSync(tour.workspace.dir)).toBe(false);
  });
});

describe('what settles is waited for', () => {
  /** Holds once the file `gone` was written; `now` is when it was looked at. */
  const gone = (differing: Partial<Check> = {}) =>
    aCheck('gone', {
      settles: 'containerd to collect its garbage',
      observe: async (observation) =>
        (await observation.exists('gone'))
          ? pass('gone')
          : fail({ expected: 'nothing', actual: 'it is there', hint: 'Look again.' }),
      ...differing,
    });
  const waitingTour = (differing: Partial<Check> = {}) => {
    const said: string[] = [];
    const onWait: SessionOptions['onWait'] = (_, { id }, what) => said.push(`${id}: ${what}`);
    const tour = open(oneStep({ checks: [gone(differing)] }), { options: { onWait } });
    vi.useFakeTimers();
    return { ...tour, said };
  };
  /** Runs the step and lets time pass; real time is not waited for. */
  async function runFor(tour: ReturnType<typeof waitingTour>, milliseconds: number) {
    tour.session.dispatch({ type: 'run' });
    await vi.waitFor(() => expect(tour.scripts).toHaveLength(1));
    tour.scripts[0]?.end();
    await vi.waitFor(() => expect(tour.session.getSnapshot().phase).toBe('checking'));
    await vi.advanceTimersByTimeAsync(milliseconds);
    return tour.session.getSnapshot();
  }

  test('a moment, without a word', async () => {
    const tour = waitingTour();
    expect(await runFor(tour, 500)).toMatchObject({ phase: 'checking', waiting: new Map() });
    tour.write('gone', '');
    await vi.advanceTimersByTimeAsync(200);
    await tour.session.settled();
    expect(tour.session.getSnapshot().phase).toBe('passed');
    expect(tour.said).toEqual([]);
  });

  test('longer, and it is said once for what', async () => {
    const tour = waitingTour();
    const state = await runFor(tour, 3000);
    const what = 'containerd to collect its garbage';
    expect(state).toMatchObject({ phase: 'checking', waiting: new Map([[0, what]]) });
    expect(tour.said).toEqual([`gone: ${what}`]);
    tour.write('gone', '');
    await vi.advanceTimersByTimeAsync(200);
    await tour.session.settled();
    expect(tour.session.getSnapshot()).toMatchObject({ phase: 'passed', waiting: new Map() });
    expect(tour.said).toHaveLength(1);
  });

  test('ten seconds and no longer', async () => {
    const tour = waitingTour();
    expect((await runFor(tour, 9800)).phase).toBe('checking');
    await vi.advanceTimersByTimeAsync(400);
    await tour.session.settled();
    expect(tour.session.getSnapshot()).toMatchObject({ phase: 'failed', waiting: new Map() });
  });

  test.each([
    ['cancelled', ({ session }: ReturnType<typeof open>) => session.dispatch({ type: 'cancel' })],
    ['left', ({ session }: ReturnType<typeof open>) => void session.close()],
  ])('no longer once it is %s', async (_, stop) => {
    const tour = waitingTour();
    await runFor(tour, 3000);
    stop(tour);
    await vi.advanceTimersByTimeAsync(200);
    await tour.session.settled();
    expect(tour.session.getSnapshot().phase).toBe('failed');
  });

  test('not where one only looks', async () => {
    const tour = waitingTour();
    tour.session.dispatch({ type: 'survey' });
    await tour.session.settled();
    tour.session.dispatch({ type: 'open', key: 'one/make', observe: true });
    await tour.session.settled();
    expect(tour.session.getSnapshot().phase).toBe('ready');
  });

  test('in a survey at the steps that it is told', async () => {
    const tour = waitingTour();
    tour.session.dispatch({ type: 'survey', waits: ({ step }) => step.id === 'make' });
    await vi.advanceTimersByTimeAsync(3000);
    tour.write('gone', '');
    await vi.advanceTimersByTimeAsync(200);
    await tour.session.settled();
    const [result] = tour.session.getSnapshot().results.get('one/make') ?? [];
    expect(result?.status).toBe('pass');
    expect(tour.said).toHaveLength(1);
  });
});

describe('a script that ran out of something', () => {
  const never = aCheck('never', {
    observe: async () => fail({ expected: 'a file', actual: 'nothing', hint: 'Import again.' }),
  });
  const running = async (words: string, code: number) => {
    const tour = open(oneStep({ checks: [never, aCheck('holds')] }));
    const state = await tour.run(({ print, end }) => {
      print(words);
      end(code);
    });
    return state.results.get('one/make') ?? [];
  };

  test('is not the learner’s fault: what is not there cannot be judged, and why is said', async () => {
    const [first, second] = await running('bash: fork: Resource temporarily unavailable\n', 254);
    expect(first).toEqual({
      status: 'blocked',
      why: expect.stringMatching(/There are no processes left.*Then run the step again/),
    });
    expect(second?.status).toBe('pass');
  });

  test.each([
    ['that failed for another reason', 'no such file\n', 1],
    ['that says so and got through', 'fork: retry: Resource temporarily unavailable\n', 0],
  ])('one %s is judged by what is there', async (_, words, code) => {
    const [first] = await running(words, code);
    expect(first?.status).toBe('fail');
  });
});
