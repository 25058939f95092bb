import type { ExitCode } from '../errors.ts';
import type { CheckResult } from './check.ts';
import type { AnyFact } from './fact.ts';
import { keyOf, type Lesson, type Place, placesOf } from './lesson.ts';
import { noOutput, type Output } from './output.ts';
import type { OwnDigests } from './own-digests.ts';
import type { Answer, QuizProgress, StepRecord } from './progress.ts';
import { askedNow, factsOfQuiz, fitting, quizOf } from './quiz.ts';
import { isSolutionHidden } from './task.ts';

/**
 * The phase of a step: `observing` what is there already, `ready` to run, `running` its script,
 * `checking` the result, `passed`, or `failed`, which destroys nothing and can be tried again.
 */
export type Phase = 'observing' | 'ready' | 'running' | 'checking' | 'passed' | 'failed';

export interface ScriptResult {
  readonly code: number;
  readonly milliseconds: number;
  readonly cancelled: boolean;
}

/** Why a step stopped, other than a failed check. The learner is told and can mend it. */
export interface StepError {
  readonly message: string;
  readonly hint: string | undefined;
  /** sudo needs a password before this can go on. */
  readonly password: boolean;
  /** The exit code of a command without a screen. */
  readonly exit: ExitCode;
}

/** One result for each check of the step, in order; undefined if it hasn't run yet. */
export type Results = readonly (CheckResult | undefined)[];

/**
 * A batch of steps to perform in order, skipping those that hold already. A step may undo a later one,
 * so each is checked just before its turn.
 */
export interface Batch {
  readonly purpose: 'repair' | 'catch up';
  /** In order. */
  readonly places: readonly Place[];
  /** The step to end on; undefined for the first one that doesn't hold then. */
  readonly goal: string | undefined;
}

/** A batch and its progress. */
export interface BatchRun {
  readonly batch: Batch;
  /** How many of its steps hold now, which is also the index of the current one. */
  readonly done: number;
  /** The keys of the steps that were performed; the others held already. */
  readonly performed: readonly string[];
  /** All later steps are being checked, to find out whether something that has ended is still needed. */
  readonly surveying: boolean;
  /** Esc was pressed: it ends where it is. */
  readonly stopping: boolean;
  /** The batch is finished or was stopped. */
  readonly ended: boolean;
}

export interface State {
  readonly lessons: readonly Lesson[];
  readonly at: Place;
  readonly phase: Phase;
  readonly output: Output;
  readonly ended: ScriptResult | undefined;
  readonly error: StepError | undefined;
  /** By step key. */
  readonly results: ReadonlyMap<string, Results>;
  /** What checks of this step wait for, by their index. */
  readonly waiting: ReadonlyMap<number, string>;
  /** The known facts on this screen, as text. */
  readonly facts: ReadonlyMap<string, string>;
  /** The digests that are recognised as the learner's. */
  readonly digests: OwnDigests;
  readonly answers: ReadonlyMap<string, Answer>;
  /** How each step was when it last passed, by step key. */
  readonly records: ReadonlyMap<string, StepRecord>;
  /** Steps that the learner left after everything had passed. */
  readonly completed: ReadonlySet<string>;
  /** Tasks whose solution was shown before they were done. */
  readonly solutions: ReadonlySet<string>;
  /** The quiz as far as it was answered; undefined until it's opened for the first time. */
  readonly quiz: QuizProgress | undefined;
  /** The last answer of the quiz is on the screen, rather than the next question. */
  readonly quizAnswered: boolean;
  /** For the first time that the quiz is opened. */
  readonly seed: number;
  /** The survey of all lessons is done. */
  readonly surveyed: boolean;
  /** The learner has left the last step. */
  readonly finished: boolean;
  /** The facts of the glossary or the quiz, whichever was opened last; undefined until they're read. */
  readonly defined: ReadonlyMap<string, string> | undefined;
  /** The batch in progress, or the last one until the learner changes step. */
  readonly batchRun: BatchRun | undefined;
  /** Generation counter: the results of an observation from an older generation are dropped. */
  readonly generation: number;
  /** A background re-check is running. */
  readonly rechecking: boolean;
  /** Something changed on the machine while no re-check could begin. */
  readonly changePending: boolean;
  /** The step on the screen was checked after the survey began, so the survey's result for it is older. */
  readonly checkedSinceSurvey: boolean;
  /**
   * The results on arrival at this step, or when its solution was shown: whatever differs since then, the
   * learner has done.
   */
  readonly resultsOnArrival: Results | undefined;
  /** The learner does steps by hand: a step that holds needn't be run. */
  readonly byHand: boolean;
}

