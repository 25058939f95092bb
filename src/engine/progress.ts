import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, TourError } from '../errors.ts';
import type { Workspace } from '../host/workspace.ts';

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

/** What the host cannot show: pages read, questions answered, and what was witnessed. */
export interface Progress {
  readonly hasRead: (step: string) => boolean;
  read(step: string): void;
  allRead(): readonly string[];
  answer(step: string): Answer | undefined;
  answered(step: string, answer: Answer): void;
  witnessed(check: string): Witness | undefined;
  witness(check: string, seen: Omit<Witness, 'at'>): void;
  /** What was remembered under a name, to compare with what is seen later. */
  remembered(name: string): string | undefined;
  remember(name: string, value: string): void;
  /** Writes it down, if anything changed and there is a place to. */
  save(): void;
}

interface Stored {
  version: 1;
  read: string[];
  answers: Record<string, Answer>;
  witnessed: Record<string, Witness>;
  remembered: Record<string, string>;
}

const nothing = (): Stored => ({
  version: 1,
  read: [],
  answers: {},
  witnessed: {},
  remembered: {},
});

/** A file that is not ours to understand (damaged, of a later version) counts as none: it can be re-derived. */
function load(path: string): Stored {
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as Partial<Stored>;
    const { version, read, answers, witnessed, remembered } = stored;
    const whole =
      version === 1 && Array.isArray(read) && [answers, witnessed, remembered].every(isRecord);
    return whole ? (stored as Stored) : nothing();
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
