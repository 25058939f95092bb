import type { ExitCode } from '../errors.ts';
import type { CheckResult } from './check.ts';
import type { AnyFact } from './fact.ts';
import { keyOf, type Lesson, type Place, placesOf } from './lesson.ts';
import { noOutput, type Output } from './output.ts';
import type { Answer, Kept } from './progress.ts';

/**
 * Where a step is: `looking` at what is there already, `ready` to run, `running` its script,
 * `checking` what came of it, `passed`, or `failed`, which destroys nothing and can be tried again.
 */
export type Phase = 'looking' | 'ready' | 'running' | 'checking' | 'passed' | 'failed';

export interface Ended {
  readonly code: number;
  readonly milliseconds: number;
  readonly cancelled: boolean;
}

/** What stopped a step besides its checks: said to the learner, who can mend it. */
export interface Problem {
  readonly message: string;
  readonly hint: string | undefined;
  /** sudo wants its password before this can go on. */
  readonly password: boolean;
  /** What a command without a screen ends with. */
  readonly exit: ExitCode;
}

/** One result a check of the step, in order; undefined while it has not been looked at. */
export type Results = readonly (CheckResult | undefined)[];

/**
 * Places that are performed one after the other, as far as they do not hold when their turn comes.
 * What one of them changes may undo a later one, so each is looked at just before.
 */
export interface Errand {
  readonly purpose: 'repair' | 'catch up';
  /** In order. */
  readonly places: readonly Place[];
  /** The step to end on; undefined for wherever the machine says that one is then. */
  readonly goal: string | undefined;
}

/** An errand, and how far it has come. */
export interface Underway {
  readonly errand: Errand;
  /** How many of its places hold by now: the number of the one it is at. */
  readonly done: number;
  /** The keys of those that were performed; the others held already. */
  readonly performed: readonly string[];
  /** Whether something that must last is still needed is being asked of all later steps. */
  readonly asking: boolean;
  /** Esc was pressed: it ends where it is. */
  readonly stopping: boolean;
  /** Arrived, or stopped: nothing happens by itself any more. */
  readonly over: boolean;
}

export interface State {
  readonly lessons: readonly Lesson[];
  readonly at: Place;
  readonly phase: Phase;
  readonly output: Output;
  readonly ended: Ended | undefined;
  readonly problem: Problem | undefined;
  /** By step key. */
  readonly results: ReadonlyMap<string, Results>;
  /** What checks of this step wait for, by their index. */
  readonly waiting: ReadonlyMap<number, string>;
  /** What is known of the facts on this screen, as they read. */
  readonly facts: ReadonlyMap<string, string>;
  readonly answers: ReadonlyMap<string, Answer>;
  /** How each step was when it last passed, by step key. */
  readonly kept: ReadonlyMap<string, Kept>;
  /** Steps whose page was left with everything passed. */
  readonly read: ReadonlySet<string>;
  /** All lessons were looked at, and none is being looked at now. */
  readonly surveyed: boolean;
  /** The last step was left: there is nothing after it. */
  readonly finished: boolean;
  /** The facts that the glossary tells of this step's terms; undefined until somebody asked. */
  readonly defined: ReadonlyMap<string, string> | undefined;
  /** What is being performed by itself; once it is over, until one turns to another step. */
  readonly errand: Underway | undefined;
  /** Counts what made earlier looks old: a script, another step. Their results are not taken any more. */
  readonly look: number;
  /** Whether a look that nobody asked for is on its way, and whether something changed meanwhile. */
  readonly glancing: boolean;
  readonly missed: boolean;
  /** The step on the screen was looked at since the survey began: what that finds of it is older. */
  readonly fresher: boolean;
  /** What the checks said when one came to this step: what differs since is the learner's doing. */
  readonly came: Results | undefined;
  /** The learner does steps in a way of their own: what holds needs no running. */
  readonly byHand: boolean;
}