export type Event =
  /** Checks all steps. `waits` tells which of them may wait for checks that settle; by default none. */
  | { readonly type: 'survey'; readonly waits?: (place: Place) => boolean }
  | { readonly type: 'surveyed'; readonly results: ReadonlyMap<string, Results> }
  /** Opens a step. `observe` tells whether to check it at once. */
  | { readonly type: 'open'; readonly key: string; readonly observe: boolean }
  | { readonly type: 'run' }
  /** Performs several steps in a row. */
  | { readonly type: 'perform'; readonly batch: Batch }
  /** Continues a batch that was waiting for a password. */
  | { readonly type: 'resume' }
  /** Cancels the running script or the wait for a check that settles, and stops a batch. */
  | { readonly type: 'cancel' }
  | { readonly type: 'check' }
  /** Something on the machine has changed, perhaps by the learner's hand. */
  | { readonly type: 'changed' }
  /** The result of a background re-check. */
  | {
      readonly type: 'rechecked';
      readonly generation: number;
      readonly results: Results;
      readonly facts: ReadonlyMap<string, string>;
      readonly answer: Answer | undefined;
    }
  | { readonly type: 'answer'; readonly choice: number }
  /** Shows the solution of a task, which can be run from then on. */
  | { readonly type: 'show solution' }
  | { readonly type: 'open quiz' }
  /** @property position of the option on the screen, from 0 */
  | { readonly type: 'answer quiz'; readonly position: number }
  | { readonly type: 'next question' }
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'output'; readonly output: Output }
  | { readonly type: 'ended'; readonly ended: ScriptResult }
  | { readonly type: 'error'; readonly error: StepError }
  | { readonly type: 'result'; readonly index: number; readonly result: CheckResult }
  /** A check doesn't hold yet, and is repeated for a while. */
  | { readonly type: 'waiting'; readonly index: number; readonly what: string }
  /** The glossary was opened. */
  | { readonly type: 'define'; readonly facts: readonly AnyFact[] }
  | { readonly type: 'defined'; readonly facts: ReadonlyMap<string, string> }
  | { readonly type: 'facts'; readonly facts: ReadonlyMap<string, string> }
  | { readonly type: 'digests'; readonly digests: OwnDigests }
  /** All checks of the step are done. */
  | { readonly type: 'checked'; readonly answer: Answer | undefined }
  /** A step that passed was saved. */
  | { readonly type: 'recorded'; readonly key: string; readonly record: StepRecord };

/** Whether a script has ended with an error of its own; one that was cancelled hasn't. */
export function endedWithError(ended: ScriptResult | undefined): ended is ScriptResult {
  return ended !== undefined && ended.code !== 0 && !ended.cancelled;
}

/** What a transition asks the outside world to do. */
export type Effect =
  | { readonly type: 'survey'; readonly waits?: (place: Place) => boolean }
  | { readonly type: 'define'; readonly facts: readonly AnyFact[] }
  | { readonly type: 'run'; readonly place: Place }
  | { readonly type: 'check'; readonly place: Place }
  | { readonly type: 'recheck'; readonly place: Place; readonly generation: number }
  | { readonly type: 'cancel' }
  | { readonly type: 'complete'; readonly key: string }
  | { readonly type: 'answer'; readonly key: string; readonly answer: Answer }
  | { readonly type: 'solution shown'; readonly key: string }
  | { readonly type: 'save quiz'; readonly quiz: QuizProgress }
  | {
      readonly type: 'record';
      readonly place: Place;
      readonly ended: ScriptResult | undefined;
      readonly output: Output;
    };

