import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, TourError } from '../errors.ts';
import type { Workspace } from '../host/workspace.ts';
import type { Output } from './output.ts';

/** What was seen of something that does not last. */
export interface Witness {
  readonly evidence: string;
  /** What it was about: the digest of the manifest, say. */
  readonly subject: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface Answer {
  readonly choice: number;
  /** What the machine said to it. */
  readonly said?: string;
  /** The choice that the machine bore out. */
  readonly right?: number;
}

/** So much is kept of what a step's script printed: enough to read it again, never a flood. */
const keptLines = 40;
const keptColumns = 400;

/** What a script printed when it last ran for a step that then passed. */
export interface Printed {
  /** The last lines, `keptLines` of them at the most. */
  readonly lines: readonly string[];
  /** Lines that came before those. */
  readonly dropped: number;
  readonly code: number;
  readonly milliseconds: number;
}

/** A step as it was when it last passed, for whoever reads it again. */
export interface Kept {
  /** ISO 8601. */
  readonly at: string;
  /** What each check saw, by its id. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Undefined for a step that was only ever done in another way than by its script. */
  readonly printed?: Printed;
}

/** What the host cannot show: pages read, questions answered, what was printed, seen and witnessed. */
export interface Progress {
  readonly hasRead: (step: string) => boolean;
  read(step: string): void;
  allRead(): readonly string[];
  answer(step: string): Answer | undefined;
  answered(step: string, answer: Answer): void;
  /** How a step was when it last passed; undefined if it never did. */
  kept(step: string): Kept | undefined;
  keep(step: string, kept: Kept): void;
  witnessed(check: string): Witness | undefined;
  witness(check: string, seen: Omit<Witness, 'at'>): void;
  /** What was remembered under a name, to compare with what is seen later. */
  remembered(name: string): string | undefined;
  remember(name: string, value: string): void;
  /** Writes it down, if anything changed and there is a place to. */
  save(): void;
}

/** The end of a script's output, in bounded size. */
export function printedFrom(
  { lines, dropped }: Output,
  { code, milliseconds }: Pick<Printed, 'code' | 'milliseconds'>,
): Printed {
  return {
    lines: lines.slice(-keptLines).map((line) => line.slice(0, keptColumns)),
    dropped: dropped + Math.max(0, lines.length - keptLines),
    code,
    milliseconds,
  };
}

interface Stored {
  version: 1;
  read: string[];
  answers: Record<string, Answer>;
  kept: Record<string, Kept>;
  witnessed: Record<string, Witness>;
  remembered: Record<string, string>;
}

const nothing = (): Stored => ({
  version: 1,
  read: [],
  answers: {},
  kept: {},
  witnessed: {},
  remembered: {},
});

/** A file that is not ours to understand (damaged, of a later version) counts as none: it can be re-derived. */
function load(path: string): Stored {
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as Partial<Stored>;
    const { version, read, answers, kept = {}, witnessed, remembered } = stored;
    const records = [answers, kept, witnessed, remembered];
    const whole = version === 1 && Array.isArray(read) && records.every(isRecord);
    return whole ? { ...(stored as Stored), kept } : nothing();
  } catch {
    return nothing();
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param keep whether to write it down: a command that only looks leaves no trace */
export function openProgress(workspace: Workspace, { keep }: { keep: boolean }): Progress {
  const path = join(workspace.own, 'progress.json');
  const stored = load(path);
  let changed = false;
  const change = (apply: () => void) => {
    apply();
    changed = true;
  };
  return {
    hasRead: (step) => stored.read.includes(step),
    read: (step) => {
      if (!stored.read.includes(step)) change(() => stored.read.push(step));
    },
    allRead: () => stored.read,
    answer: (step) => stored.answers[step],
    answered: (step, answer) =>
      change(() => {
        stored.answers[step] = answer;
      }),
    kept: (step) => stored.kept[step],
    keep: (step, kept) =>
      change(() => {
        stored.kept[step] = kept;
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
        writeFileSync(`${path}.new`, `${JSON.stringify(stored)}\n`);
        renameSync(`${path}.new`, path);
        changed = false;
      } catch (error) {
        // After cleanup there is no place to write to any more, and nothing to remember.
        if (failedWith(error, 'ENOENT')) return;
        throw new TourError(`${path} cannot be written: ${(error as Error).message}`, {
          hint: 'What is done stays done; only which pages were read is not remembered.',
          cause: error,
        });
      }
    },
  };
}
