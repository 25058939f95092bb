import type { Host } from '../host/host.ts';
import type { ContainerdObject } from '../host/namespace.ts';
import type { Say } from '../host/removal.ts';
import type { Check } from './check.ts';
import type { AnyFact, Fact } from './fact.ts';
import type { Observation } from './observation.ts';
import type { Script } from './script.ts';
import type { Text } from './text.ts';

/** A question before a step. */
export interface Question {
  readonly question: string;
  /** Two to four. */
  readonly choices: readonly [string, string, ...string[]];
}

/** The machine's answer to a question: which choice was right (counted from 0), and the evidence. */
export type Answer = (
  observation: Observation,
) => Promise<{ readonly right: number; readonly said: string }>;

/** A question that the machine answers after the step; nothing depends on the learner's choice. */
export interface Prediction extends Question {
  readonly ask: Answer;
}

/** A question about the whole tour, asked of the learner at its end. Nothing depends on the choice. */
export interface QuizQuestion {
  /** Unique in its lesson. */
  readonly id: string;
  readonly question: Text;
  /** The first is right. They are shown mixed. */
  readonly options: readonly [QuizOption, QuizOption, ...QuizOption[]];
}

export interface QuizOption {
  readonly text: Text;
  /** Shown once it's chosen: what is wrong about it, or the evidence that it's right. */
  readonly why: Text;
}

/** Where this machine differs from the article. */
interface FieldNote {
  readonly title: string;
  readonly text: Text;
}

/** An interactive program that the learner can use for a while, such as a shell in the container. */
export interface Visit {
  /** After 'v ': 'step into the container'. */
  readonly label: string;
  /** How to come back. */
  readonly leave: string;
  readonly script: Script;
}

/** The text of a step, without its checks. */
export interface StepText<
  Id extends string = string,
  Asked extends Question | undefined = Question | undefined,
> {
  /** Unique in its lesson. The command line takes it after the lesson's id: 03-layers/tar. */
  readonly id: Id;
  readonly title: string;
  /** What the step is for. */
  readonly why: Text;
  readonly script: Script;
  /**
   * The step is the learner's to do: the page shows this goal in place of the script, which is one
   * solution, shown on request and used by everything that performs steps.
   */
  readonly goal?: Text;
  /** The script makes a part of the image, so the exported build script contains it. */
  readonly builds?: true;
  /** Assigns the variables that later scripts use for what this one made. */
  readonly exports?: Script;
  /** Facts that the script gets as variables. */
  readonly uses?: readonly AnyFact[];
  readonly predict?: Asked;
  /** What to expect, read before the script is run. */
  readonly expect: Text;
  /** What to notice, read after the script has run. */
  readonly notice: Text;
  readonly fieldNote?: FieldNote;
  readonly hint: Text;
  /** The script changes nothing: the step is done once its page has been read. */
  readonly readOnly?: true;
  /** What the script makes must last until the lesson ends: a running container, a mount. */
  readonly persists?: true;
  /** Saved when the step passes, for comparison later. */
  readonly remembers?: Fact<string>;
  readonly visit?: Visit;
  /** What the script makes or removes in containerd. If one of these isn't ours, the script isn't run. */
  readonly owns?: readonly ContainerdObject[];
  /** The script removes a private containerd's files, so it runs outside of its namespaces. */
  readonly outsideDaemonNamespace?: true;
  /**
   * Runs before the script, and returns what runs after it: cleaning up a half-done state takes more
   * than the script. Each action prints a line into the output.
   */
  readonly around?: (host: Host, say: Say) => Promise<() => Promise<void>>;
}

export type StepTexts = readonly [StepText, ...StepText[]];

/** The text of a lesson, to be read from top to bottom like an article. */
export interface LessonText<Id extends string = string, Steps extends StepTexts = StepTexts> {
  /** NN-name. */
  readonly id: Id;
  readonly title: string;
  /** The subject in a sentence or two, shown on the first step. */
  readonly intro: Text;
  readonly picture?: { readonly drawing: Text /** For screen readers. */; readonly alt: string };
  readonly steps: Steps;
  /** What recorded passes of this lesson's checks are about, such as the image. */
  readonly subject?: Fact<string>;
  /** Looks back over the whole tour: its page shows the learner's predictions and the answers. */
  readonly recap?: true;
  /** What the lesson asks about the tour, after its steps. */
  readonly quiz?: readonly QuizQuestion[];
  /** The lesson removes things, so it doesn't count as progress. */
  readonly undoes?: true;
}

/** A step with its checks and the answer to its question. */
export interface Step extends StepText<string, Prediction> {
  readonly checks: readonly [Check, ...Check[]];
}

/** A whole lesson: its text, its checks and the mistakes it recognises. */
export interface Lesson<Id extends string = string>
  extends LessonText<Id, readonly [Step, ...Step[]]> {}

export interface Place {
  readonly lesson: Lesson;
  readonly step: Step;
}

/** LESSON/STEP: a step's key in results, in progress and on the command line. */
export function keyOf({ lesson, step }: Place): string {
  return `${lesson.id}/${step.id}`;
}

/** All steps in order. */
export function placesOf(lessons: readonly Lesson[]): Place[] {
  return lessons.flatMap((lesson) => lesson.steps.map((step) => ({ lesson, step })));
}
