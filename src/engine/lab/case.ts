import type { Host } from '../../host/host.ts';
import { render, type Script } from '../script.ts';
import type { Text } from '../text.ts';
import type { LabLook } from './look.ts';
import type { Printed } from './record.ts';

/** What a check of the lab answers. A failure tells what is still wrong, and never where. */
export type LabOutcome =
  | { readonly status: 'pass'; readonly evidence: string }
  | { readonly status: 'fail'; readonly actual: string }
  | { readonly status: 'blocked'; readonly why: string };

export interface LabCheck {
  /** Unique in its case. */
  readonly id: string;
  /** What holds once it's mended, in words that don't tell where the fault is. */
  readonly says: string;
  readonly observe: (look: LabLook) => Promise<LabOutcome>;
}

/** A question before the ticket's output is shown. */
interface LabPrediction {
  readonly question: string;
  readonly choices: readonly [string, string, ...string[]];
  /** Which choice was right, by what the command printed. */
  readonly answer: (printed: Printed) => number;
}

export interface LabHint {
  readonly text: Text;
  /** A command to paste, as the learner's shell takes it. */
  readonly command?: string;
}

/** A hint with its command as it runs on this machine. */
export function hintHere({ text, command }: LabHint, host: Host): LabHint {
  return command === undefined ? { text } : { text, command: render({ source: command }, host) };
}

/** What is told once the case is mended. */
interface Debrief {
  readonly was: Text;
  /** How to find it fast. */
  readonly find: Text;
  /** How it happens outside of a lab. */
  readonly field: Text;
  /** Public reports of it: `containerd/containerd#3103`. */
  readonly issues: readonly string[];
  /** What would have caught it. */
  readonly prevent: Text;
}

/** A mend that looks right and isn't. */
interface WrongMend {
  /** As a short clause: 'the size is changed and the digest is not'. */
  readonly name: string;
  readonly script: Script;
  /** The checks that still fail, by id. */
  readonly fails: readonly [string, ...string[]];
}

/** An image or a container that is broken on purpose. */
export interface LabCase {
  /** NN-name. The name tells the symptom and not the cause: the sandbox is named after it. */
  readonly id: `${number}-${string}`;
  /** The symptom, as the subject of a ticket. */
  readonly title: string;
  readonly level: 1 | 2 | 3;
  /** The lesson after which a learner knows enough for it. */
  readonly after: '05-import' | '08-run' | '10-layers-are-diffs';
  /** In a colleague's words, and only the symptom. */
  readonly ticket: { readonly from: string; readonly text: Text };
  /** The command of the ticket, which is run for real once everything is broken. */
  readonly symptom: Script;
  /** Matches what `symptom` prints as long as the case is broken, whichever containerd it is. */
  readonly prints: RegExp;
  readonly prediction?: LabPrediction;
  /** More namespaces that it needs, in lower-case letters: NAME is `$CTR_NAMESPACE-NAME`. */
  readonly namespaces?: readonly string[];
  /** Adds to the good image before it's broken: a file in `build/`, a third layer. */
  readonly adds?: Script;
  /** A container of it runs. If it has ended with a private containerd, opening the case breaks it again. */
  readonly runs?: true;
  readonly breaks: Script;
  readonly checks: readonly [LabCheck, ...LabCheck[]];
  /** From a nudge to the command. */
  readonly hints: readonly [LabHint, LabHint, ...LabHint[]];
  readonly debrief: Debrief;
  /** Right mends; the first is the one of the last hint. */
  readonly solutions: readonly [Script, ...Script[]];
  readonly wrongMends: readonly [WrongMend, ...WrongMend[]];
  /** Why the case can't be had on this machine: 'It needs root, because …'; undefined if it can. */
  readonly unavailable?: (host: Host) => string | undefined;
}

/** Typed identity. */
export function labCase(definition: LabCase): LabCase {
  return definition;
}

/** What a check saw. */
export interface LabResult {
  readonly check: LabCheck;
  readonly outcome: LabOutcome;
}

export function isMended(results: readonly LabResult[]): boolean {
  return results.length > 0 && results.every(({ outcome }) => outcome.status === 'pass');
}
