import type { Check } from './check.ts';
import type { AnyFact, Fact } from './fact.ts';
import type { Look } from './look.ts';
import type { Script } from './script.ts';
import type { Text } from './text.ts';

/** A question before a step. */
export interface Question {
  readonly question: string;
  /** Two to four. */
  readonly choices: readonly [string, string, ...string[]];
}

/** The machine's answer to a question: which choice was right (counted from 0), and the evidence. */
export type Answer = (look: Look) => Promise<{ readonly right: number; readonly said: string }>;

/** A question that the machine answers after the step; nothing depends on the learner's choice. */
export interface Prediction extends Question {
  readonly ask: Answer;
}

/** Where the article and the machine differ, with what was seen here. */
export interface FieldNote {
  readonly title: string;
  readonly text: Text;
}

/** Something to step into for a while with one's own keyboard, and come back from. */
export interface Visit {
  /** After 'v ': 'step into the container'. */
  readonly label: string;
  /** How to come back. */
  readonly leave: string;
  readonly script: Script;
}

/** A step as the lesson tells it, without what is checked. */
export interface StepText<
  Id extends string = string,
  Asked extends Question | undefined = Question | undefined,
> {
  /** Unique in its lesson; with the lesson's, what the command line calls it: 03-layers/tar. */
  readonly id: Id;
  readonly title: string;
  /** What the step is for. */
  readonly why: Text;
  readonly script: Script;
  /** The script makes a part of the image: whoever builds it again needs it too. */
  readonly builds?: true;
  /** The names that later scripts use for what it made, as assignments in the shell it ran in. */
  readonly leaves?: Script;
  /** Facts that the script is given as variables. */
  readonly uses?: readonly AnyFact[];
  readonly predict?: Asked;
  /** What to expect, before. */
  readonly expect: Text;
  /** What to notice, afterwards. */
  readonly notice: Text;
  readonly fieldNote?: FieldNote;
  readonly hint: Text;
  /** The script changes nothing: the step is done when its page was read. */
  readonly looksOnly?: true;
  /** What it brings about must last until the lesson ends: a running container, a mount. */
  readonly lasts?: true;
  /** Written down when the step passes, to compare with later. */
  readonly remembers?: Fact<string>;
  readonly visit?: Visit;
  /** The script ends a private containerd, so it never runs where that lives. */
  readonly apart?: true;
  /** Looks before the script runs. @throws TourError where it would touch what is not the tour's */
  readonly guard?: (look: Look) => Promise<void>;
}

export type StepTexts = readonly [StepText, ...StepText[]];

/** A lesson as the article tells it, from top to bottom. */
export interface LessonText<Id extends string = string, Steps extends StepTexts = StepTexts> {
  /** NN-name. */
  readonly id: Id;
  readonly title: string;
  /** What it is about, in a sentence or two. Shown on its first step. */
  readonly intro: Text;
  readonly picture?: { readonly drawing: Text /** For those who listen. */; readonly alt: string };
  readonly steps: Steps;
  /** What witnesses of this lesson are about. */
  readonly subject?: Fact<string>;
  /** Looks back over the whole tour: its page shows what was predicted, and what came of it. */
  readonly looksBack?: true;
  /** Takes things away: never part of how far one has come. */
  readonly undoes?: true;
}

/** A step with what has to hold after it, and the answer to its question. */
export interface Step extends StepText<string, Prediction> {
  readonly checks: readonly [Check, ...Check[]];
}

/** A lesson that can be taken: its text, its checks and the mistakes it recognises. */
export interface Lesson<Id extends string = string>
  extends LessonText<Id, readonly [Step, ...Step[]]> {}

export interface Place {
  readonly lesson: Lesson;
  readonly step: Step;
}

/** LESSON/STEP: what results, progress and the command line know a step by. */
export function keyOf({ lesson, step }: Place): string {
  return `${lesson.id}/${step.id}`;
}

/** All steps in order. */
export function placesOf(lessons: readonly Lesson[]): Place[] {
  return lessons.flatMap((lesson) => lesson.steps.map((step) => ({ lesson, step })));
}