export type Event =
  /** Looks at all steps. `waits` says at which of them what settles is waited for; without it, at none. */
  | { readonly type: 'survey'; readonly waits?: (place: Place) => boolean }
  | { readonly type: 'surveyed'; readonly results: ReadonlyMap<string, Results> }
  /** Turns to a step. `look` says whether to look at once what is there. */
  | { readonly type: 'open'; readonly key: string; readonly look: boolean }
  | { readonly type: 'run' }
  /** Performs several steps, one after the other. */
  | { readonly type: 'perform'; readonly errand: Errand }
  /** Goes on with an errand that waited for a password. */
  | { readonly type: 'resume' }
  /** Ends the script that runs, or the waiting for what settles, and an errand where it is. */
  | { readonly type: 'cancel' }
  | { readonly type: 'recheck' }
  /** Something on the machine has changed, perhaps by the learner's hand. */
  | { readonly type: 'changed' }
  /** What a look found that nobody asked for, and of which the screen shows nothing until it is over. */
  | {
      readonly type: 'seen';
      readonly look: number;
      readonly results: Results;
      readonly facts: ReadonlyMap<string, string>;
      readonly answer: Answer | undefined;
    }
  | { readonly type: 'answer'; readonly choice: number }
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'output'; readonly output: Output }
  | { readonly type: 'ended'; readonly ended: Ended }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'result'; readonly index: number; readonly result: CheckResult }
  /** A check does not hold yet, and is looked at again for a while. */
  | { readonly type: 'waiting'; readonly index: number; readonly what: string }
  /** Somebody wants to know what some words are on this machine. */
  | { readonly type: 'define'; readonly facts: readonly AnyFact[] }
  | { readonly type: 'defined'; readonly facts: ReadonlyMap<string, string> }
  | { readonly type: 'facts'; readonly facts: ReadonlyMap<string, string> }
  /** All checks of the step have answered. */
  | { readonly type: 'checked'; readonly answer: Answer | undefined }
  /** A step that passed was written down. */
  | { readonly type: 'kept'; readonly key: string; readonly kept: Kept };

/** What a transition asks the outside world to do. */
export type Effect =
  | { readonly type: 'survey'; readonly waits?: (place: Place) => boolean }
  | { readonly type: 'define'; readonly facts: readonly AnyFact[] }
  | { readonly type: 'run'; readonly place: Place }
  | { readonly type: 'check'; readonly place: Place }
  | { readonly type: 'glance'; readonly place: Place; readonly look: number }
  | { readonly type: 'cancel' }
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'answer'; readonly key: string; readonly answer: Answer }
  | {
      readonly type: 'keep';
      readonly place: Place;
      readonly ended: Ended | undefined;
      readonly output: Output;
    };

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What an earlier session wrote down. */
export interface Remembered {
  readonly read?: readonly string[];
  readonly answers?: ReadonlyMap<string, Answer>;
  readonly kept?: ReadonlyMap<string, Kept>;
}