export interface Update {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What an earlier session saved. */
export interface SavedProgress {
  readonly completed?: readonly string[];
  readonly answers?: ReadonlyMap<string, Answer>;
  readonly records?: ReadonlyMap<string, StepRecord>;
  readonly solutions?: readonly string[];
  readonly quiz?: QuizProgress | undefined;
  readonly seed?: number;
}

export function initialState(lessons: readonly Lesson[], saved: SavedProgress = {}): State {
  const [first] = placesOf(lessons);
  if (first === undefined) throw new Error('a session needs at least one lesson');
  return {
    lessons,
    at: first,
    phase: 'ready',
    output: noOutput,
    ended: undefined,
    error: undefined,
    results: new Map(),
    waiting: new Map(),
    facts: new Map(),
    digests: new Map(),
    answers: saved.answers ?? new Map(),
    records: saved.records ?? new Map(),
    completed: new Set(saved.completed),
    solutions: new Set(saved.solutions),
    quiz: saved.quiz && fitting(quizOf(lessons), saved.quiz),
    quizAnswered: false,
    seed: saved.seed ?? 0,
    surveyed: false,
    finished: false,
    defined: undefined,
    batchRun: undefined,
    generation: 0,
    rechecking: false,
    changePending: false,
    checkedSinceSurvey: false,
    resultsOnArrival: undefined,
    byHand: false,
  };
}

function holdsNow(results: Results | undefined, place: Place): boolean {
  return (
    results !== undefined &&
    results.length === place.step.checks.length &&
    results.every((result) => result?.status === 'pass' || result?.status === 'witnessed')
  );
}

/** A step as the contents screen and `list` show it. */
export type StepStatus = 'holds' | 'not yet' | 'drifted' | 'cannot be seen';

/** The status of a step, according to the last observation of the machine. */
export function stepStatus(state: State, place: Place): StepStatus {
  const results = state.results.get(keyOf(place));
  const read = state.completed.has(keyOf(place));
  if (holdsNow(results, place)) {
    if (place.step.readOnly === true && !read) return 'not yet';
    return stillPersists(state, place) ? 'holds' : 'not yet';
  }
  if (results?.some((result) => result?.status === 'blocked')) return 'cannot be seen';
  return read ? 'drifted' : 'not yet';
}

/** False if something that must last, such as a container, has ended and later steps still need it. */
function stillPersists(state: State, { lesson, step }: Place): boolean {
  if (step.persists !== true) return true;
  const results = state.results.get(keyOf({ lesson, step })) ?? [];
  if (results.every((result) => result?.status === 'pass')) return true;
  const later = lesson.steps.slice(lesson.steps.indexOf(step) + 1);
  return later.every((each) => {
    const place = { lesson, step: each };
    return each.persists === true || holdsNow(state.results.get(keyOf(place)), place);
  });
}

/** All steps except those that remove things. */
export function workOf(lessons: readonly Lesson[]): Place[] {
  return placesOf(lessons.filter((lesson) => lesson.undoes !== true));
}

/** The learner's position: the first step that doesn't hold; cleanup, if all of them do. */
export function positionOf(state: State): Place {
  const open = workOf(state.lessons).find((place) => stepStatus(state, place) !== 'holds');
  return open ?? placesOf(state.lessons.filter((lesson) => lesson.undoes))[0] ?? state.at;
}

export function placeOf(lessons: readonly Lesson[], key: string): Place | undefined {
  return placesOf(lessons).find((place) => keyOf(place) === key);
}

/** Whether a batch is in progress. */
export function isBatchRunning({ batchRun }: State): boolean {
  return batchRun !== undefined && !batchRun.ended;
}

/** Whether all steps of the batch hold. */
export function isBatchDone({ batchRun }: State): boolean {
  return batchRun !== undefined && batchRun.done === batchRun.batch.places.length;
}

const idle = { output: noOutput, ended: undefined, error: undefined } as const;

/** Begins a new generation: results of earlier observations will be dropped. */
function nextGeneration({
  generation,
}: State): Pick<State, 'generation' | 'rechecking' | 'changePending' | 'waiting'> {
  return {
    generation: generation + 1,
    rechecking: false,
    changePending: false,
    waiting: new Map(),
  };
}

function stay(state: State): Update {
  return { state, effects: [] };
}

function turnTo(state: State, place: Place, observe: boolean): Update {
  const phase: Phase = observe ? 'observing' : 'ready';
  return {
    state: {
      ...state,
      ...idle,
      ...nextGeneration(state),
      at: place,
      phase,
      finished: false,
      batchRun: undefined,
      resultsOnArrival: undefined,
    },
    effects: observe ? [{ type: 'check', place }] : [],
  };
}

function startRun(state: State): Update {
  return {
    state: { ...state, ...idle, ...nextGeneration(state), phase: 'running' },
    effects: [{ type: 'run', place: state.at }],
  };
}

/** Checks the next step of a batch; after the last one, opens the step where the batch ends. */
function proceed(state: State, run: BatchRun): Update {
  const place = run.batch.places[run.done];
  const { goal } = run.batch;
  const end = (goal === undefined ? undefined : placeOf(state.lessons, goal)) ?? positionOf(state);
  const { state: turned, effects } = turnTo(state, place ?? end, true);
  return { state: { ...turned, batchRun: { ...run, ended: place === undefined } }, effects };
}

/**
 * Whether the step's container or mount has ended and only an earlier pass counts for it. Later steps,
 * which may have changed since they were checked, decide whether it's still needed.
 */
function isOnlyVouchedFor({ at, results }: State): boolean {
  const own = results.get(keyOf(at));
  const vouched = own?.some((result) => result?.status === 'witnessed') === true;
  return at.step.persists === true && vouched && holdsNow(own, at);
}

/** What a batch does once its current step has been checked. */
function advanceBatch(before: State, settled: State, run: BatchRun): Update {
  const { at } = settled;
  const stop = { ...settled, batchRun: { ...run, ended: true } };
  const key = keyOf(at);
  const observed = before.phase === 'observing';
  const holds = observed ? stepStatus(settled, at) === 'holds' : settled.phase === 'passed';
  if (run.stopping) return stay(stop);
  if (observed && !run.surveying && run.performed.length > 0 && isOnlyVouchedFor(settled)) {
    const asked = { ...run, surveying: true };
    const asking: State = {
      ...settled,
      phase: 'observing',
      checkedSinceSurvey: false,
      batchRun: asked,
    };
    return { state: asking, effects: [{ type: 'survey' }] };
  }
  if (!(holds || observed)) return stay(stop);
  if (!holds) return startRun(settled);
  const read = { ...settled, completed: new Set(settled.completed).add(key) };
  const performed = observed ? run.performed : [...run.performed, key];
  const next = proceed(read, { ...run, performed, surveying: false, done: run.done + 1 });
  return { state: next.state, effects: [{ type: 'complete', key }, ...next.effects] };
}

function neighbour(state: State, by: 1 | -1): Place | undefined {
  const places = placesOf(state.lessons);
  return places[places.findIndex((place) => keyOf(place) === keyOf(state.at)) + by];
}

function busy({ phase }: State): boolean {
  return phase === 'running' || phase === 'checking' || phase === 'observing';
}

/** The phase after a check: on arrival, only a step that was done before counts as passed. */
function settle(state: State): Phase {
  const key = keyOf(state.at);
  const holds = holdsNow(state.results.get(key), state.at) && stillPersists(state, state.at);
  if (state.phase === 'observing') {
    const done = state.completed.has(key) || (state.byHand && state.at.step.readOnly !== true);
    return holds && done ? 'passed' : 'ready';
  }
  return holds ? 'passed' : 'failed';
}

/** Starts a background re-check. */
function recheck(state: State): Update {
  // Observing would restart the containerd that cleanup removes.
  if (state.at.lesson.undoes === true) return stay(state);
  return {
    state: { ...state, rechecking: true, changePending: false },
    effects: [{ type: 'recheck', place: state.at, generation: state.generation }],
  };
}

/** Takes in a background re-check, which neither hides what is on the screen nor runs anything. */
function rechecked(state: State, event: Extract<Event, { type: 'rechecked' }>): Update {
  const { at } = state;
  const key = keyOf(at);
  const before = state.results.get(key);
  const results = new Map(state.results).set(key, event.results);
  const after = { ...state, results };
  const holds = holdsNow(event.results, at) && stillPersists(after, at);
  const held = holdsNow(before, at) && stillPersists(state, at);
  // A learner who hasn't begun isn't told of failures, and a step that held on arrival is still to be read.
  const waits = state.phase === 'ready' && (held || !holds);
  const phase: Phase = waits ? 'ready' : holds ? 'passed' : 'failed';
  const now = phase === 'passed' && state.phase !== 'passed';
  const { answer } = event;
  const effects: Effect[] = [];
  if (answer !== undefined) effects.push({ type: 'answer', key, answer });
  if (now) effects.push({ type: 'record', place: at, ended: state.ended, output: state.output });
  const settled: State = {
    ...after,
    phase,
    facts: event.facts,
    answers: answer === undefined ? state.answers : new Map(state.answers).set(key, answer),
    error: now ? undefined : state.error,
    byHand: state.byHand || (now && state.ended === undefined),
    rechecking: false,
    checkedSinceSurvey: true,
  };
  if (!state.changePending) return { state: settled, effects };
  const again = recheck(settled);
  return { state: again.state, effects: [...effects, ...again.effects] };
}

function withResult(state: State, index: number, result: CheckResult): State {
  const key = keyOf(state.at);
  const results = [...(state.results.get(key) ?? state.at.step.checks.map(() => undefined))];
  results[index] = result;
  const waiting = new Map(state.waiting);
  waiting.delete(index);
  return { ...state, results: new Map(state.results).set(key, results), waiting };
}

function checkAgain(state: State): State {
  const key = keyOf(state.at);
  const unknown = state.at.step.checks.map(() => undefined);
  return {
    ...state,
    ...nextGeneration(state),
    phase: 'checking',
    results: new Map(state.results).set(key, unknown),
  };
}

/** The whole tour as a pure function: the next state, and the effects that it needs. */
export function update(state: State, event: Event): Update {
  const { at } = state;
  const key = keyOf(at);
  switch (event.type) {
    case 'survey':
      if (busy(state)) return stay(state);
      return { state: { ...state, surveyed: false, checkedSinceSurvey: false }, effects: [event] };
    case 'surveyed': {
      const results = new Map(event.results);
      const shown = state.results.get(key);
      if (state.checkedSinceSurvey && shown !== undefined) results.set(key, shown);
      const now = { ...state, results, surveyed: true };
      if (state.batchRun?.surveying !== true || state.phase !== 'observing') return stay(now);
      return advanceBatch(now, { ...now, phase: settle(now) }, state.batchRun);
    }
    case 'changed':
      if (busy(state) || state.rechecking || isBatchRunning(state)) {
        return stay({ ...state, changePending: true });
      }
      return recheck(state);
    case 'rechecked':
      return event.generation === state.generation ? rechecked(state, event) : stay(state);
    case 'open': {
      const place = placeOf(state.lessons, event.key);
      return place === undefined || busy(state) ? stay(state) : turnTo(state, place, event.observe);
    }
    case 'run':
      // Clear a finished batch; keep a stopped one so that it can be resumed.
      return busy(state)
        ? stay(state)
        : startRun(isBatchDone(state) ? { ...state, batchRun: undefined } : state);
    case 'perform': {
      if (busy(state)) return stay(state);
      const { batch } = event;
      const begun = { done: 0, performed: [], surveying: false, stopping: false, ended: false };
      return proceed(state, { batch, ...begun });
    }
    case 'resume':
      if (state.batchRun === undefined || state.batchRun.ended || busy(state)) return stay(state);
      return proceed(state, state.batchRun);
    case 'cancel': {
      const { batchRun } = state;
      const stopped =
        batchRun === undefined || batchRun.ended
          ? state
          : { ...state, batchRun: { ...batchRun, stopping: true } };
      const underway = state.phase === 'running' || state.waiting.size > 0;
      return { state: stopped, effects: underway ? [event] : [] };
    }
    case 'check':
      if (busy(state)) return stay(state);
      return {
        state: checkAgain({ ...state, error: undefined }),
        effects: [{ type: 'check', place: at }],
      };
    case 'answer': {
      const { predict } = at.step;
      const chosen = predict?.choices[event.choice];
      if (chosen === undefined || state.phase === 'passed' || busy(state)) return stay(state);
      const answer = { choice: event.choice };
      return {
        state: { ...state, answers: new Map(state.answers).set(key, answer) },
        effects: [{ type: 'answer', key, answer }],
      };
    }
    case 'show solution':
      if (!isSolutionHidden(state) || busy(state)) return stay(state);
      // A check may have failed before: the solution is the next thing to read, and to run.
      return {
        state: {
          ...state,
          ...idle,
          phase: 'ready',
          resultsOnArrival: state.results.get(key) ?? state.resultsOnArrival,
          solutions: new Set(state.solutions).add(key),
        },
        effects: [{ type: 'solution shown', key }],
      };
    case 'open quiz': {
      const quiz = state.quiz ?? { seed: state.seed, answers: [] };
      const facts = factsOfQuiz(quizOf(state.lessons));
      return {
        state: { ...state, quiz, quizAnswered: false, defined: undefined },
        effects: [
          { type: 'save quiz', quiz },
          { type: 'define', facts },
        ],
      };
    }
    case 'answer quiz': {
      const { quiz: before, quizAnswered } = state;
      if (before === undefined || quizAnswered) return stay(state);
      const asked = askedNow(quizOf(state.lessons), before);
      const option = asked?.order[event.position];
      if (asked === undefined || option === undefined) return stay(state);
      const given = { id: asked.question.id, option };
      const quiz = { ...before, answers: [...before.answers, given] };
      return {
        state: { ...state, quiz, quizAnswered: true },
        effects: [{ type: 'save quiz', quiz }],
      };
    }
    case 'next question':
      return stay({ ...state, quizAnswered: false });
    case 'next': {
      if (state.phase !== 'passed') return stay(state);
      const done = { ...state, completed: new Set(state.completed).add(key) };
      const read: Effect = { type: 'complete', key };
      const next = neighbour(state, 1);
      if (next === undefined) return { state: { ...done, finished: true }, effects: [read] };
      const turned = turnTo(done, next, true);
      return { state: turned.state, effects: [read, ...turned.effects] };
    }
    case 'back': {
      const previous = neighbour(state, -1);
      return previous === undefined || busy(state) ? stay(state) : turnTo(state, previous, true);
    }
    case 'output':
      return stay(state.phase === 'running' ? { ...state, output: event.output } : state);
    case 'ended':
      return {
        state: checkAgain({ ...state, ended: event.ended }),
        effects: [{ type: 'check', place: at }],
      };
    case 'error': {
      const { error } = event;
      const { batchRun } = state;
      // A batch waits for the password; any other problem ends it.
      const over = batchRun && { ...batchRun, ended: batchRun.ended || !error.password };
      return stay({ ...state, phase: 'failed', error, batchRun: over });
    }
    case 'result':
      return stay(withResult(state, event.index, event.result));
    case 'waiting':
      return stay({ ...state, waiting: new Map(state.waiting).set(event.index, event.what) });
    case 'define':
      return { state: { ...state, defined: undefined }, effects: [event] };
    case 'defined':
      return stay({ ...state, defined: event.facts });
    case 'digests':
      return stay({ ...state, digests: event.digests });
    case 'facts':
      return stay({ ...state, facts: event.facts });
    case 'checked': {
      const answers =
        event.answer === undefined ? state.answers : new Map(state.answers).set(key, event.answer);
      const phase = settle(state);
      const effects: Effect[] = [];
      if (event.answer !== undefined) effects.push({ type: 'answer', key, answer: event.answer });
      // On arrival at a step that was done before, there is nothing new to save.
      if (phase === 'passed' && state.phase === 'checking') {
        effects.push({ type: 'record', place: at, ended: state.ended, output: state.output });
      }
      const arrived = state.phase === 'observing' || state.resultsOnArrival === undefined;
      const resultsOnArrival = arrived ? state.results.get(key) : state.resultsOnArrival;
      const settled = { ...state, phase, answers, resultsOnArrival, checkedSinceSurvey: true };
      const { batchRun } = state;
      if (batchRun === undefined || batchRun.ended) {
        if (!state.changePending) return { state: settled, effects };
        const again = recheck(settled);
        return { state: again.state, effects: [...effects, ...again.effects] };
      }
      const next = advanceBatch(state, settled, batchRun);
      return { state: next.state, effects: [...effects, ...next.effects] };
    }
    case 'recorded':
      return stay({ ...state, records: new Map(state.records).set(event.key, event.record) });
  }
}
