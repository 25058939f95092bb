import { Exit, ifPossible, isMendable, TourError, tourErrorFrom } from '../errors.ts';
import type { Containerd } from '../host/containerd.ts';
import { type Host, neverStarted } from '../host/host.ts';
import { refuseTheirs } from '../host/ownership.ts';
import { checkFreeSpace } from '../host/preflight/find-obstacles.ts';
import { freeSpaceAt } from '../host/preflight/machine.ts';
import { obstacleError } from '../host/preflight/obstacles.ts';
import { SudoPasswordNeeded, sudoNeedsPassword } from '../host/privilege.ts';
import type { RunningScript } from '../host/shell.ts';
import { shortageIn } from '../host/shortage.ts';
import { watchHost } from '../host/watch.ts';
import { blocked, type Check, type CheckResult, evaluate, type RetryPolicy } from './check.ts';
import { type AnyFact, readings } from './fact.ts';
import { keyOf, type Lesson, type Place, placesOf } from './lesson.ts';
import { guardNamespace } from './namespace-guard.ts';
import { NotYet, type Observation, openObservation } from './observation.ts';
import { collectOutput } from './output.ts';
import type { ReadOwnDigests } from './own-digests.ts';
import { type Answer, outputExcerpt, type Progress, type StepRecord } from './progress.ts';
import { needsRoot, reachesContainerd, render, type Script } from './script.ts';
import { isDoneAlone } from './task.ts';
import { factsIn } from './text.ts';
import {
  type Effect,
  type Event,
  initialState,
  type Results,
  type SavedProgress,
  type ScriptResult,
  type State,
  type StepError,
  update,
} from './update.ts';
import { knownVariables } from './variables.ts';
import { watchForHang } from './watch-for-hang.ts';

/** A tour in progress, with or without a screen. */
export interface Session {
  readonly host: Host;
  readonly getSnapshot: () => State;
  /** @returns a function that removes the listener */
  readonly subscribe: (listener: () => void) => () => void;
  readonly dispatch: (event: Event) => void;
  /** Resolves once nothing is under way. Rejects if an effect threw because of a bug. */
  readonly settled: () => Promise<void>;
  /** The script of a step as it runs here. */
  readonly scriptOf: (place: Place) => string;
  /** A script of a step's visit, as it runs here. */
  readonly rendered: (script: Script) => string;
  /**
   * The variables for the learner's own shell: the article's, as far as they are known. Commands typed
   * there need the tour's containerd, so it is started if possible.
   */
  readonly variables: () => Promise<Record<string, string>>;
  /** From now on, re-checks the open step whenever something changes on the machine. */
  readonly watch: () => void;
  /** Cancels what is running and saves progress. */
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  readonly lessons: readonly Lesson[];
  readonly host: Host;
  readonly progress: Progress;
  /** Facts that are variables in the learner's shells. */
  readonly variables: readonly AnyFact[];
  /** There will be a screen: the facts of a step's prose are read even before it listens. */
  readonly forScreen?: boolean;
  /** Reads the digests that a screen recognises as the learner's. */
  readonly ownDigests?: ReadOwnDigests;
  readonly onOutput?: (place: Place, chunk: string) => void;
  /** Called when a check has been waited for so long that the learner should be told. */
  readonly onWait?: (place: Place, check: Check, what: string) => void;
  /** Called on a bug in an effect, so that a screen can close. */
  readonly onBug?: (error: unknown) => void;
}

/** Milliseconds between two updates of the output on the screen, however fast it comes. */
const frameMs = 1000 / 30;

/**
 * Milliseconds: how long to wait for a check that settles after a script (`longest`) or in a background
 * re-check (`glance`), how often to repeat it, and when to tell the learner.
 */
const settleMs = { max: 10_000, background: 1500, interval: 100, announceAfter: 1000 } as const;

/** Milliseconds without anything to do before a containerd that the open step doesn't need may stop. */
const restAfterMs = 10_000;

/** What a script is run with. */
interface PreparedScript {
  readonly env: Record<string, string>;
  /** The containerd that it uses, if it does. */
  readonly containerd: Containerd | undefined;
}

/** The end of a script that was cancelled before it began. */
const neverBegan: ScriptResult = { code: 130, milliseconds: 0, cancelled: true };