export function initialState(lessons: readonly Lesson[], remembered: Remembered = {}): State {
  const [first] = placesOf(lessons);
  if (first === undefined) throw new Error('a session needs at least one lesson');
  return {
    lessons,
    at: first,
    phase: 'ready',
    output: noOutput,
    ended: undefined,
    problem: undefined,
    results: new Map(),
    waiting: new Map(),
    facts: new Map(),
    answers: remembered.answers ?? new Map(),
    kept: remembered.kept ?? new Map(),
    read: new Set(remembered.read),
    surveyed: false,
    finished: false,
    defined: undefined,
    errand: undefined,
    look: 0,
    glancing: false,
    missed: false,
    fresher: false,
    came: undefined,
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
export type Standing = 'holds' | 'not yet' | 'drifted' | 'cannot be seen';

/** Where a step stands, by the last look at the machine. */
export function standingOf(state: State, place: Place): Standing {
  const results = state.results.get(keyOf(place));
  const read = state.read.has(keyOf(place));
  if (holdsNow(results, place)) {
    if (place.step.looksOnly === true && !read) return 'not yet';
    return stillLasts(state, place) ? 'holds' : 'not yet';
  }
  if (results?.some((result) => result?.status === 'blocked')) return 'cannot be seen';
  return read ? 'drifted' : 'not yet';
}

/** A container that was seen running is worth nothing to the steps that still need it. */
function stillLasts(state: State, { lesson, step }: Place): boolean {
  if (step.lasts !== true) return true;
  const results = state.results.get(keyOf({ lesson, step })) ?? [];
  if (results.every((result) => result?.status === 'pass')) return true;
  const later = lesson.steps.slice(lesson.steps.indexOf(step) + 1);
  return later.every((each) => {
    const place = { lesson, step: each };
    return each.lasts === true || holdsNow(state.results.get(keyOf(place)), place);
  });
}

/** What one works towards: every step but those that take things away. */
export function workOf(lessons: readonly Lesson[]): Place[] {
  return placesOf(lessons.filter((lesson) => lesson.undoes !== true));
}

/** Where the host says the learner is: the first step that does not hold; after the last, cleanup. */
export function positionOf(state: State): Place {
  const open = workOf(state.lessons).find((place) => standingOf(state, place) !== 'holds');
  return open ?? placesOf(state.lessons.filter((lesson) => lesson.undoes))[0] ?? state.at;
}

export function placeOf(lessons: readonly Lesson[], key: string): Place | undefined {
  return placesOf(lessons).find((place) => keyOf(place) === key);
}

/** Whether steps are being performed by themselves. */
export function isOnErrand({ errand }: State): boolean {
  return errand !== undefined && !errand.over;
}

/** Whether all that an errand was to perform holds. */
export function hasArrived({ errand }: State): boolean {
  return errand !== undefined && errand.done === errand.errand.places.length;
}

const idle = { output: noOutput, ended: undefined, problem: undefined } as const;

/** From here on, whatever an earlier look finds is old. */
function newLook({ look }: State): Pick<State, 'look' | 'glancing' | 'missed' | 'waiting'> {
  return { look: look + 1, glancing: false, missed: false, waiting: new Map() };
}

function stay(state: State): Transition {
  return { state, effects: [] };
}

function turnTo(state: State, place: Place, look: boolean): Transition {
  const phase: Phase = look ? 'looking' : 'ready';
  return {
    state: {
      ...state,
      ...idle,
      ...newLook(state),
      at: place,
      phase,
      finished: false,
      errand: undefined,
      came: undefined,
    },
    effects: look ? [{ type: 'check', place }] : [],
  };
}

function startRun(state: State): Transition {
  return {
    state: { ...state, ...idle, ...newLook(state), phase: 'running' },
    effects: [{ type: 'run', place: state.at }],
  };
}

/** Looks at the place whose turn it is; after the last one, at the step where the errand ends. */
function proceed(state: State, errand: Underway): Transition {
  const place = errand.errand.places[errand.done];
  const { goal } = errand.errand;
  const end = (goal === undefined ? undefined : placeOf(state.lessons, goal)) ?? positionOf(state);
  const { state: turned, effects } = turnTo(state, place ?? end, true);
  return { state: { ...turned, errand: { ...errand, over: place === undefined } }, effects };
}

/**
 * Something that must last is gone, and was seen. Whether it is missed the later steps say, which may
 * have been mended, or spoiled, since they were looked at.
 */
function isOnlyVouchedFor({ at, results }: State): boolean {
  const own = results.get(keyOf(at));
  const vouched = own?.some((result) => result?.status === 'witnessed') === true;
  return at.step.lasts === true && vouched && holdsNow(own, at);
}

/** What a look at the place, or its own checks, mean for an errand. */
function onErrand(before: State, settled: State, errand: Underway): Transition {
  const { at } = settled;
  const stop = { ...settled, errand: { ...errand, over: true } };
  const key = keyOf(at);
  const looked = before.phase === 'looking';
  const holds = looked ? standingOf(settled, at) === 'holds' : settled.phase === 'passed';
  if (errand.stopping) return stay(stop);
  if (looked && !errand.asking && errand.performed.length > 0 && isOnlyVouchedFor(settled)) {
    const asked = { ...errand, asking: true };
    const asking: State = { ...settled, phase: 'looking', fresher: false, errand: asked };
    return { state: asking, effects: [{ type: 'survey' }] };
  }
  if (!(holds || looked)) return stay(stop);
  if (!holds) return startRun(settled);
  const read = { ...settled, read: new Set(settled.read).add(key) };
  const performed = looked ? errand.performed : [...errand.performed, key];
  const next = proceed(read, { ...errand, performed, asking: false, done: errand.done + 1 });
  return { state: next.state, effects: [{ type: 'read', key }, ...next.effects] };
}

function neighbour(state: State, by: 1 | -1): Place | undefined {
  const places = placesOf(state.lessons);
  return places[places.findIndex((place) => keyOf(place) === keyOf(state.at)) + by];
}

function busy({ phase }: State): boolean {
  return phase === 'running' || phase === 'checking' || phase === 'looking';
}

/** Where a look at a step leads: what was done before stays passed, what is new waits to be done. */
function settle(state: State): Phase {
  const key = keyOf(state.at);
  const holds = holdsNow(state.results.get(key), state.at) && stillLasts(state, state.at);
  if (state.phase === 'looking') {
    const done = state.read.has(key) || (state.byHand && state.at.step.looksOnly !== true);
    return holds && done ? 'passed' : 'ready';
  }
  return holds ? 'passed' : 'failed';
}

/** A look that nobody asked for, unless one is on its way. */
function glance(state: State): Transition {
  // Looking would start again what is just being taken away.
  if (state.at.lesson.undoes === true) return stay(state);
  return {
    state: { ...state, glancing: true, missed: false },
    effects: [{ type: 'glance', place: state.at, look: state.look }],
  };
}

/** What the machine shows by itself: it neither hides what is on the screen nor runs anything. */
function seen(state: State, event: Extract<Event, { type: 'seen' }>): Transition {
  const { at } = state;
  const key = keyOf(at);
  const before = state.results.get(key);
  const results = new Map(state.results).set(key, event.results);
  const after = { ...state, results };
  const holds = holdsNow(event.results, at) && stillLasts(after, at);
  const held = holdsNow(before, at) && stillLasts(state, at);
  // Whoever has not begun is not told that nothing is done; what held from the start is still to be read.
  const waits = state.phase === 'ready' && (held || !holds);
  const phase: Phase = waits ? 'ready' : holds ? 'passed' : 'failed';
  const now = phase === 'passed' && state.phase !== 'passed';
  const { answer } = event;
  const effects: Effect[] = [];
  if (answer !== undefined) effects.push({ type: 'answer', key, answer });
  if (now) effects.push({ type: 'keep', place: at, ended: state.ended, output: state.output });
  const settled: State = {
    ...after,
    phase,
    facts: event.facts,
    answers: answer === undefined ? state.answers : new Map(state.answers).set(key, answer),
    problem: now ? undefined : state.problem,
    byHand: state.byHand || (now && state.ended === undefined),
    glancing: false,
    fresher: true,
  };
  if (!state.missed) return { state: settled, effects };
  const again = glance(settled);
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
    ...newLook(state),
    phase: 'checking',
    results: new Map(state.results).set(key, unknown),
  };
}

/** The whole life of a tour, as a pure function: what is next, and what it takes from the world. */
export function transition(state: State, event: Event): Transition {
  const { at } = state;
  const key = keyOf(at);
  switch (event.type) {
    case 'survey':
      if (busy(state)) return stay(state);
      return { state: { ...state, surveyed: false, fresher: false }, effects: [event] };
    case 'surveyed': {
      const results = new Map(event.results);
      const shown = state.results.get(key);
      if (state.fresher && shown !== undefined) results.set(key, shown);
      const now = { ...state, results, surveyed: true };
      if (state.errand?.asking !== true || state.phase !== 'looking') return stay(now);
      return onErrand(now, { ...now, phase: settle(now) }, state.errand);
    }
    case 'changed':
      if (busy(state) || state.glancing || isOnErrand(state)) {
        return stay({ ...state, missed: true });
      }
      return glance(state);
    case 'seen':
      return event.look === state.look ? seen(state, event) : stay(state);
    case 'open': {
      const place = placeOf(state.lessons, event.key);
      return place === undefined || busy(state) ? stay(state) : turnTo(state, place, event.look);
    }
    case 'run':
      // That one has arrived is old news then; where one was stopped it can still be gone on with.
      return busy(state)
        ? stay(state)
        : startRun(hasArrived(state) ? { ...state, errand: undefined } : state);
    case 'perform': {
      if (busy(state)) return stay(state);
      const { errand } = event;
      const begun = { done: 0, performed: [], asking: false, stopping: false, over: false };
      return proceed(state, { errand, ...begun });
    }
    case 'resume':
      if (state.errand === undefined || state.errand.over || busy(state)) return stay(state);
      return proceed(state, state.errand);
    case 'cancel': {
      const { errand } = state;
      const stopped =
        errand === undefined || errand.over
          ? state
          : { ...state, errand: { ...errand, stopping: true } };
      const underway = state.phase === 'running' || state.waiting.size > 0;
      return { state: stopped, effects: underway ? [event] : [] };
    }
    case 'recheck':
      if (busy(state)) return stay(state);
      return {
        state: checkAgain({ ...state, problem: undefined }),
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
    case 'next': {
      if (state.phase !== 'passed') return stay(state);
      const done = { ...state, read: new Set(state.read).add(key) };
      const read: Effect = { type: 'read', key };
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
    case 'problem': {
      const { problem } = event;
      const { errand } = state;
      // An errand waits for the password, and ends with anything else.
      const over = errand && { ...errand, over: errand.over || !problem.password };
      return stay({ ...state, phase: 'failed', problem, errand: over });
    }
    case 'result':
      return stay(withResult(state, event.index, event.result));
    case 'waiting':
      return stay({ ...state, waiting: new Map(state.waiting).set(event.index, event.what) });
    case 'define':
      return { state: { ...state, defined: undefined }, effects: [event] };
    case 'defined':
      return stay({ ...state, defined: event.facts });
    case 'facts':
      return stay({ ...state, facts: event.facts });
    case 'checked': {
      const answers =
        event.answer === undefined ? state.answers : new Map(state.answers).set(key, event.answer);
      const phase = settle(state);
      const effects: Effect[] = [];
      if (event.answer !== undefined) effects.push({ type: 'answer', key, answer: event.answer });
      // A look at what was done before is no news.
      if (phase === 'passed' && state.phase === 'checking') {
        effects.push({ type: 'keep', place: at, ended: state.ended, output: state.output });
      }
      const arrived = state.phase === 'looking' || state.came === undefined;
      const came = arrived ? state.results.get(key) : state.came;
      const settled = { ...state, phase, answers, came, fresher: true };
      const { errand } = state;
      if (errand === undefined || errand.over) {
        if (!state.missed) return { state: settled, effects };
        const again = glance(settled);
        return { state: again.state, effects: [...effects, ...again.effects] };
      }
      const next = onErrand(state, settled, errand);
      return { state: next.state, effects: [...effects, ...next.effects] };
    }
    case 'kept':
      return stay({ ...state, kept: new Map(state.kept).set(event.key, event.kept) });
  }
}
