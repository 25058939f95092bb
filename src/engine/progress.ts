import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, TourError } from '../errors.ts';
import { isOurs } from '../host/ownership.ts';
import type { Workspace } from '../host/workspace.ts';
import { isObject } from '../oci/verify/shape.ts';
import type { Output } from './output.ts';

/** A recorded pass of a check whose subject doesn't last. */
interface Witness {
  readonly evidence: string;
  /** What the pass was about, such as the digest of the manifest. */
  readonly subject: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface Answer {
  /** The learner's; undefined if the machine answered without it. */
  readonly choice?: number;
  /** The machine's answer. */
  readonly said?: string;
  /** The choice that was right on this machine. */
  readonly right?: number;
}

/** Limits on the saved output of a step: enough to read it again, never a flood. */
const keptLines = 40;
const keptColumns = 400;

/** What a script printed when it last ran for a step that then passed. */
export interface OutputExcerpt {
  /** The last lines, at most `keptLines`. */
  readonly lines: readonly string[];
  /** How many earlier lines were dropped. */
  readonly dropped: number;
  readonly code: number;
  readonly milliseconds: number;
}

/** What a script that ended with an error printed, and when. */
interface FailedRun extends OutputExcerpt {
  /** ISO 8601. */
  readonly at: string;
}

/** A step as it was when it last passed, to show when the learner comes back to it. */
export interface StepRecord {
  /** ISO 8601. */
  readonly at: string;
  /** What each check saw, by its id. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Undefined if the step's script has never run, because the learner did it by hand. */
  readonly printed?: OutputExcerpt;
  /** The learner did the task before its solution was shown. */
  readonly alone?: true;
}

/** A choice that was made: the option is counted as the lesson has it, so 0 is right. */
export interface QuizAnswer {
  readonly id: string;
  readonly option: number;
}

/** A quiz that was begun. */
export interface QuizProgress {
  readonly seed: number;
  /** In the order in which they were given. */
  readonly answers: readonly QuizAnswer[];
}

/** What can't be read from the host: pages read, questions answered, output, recorded passes. */
export interface Progress {
  markCompleted(step: string): void;
  completedSteps(): readonly string[];
  answer(step: string): Answer | undefined;
  recordAnswer(step: string, answer: Answer): void;
  /** The step as it was when it last passed; undefined if it never has. */
  recordOf(step: string): StepRecord | undefined;
  recordStep(step: string, record: StepRecord): void;
  /** How the step's script ended with an error; undefined if its last run ended well. */
  failedRun(step: string): FailedRun | undefined;
  recordRun(step: string, run: OutputExcerpt): void;
  /** The tasks whose solution was shown before they were done. */
  solutionsShown(): readonly string[];
  recordSolutionShown(step: string): void;
  /** The quiz as it was left; undefined if it was never opened. */
  quiz(): QuizProgress | undefined;
  recordQuiz(quiz: QuizProgress): void;
  witnessed(check: string): Witness | undefined;
  witness(check: string, seen: Omit<Witness, 'at'>): void;
  /** A value saved under a name, for comparison later. */
  remembered(name: string): string | undefined;
  remember(name: string, value: string): void;
  /** Writes progress to disk, if it has changed and there is a directory to write to. */
  save(): void;
}

/** The end of a script's output, in bounded size. */
export function outputExcerpt(
  { lines, dropped }: Output,
  { code, milliseconds }: Pick<OutputExcerpt, 'code' | 'milliseconds'>,
): OutputExcerpt {
  return {
    lines: lines.slice(-keptLines).map((line) => line.slice(0, keptColumns)),
    dropped: dropped + Math.max(0, lines.length - keptLines),
    code,
    milliseconds,
  };
}

interface ProgressFile {
  version: 1;
  read: string[];
  answers: Record<string, Answer>;
  kept: Record<string, StepRecord>;
  failed: Record<string, FailedRun>;
  solutions: string[];
  quiz: QuizProgress | undefined;
  witnessed: Record<string, Witness>;
  remembered: Record<string, string>;
}

const nothing = (): ProgressFile => ({
  version: 1,
  read: [],
  answers: {},
  kept: {},
  failed: {},
  solutions: [],
  quiz: undefined,
  witnessed: {},
  remembered: {},
});

/** Reads the file; a damaged one or one of a later version counts as empty, since the host has the rest. */
function load(path: string): ProgressFile {
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProgressFile>;
    const { version, read, answers, kept = {}, failed = {}, witnessed, remembered } = stored;
    const { solutions = [] } = stored;
    const records = [answers, kept, failed, witnessed, remembered];
    const lists = [read, solutions];
    const whole = version === 1 && lists.every(Array.isArray) && records.every(isObject);
    const quiz = quizIn(stored.quiz);
    return whole ? { ...(stored as ProgressFile), kept, failed, solutions, ...quiz } : nothing();
  } catch {
    return nothing();
  }
}