/** Drives the pure transition function and carries out its effects. */
export function openSession(options: SessionOptions): Session {
  const { lessons, host, progress } = options;
  const listeners = new Set<() => void>();
  const underway = new Set<Promise<void>>();
  let bug: { error: unknown } | undefined;
  let running: RunningScript | undefined;
  let saving: NodeJS.Immediate | undefined;
  let cancelled = false;
  /** Stop waiting for checks that settle. */
  let waitsNoLonger = false;
  /** How many scripts have begun or ended: results from before the last of these are out of date. */
  let changes = 0;
  let observation = openObservation(host, progress);
  /** The last background re-check. */
  let rechecking: Promise<void> | undefined;
  let endWatch: (() => void) | undefined;
  /** The checks or the prose of the open step read something from containerd. */
  let needsContainerd = true;
  /** The learner was given a shell, which may go on using containerd. */
  let gaveShell = false;
  let resting: NodeJS.Timeout | undefined;
  const guard = guardNamespace(host, progress);
  let state = initialState(lessons, savedProgress(progress, lessons));

  function dispatch(event: Event): void {
    const next = update(state, event);
    state = next.state;
    for (const listener of listeners) listener();
    for (const effect of next.effects) begin(effect);
  }

  function begin(effect: Effect): void {
    const work = carryOut(effect)
      .catch(isBug)
      .finally(() => {
        underway.delete(work);
        restLater();
      });
    underway.add(work);
  }

  /** Lets containerd stop if nothing happens for a while, on a step that doesn't need it. */
  function restLater(): void {
    clearTimeout(resting);
    if (endWatch === undefined || gaveShell) return;
    resting = setTimeout(() => {
      if (underway.size > 0 || needsContainerd || gaveShell) return;
      // If it doesn't answer, the step that needs it reports that.
      void ifPossible(host.rest()).catch(isBug);
    }, restAfterMs);
    resting.unref();
  }

  function isBug(error: unknown): void {
    bug ??= { error };
    options.onBug?.(error);
  }

  async function carryOut(effect: Effect): Promise<void> {
    switch (effect.type) {
      case 'survey':
        return survey(effect.waits);
      case 'define':
        return define(effect.facts);
      case 'run':
        return run(effect.place);
      case 'check':
        return check(effect.place);
      case 'recheck':
        rechecking = recheck(effect.place, effect.generation);
        return rechecking;
      case 'cancel':
        return cancel();
      case 'complete':
        progress.markCompleted(effect.key);
        return saveSoon();
      case 'answer':
        progress.recordAnswer(effect.key, effect.answer);
        return saveSoon();
      case 'save quiz':
        progress.recordQuiz(effect.quiz);
        return saveSoon();
      case 'solution shown':
        progress.recordSolutionShown(effect.key);
        return saveSoon();
      case 'record':
        return recordStep(effect);
    }
  }

  function evaluated(
    place: Place,
    index: number,
    observation: Observation,
    maxMs = 0,
  ): Promise<CheckResult> {
    const check = place.step.checks[index];
    if (check === undefined) throw new Error(`no check ${index} in ${keyOf(place)}`);
    const key = `${keyOf(place)}/${check.id}`;
    const witness = { key, subject: place.lesson.subject };
    return evaluate(check, observation, witness, retryPolicy(place, index, check, maxMs));
  }

  /** @param maxMs milliseconds, from the first failure on */
  function retryPolicy(place: Place, index: number, check: Check, maxMs: number): RetryPolicy {
    let began: number | undefined;
    let said = false;
    return {
      // Later reads share the new observation.
      observeAgain: () => {
        observation = openObservation(host, progress);
        return observation;
      },
      pause: async () => {
        began ??= performance.now();
        const waited = performance.now() - began;
        if (waitsNoLonger || waited >= maxMs) return false;
        const { settles: what } = check;
        const asked = maxMs > settleMs.background;
        if (what !== undefined && asked && !said && waited >= settleMs.announceAfter) {
          said = true;
          options.onWait?.(place, check, what);
          if (place === state.at) dispatch({ type: 'waiting', index, what });
        }
        await new Promise((resolve) => setTimeout(resolve, settleMs.interval));
        return true;
      },
    };
  }

  /** Saves progress when the event loop is idle, so that it doesn't delay the next script. */
  function saveSoon(): void {
    saving ??= setImmediate(() => {
      try {
        saveNow();
      } catch (error) {
        // The next time there may be room again; and the last one, at the end, says if there isn't.
        if (!isMendable(error)) isBug(error);
      }
    });
  }

  function saveNow(): void {
    clearImmediate(saving);
    saving = undefined;
    progress.save();
  }

  /** Also cancels a script that hasn't started yet because it waits for containerd. */
  function cancel(): void {
    cancelled = true;
    waitsNoLonger = true;
    running?.cancel();
  }

  async function survey(waits: (place: Place) => boolean = () => false): Promise<void> {
    const before = changes;
    waitsNoLonger = false;
    observation = openObservation(host, progress);
    const results = new Map<string, Results>();
    for (const place of placesOf(lessons)) {
      const maxMs = waits(place) ? settleMs.max : 0;
      const indexes = place.step.checks.map((_, index) =>
        evaluated(place, index, observation, maxMs),
      );
      results.set(keyOf(place), await Promise.all(indexes));
    }
    if (changes !== before) return survey(waits);
    saveSoon();
    dispatch({ type: 'surveyed', results });
  }

  /** Gets ready what the script needs. @throws NotYet or TourError if something is missing */
  async function prepare(place: Place): Promise<PreparedScript> {
    const { lesson, step } = place;
    const { script, uses = [], outsideDaemonNamespace = false, readOnly } = step;
    // It was looked at when the tour was opened, but cleanup may have removed it since.
    refuseTheirs(host.workspace);
    if (readOnly !== true && lesson.undoes !== true) refuseFullDisk(host);
    if (host.privilege === 'sudo' && needsRoot(script) && (await sudoNeedsPassword())) {
      throw new SudoPasswordNeeded();
    }
    // In rootless mode, the only root is the one in the daemon's namespaces.
    const needsDaemon =
      reachesContainerd(script) ||
      (host.privilege === 'rootless' && needsRoot(script) && !outsideDaemonNamespace);
    const containerd = needsDaemon ? await reachContainerd(place) : undefined;
    if (containerd !== undefined) {
      const { beforeMaking, beforeRemoving } = guard;
      await (lesson.undoes === true ? beforeRemoving : beforeMaking)(containerd, step.owns ?? []);
    }
    // In order, so that the first missing fact is always the one named.
    const values: [string, string][] = [];
    for (const fact of uses) {
      values.push([fact.variable ?? fact.id, String(await observation.need(fact))]);
    }
    return { env: Object.fromEntries(values), containerd };
  }

  async function reachContainerd({ lesson }: Place): Promise<Containerd | undefined> {
    if (lesson.undoes !== true) {
      const containerd = await host.containerd();
      // The script would wait forever for a daemon that accepts connections and doesn't answer.
      await containerd.answers();
      return containerd;
    }
    // Cleanup must work from any state, even if containerd is missing or broken.
    return neverStarted(host) ? undefined : ifPossible(host.containerd());
  }

  async function run(place: Place): Promise<void> {
    cancelled = false;
    changes += 1;
    // A check must not run while the script changes things.
    waitsNoLonger = true;
    if (rechecking !== undefined) await rechecking.catch(() => {});
    observation = openObservation(host, progress);
    const output = collectOutput();
    let timer: NodeJS.Timeout | undefined;
    const show = () => {
      timer = undefined;
      dispatch({ type: 'output', output: output.view() });
    };
    const print = (chunk: string) => {
      output.write(chunk);
      options.onOutput?.(place, chunk);
      timer ??= setTimeout(show, frameMs);
    };
    let prepared: PreparedScript;
    let finish: (() => Promise<void>) | undefined;
    try {
      prepared = await prepare(place);
      // Save first: the cleanup script removes the directory.
      if (place.lesson.undoes === true) saveNow();
      finish = await place.step.around?.(host, (line) => print(`${line}\n`));
    } catch (error) {
      clearTimeout(timer);
      // Without sudo's password nothing can be done as root, so ask for that before all else.
      const locked =
        host.privilege === 'sudo' && error instanceof TourError && (await sudoNeedsPassword());
      const cause = locked ? new SudoPasswordNeeded() : error;
      return dispatch({ type: 'error', error: stepErrorOf(cause) });
    }
    if (cancelled) return dispatch({ type: 'ended', ended: neverBegan });
    running = host.script(rendered(place.step.script), {
      env: prepared.env,
      outsideDaemonNamespace: place.step.outsideDaemonNamespace ?? false,
      onOutput: print,
    });
    const script = running;
    let trouble: Error | undefined;
    const stopWatching =
      prepared.containerd &&
      watchForHang(prepared.containerd, (error) => {
        trouble = error;
        script.cancel();
      });
    const ended = await script.ended;
    stopWatching?.();
    try {
      if (prepared.containerd !== undefined) await guard.afterMaking(prepared.containerd);
      if (!ended.cancelled) {
        progress.recordRun(keyOf(place), outputExcerpt(output.view(), ended));
        await finish?.();
      }
    } catch (error) {
      if (!isMendable(error)) throw error;
      trouble ??= error;
    }
    running = undefined;
    changes += 1;
    clearTimeout(timer);
    show();
    if (trouble === undefined) dispatch({ type: 'ended', ended });
    else dispatch({ type: 'error', error: stepErrorOf(trouble) });
  }

  async function check(place: Place): Promise<void> {
    observation = openObservation(host, progress);
    waitsNoLonger = false;
    // On arrival at a step its script isn't running, so there is nothing to wait for.
    const waits = state.phase === 'checking';
    const shortage = shortageOf(state);
    const maxMs = waits && shortage === undefined ? settleMs.max : 0;
    const results = await Promise.all(
      place.step.checks.map(async (_, index) => {
        const seen = await evaluated(place, index, observation, maxMs);
        const result = shortage !== undefined && seen.status === 'fail' ? blocked(shortage) : seen;
        dispatch({ type: 'result', index, result });
        return result;
      }),
    );
    const anew = state.ended !== undefined || !heldOnArrival();
    await remember(place, observation, results, anew);
    if (anew) await adopt(place, observation, results);
    // Facts are for the prose on the screen: without a screen they aren't needed.
    if (options.forScreen === true || listeners.size > 0) {
      dispatch({ type: 'facts', facts: await knownFacts(place, observation) });
      await recogniseDigests(observation);
    }
    needsContainerd = observation.asksContainerd();
    dispatch({ type: 'checked', answer: await answerOf(place, observation, wasPerformed(place)) });
    saveSoon();
  }

  /** Re-checks a step in the background; the results are dropped if something else has begun meanwhile. */
  async function recheck(place: Place, number: number): Promise<void> {
    observation = openObservation(host, progress);
    waitsNoLonger = false;
    const { checks } = place.step;
    const results = await Promise.all(
      checks.map((_, index) => evaluated(place, index, observation, settleMs.background)),
    );
    if (state.generation !== number) return;
    const anew = !holding(state.results.get(keyOf(place)));
    await remember(place, observation, results, anew);
    if (anew) await adopt(place, observation, results);
    const facts = await knownFacts(place, observation);
    // A step that held on arrival may have been undone on its page since.
    const performed = holding(results) && (anew || !heldOnArrival());
    const answer = await answerOf(place, observation, performed);
    await recogniseDigests(observation);
    needsContainerd = observation.asksContainerd();
    dispatch({ type: 'rechecked', generation: number, results, facts, answer });
    saveSoon();
  }

  const holding = (results: Results | undefined) =>
    results?.every((result) => result?.status === 'pass') === true;
  const heldOnArrival = () =>
    state.resultsOnArrival === undefined || holding(state.resultsOnArrival);

  /** @param anew whether the step was performed again, so that an earlier value is replaced */
  async function remember(
    place: Place,
    observation: Observation,
    results: readonly CheckResult[],
    anew: boolean,
  ): Promise<void> {
    const { remembers } = place.step;
    // Only if it passed: in a namespace that isn't the tour's, there is nothing to compare with later.
    if (remembers === undefined || !holding(results)) return;
    const value = await observation.get(remembers).catch(() => undefined);
    const isFirst = progress.remembered(remembers.id) === undefined;
    if (value !== undefined && (isFirst || anew)) progress.remember(remembers.id, value);
  }

  /** Marks what the learner has made in containerd by hand as the tour's. */
  async function adopt(
    { step: { owns = [] } }: Place,
    observation: Observation,
    results: readonly CheckResult[],
  ): Promise<void> {
    if (owns.length > 0 && holding(results))
      // If containerd is away just now, checking again adopts it.
      await ifPossible(observation.containerd().then((it) => guard.adopt(it, owns)));
  }

  async function knownFacts(place: Place, observation: Observation): Promise<Map<string, string>> {
    const { why, goal, expect, notice, hint, fieldNote, uses = [] } = place.step;
    const { intro, picture } = place.lesson;
    const facts = [
      ...factsIn(why, goal, expect, notice, hint, fieldNote?.text, intro, picture?.drawing),
      ...uses,
    ];
    return readings(facts, observation);
  }

  async function recogniseDigests(observation: Observation): Promise<void> {
    const digests = await options.ownDigests?.(observation);
    if (digests !== undefined) dispatch({ type: 'digests', digests });
  }

  async function define(facts: readonly AnyFact[]): Promise<void> {
    dispatch({ type: 'defined', facts: await readings(facts, openObservation(host, progress)) });
  }

  /** Whether the step was performed since the learner came to it, by its script or by hand. */
  function wasPerformed(place: Place): boolean {
    if (state.ended !== undefined) return true;
    const results = state.results.get(keyOf(place)) ?? [];
    return state.phase === 'checking' && results.every((each) => each?.status === 'pass');
  }

  /** The machine's answer to a question, guessed or not, once the step has been performed. */
  async function answerOf(
    place: Place,
    observation: Observation,
    performed: boolean,
  ): Promise<Answer | undefined> {
    const key = keyOf(place);
    const given = state.answers.get(key)?.choice;
    const { predict } = place.step;
    if (predict === undefined || !performed) return undefined;
    try {
      const answer = await predict.ask(observation);
      return given === undefined ? answer : { choice: given, ...answer };
    } catch {
      // The step hasn't got far enough for an answer; its checks say why.
      return undefined;
    }
  }

  /** Saves a passed step, so that its page can still be read if it no longer holds. */
  function recordStep({ place, ended, output }: Extract<Effect, { type: 'record' }>): void {
    const key = keyOf(place);
    const at = new Date().toISOString();
    const evidence = (state.results.get(key) ?? []).map((result, index) => [
      place.step.checks[index]?.id,
      result !== undefined && 'evidence' in result ? result.evidence : '',
    ]);
    // If the step was only checked again, the output of its last run still belongs to it.
    const before = progress.recordOf(key);
    const excerpt = ended === undefined ? before?.printed : outputExcerpt(output, ended);
    const record: StepRecord = {
      at,
      evidence: Object.fromEntries(evidence),
      ...(excerpt === undefined ? {} : { printed: excerpt }),
      ...(isDoneAlone(state, place, ended !== undefined, before) ? { alone: true } : {}),
    };
    progress.recordStep(key, record);
    saveSoon();
    dispatch({ type: 'recorded', key, record });
  }

  const rendered = (script: Script) => render(script, host);

  return {
    host,
    getSnapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch,
    scriptOf: ({ step }) => rendered(step.script),
    rendered,
    variables: async () => {
      refuseTheirs(host.workspace);
      gaveShell = true;
      const able = host.privilege !== 'sudo' || !(await sudoNeedsPassword());
      if (able) await ifPossible(reachContainerd(state.at));
      return knownVariables(openObservation(host, progress), options.variables);
    },
    settled: async () => {
      while (underway.size > 0) await Promise.all(underway);
      if (bug !== undefined) throw bug.error;
    },
    watch: () => {
      endWatch?.();
      endWatch = watchHost(host, () => dispatch({ type: 'changed' }));
      restLater();
    },
    close: async () => {
      endWatch?.();
      endWatch = undefined;
      clearTimeout(resting);
      cancel();
      await Promise.all(underway);
      try {
        saveNow();
      } finally {
        host.close();
      }
    },
  };
}

/** Explains a script that ran out of disk, memory or processes: that isn't the learner's mistake. */
function shortageOf({ ended, output }: State): string | undefined {
  if (ended === undefined || ended.code === 0) return undefined;
  const found = shortageIn(output.lines.join('\n'));
  return found && `The script stopped short. ${found.message} Then run the step again.`;
}

/** @throws TourError if there is hardly any disk space or inodes left */
function refuseFullDisk({ workspace }: Host): void {
  const full = checkFreeSpace(freeSpaceAt(workspace.dir), { bytes: 4 * 1024 * 1024, inodes: 100 });
  if (full !== undefined)
    throw obstacleError(full.id, `There is hardly any room left: ${full.seen}`);
}

function stepErrorOf(error: unknown): StepError {
  if (error instanceof NotYet) {
    return {
      message: `This needs ${error.what}, which is not there.`,
      hint: `Step ${error.from} creates it.`,
      password: false,
      exit: Exit.failed,
    };
  }
  const known = tourErrorFrom(error);
  if (known !== undefined) {
    const password = known instanceof SudoPasswordNeeded;
    return { message: known.message, hint: known.hint, password, exit: known.exit };
  }
  throw error;
}

function savedProgress(progress: Progress, lessons: readonly Lesson[]): SavedProgress {
  const keys = placesOf(lessons).map(keyOf);
  const known = <T>(of: (key: string) => T | undefined): Map<string, T> =>
    new Map(
      keys.flatMap((key): [string, T][] => {
        const found = of(key);
        return found === undefined ? [] : [[key, found]];
      }),
    );
  return {
    completed: progress.completedSteps(),
    answers: known(progress.answer),
    records: known(progress.recordOf),
    solutions: progress.solutionsShown(),
    quiz: progress.quiz(),
    seed: Math.floor(Math.random() * 2 ** 31),
  };
}