/** A damaged quiz counts as one that was never opened. */
function quizIn(value: unknown): { quiz: QuizProgress | undefined } {
  const { seed, answers } = isObject(value) ? value : {};
  const isAnswer = (each: unknown) => {
    const { id, option } = isObject(each) ? each : {};
    return typeof id === 'string' && Number.isSafeInteger(option);
  };
  const whole = Number.isSafeInteger(seed) && Array.isArray(answers) && answers.every(isAnswer);
  return { quiz: whole ? (value as QuizProgress) : undefined };
}

/** @param keep whether to write to disk: a read-only command leaves no trace */
export function openProgress(workspace: Workspace, { keep }: { keep: boolean }): Progress {
  const path = join(workspace.own, 'progress.json');
  const stored = load(path);
  let changed = false;
  const change = (apply: () => void) => {
    apply();
    changed = true;
  };
  return {
    markCompleted: (step) => {
      if (!stored.read.includes(step)) change(() => stored.read.push(step));
    },
    completedSteps: () => stored.read,
    answer: (step) => stored.answers[step],
    recordAnswer: (step, answer) =>
      change(() => {
        stored.answers[step] = answer;
      }),
    recordOf: (step) => stored.kept[step],
    recordStep: (step, record) =>
      change(() => {
        stored.kept[step] = record;
      }),
    failedRun: (step) => stored.failed[step],
    recordRun: (step, run) => {
      if (run.code === 0 && stored.failed[step] === undefined) return;
      change(() => {
        if (run.code === 0) delete stored.failed[step];
        else stored.failed[step] = { ...run, at: new Date().toISOString() };
      });
    },
    solutionsShown: () => stored.solutions,
    recordSolutionShown: (step) => {
      if (!stored.solutions.includes(step)) change(() => stored.solutions.push(step));
    },
    quiz: () => stored.quiz,
    recordQuiz: (quiz) =>
      change(() => {
        stored.quiz = quiz;
      }),
    witnessed: (check) => stored.witnessed[check],
    witness: (check, seen) =>
      change(() => {
        stored.witnessed[check] = { ...seen, at: new Date().toISOString() };
      }),
    remembered: (name) => stored.remembered[name],
    remember: (name, value) =>
      change(() => {
        stored.remembered[name] = value;
      }),
    save: () => {
      if (!changed || !keep) return;
      try {
        // After cleanup there is nothing to save, and the directory may be another user's by now.
        if (!isOurs(workspace)) return;
        writeFileSync(`${path}.new`, `${JSON.stringify(stored)}\n`);
        renameSync(`${path}.new`, path);
        changed = false;
      } catch (error) {
        if (failedWith(error, 'ENOENT')) return;
        throw new TourError(`${path} cannot be written: ${(error as Error).message}`, {
          hint: "Your work is safe, but the tour won't remember which pages you've read.",
          cause: error,
        });
      }
    },
  };
}
