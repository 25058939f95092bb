import type { Check, Fault } from './check.ts';
import type { Diagnoser } from './diagnosis.ts';
import type { Answer, Lesson, LessonText, Question, Step, StepText, StepTexts } from './lesson.ts';

/*
 * How a lesson is written: its text, checks, diagnoses and faults are in separate files, joined by the
 * ids of steps and checks. An id that is in one file but missing from another is a type error
 * (test/unit/engine/define.types.ts).
 */

type StepId<Steps extends StepTexts> = Steps[number]['id'];

/** The steps that ask a question. */
type AskingId<Steps extends StepTexts> = {
  [Index in keyof Steps]: Steps[Index] extends StepText<infer Id, infer Asked>
    ? [Asked] extends [Question]
      ? Id
      : never
    : never;
}[number];

type ChecksBy<Id extends string> = Readonly<Record<Id, readonly [Check, ...Check[]]>>;

/** `Variables` without any keys other than `Key`. */
type WithExactly<Given, Key extends PropertyKey> = Given & {
  readonly [Other in Exclude<keyof Given, Key>]: never;
};

type CheckId<Checks, Id extends keyof Checks> = Checks[Id] extends readonly Check[]
  ? Checks[Id][number]['id']
  : never;

/** How a fault refers to checks of its lesson: ID in the same step, or STEP/ID. */
type CheckName<Checks, Id extends keyof Checks> =
  | CheckId<Checks, Id>
  | { [Other in keyof Checks & string]: `${Other}/${CheckId<Checks, Other>}` }[keyof Checks &
      string];

/** By step. It's a conditional type so that the compiler can infer an answer's parameter. */
type Answers<Steps> = Steps extends StepTexts ? Readonly<Record<AskingId<Steps>, Answer>> : never;

/** By step and check; most checks have none. */
type Diagnoses<Checks> = {
  readonly [Id in keyof Checks]?: { readonly [Each in CheckId<Checks, Id>]?: Diagnoser };
};

/** By step and check; every check has one. */
type Faults<Checks> = {
  readonly [Id in keyof Checks]: {
    readonly [Each in CheckId<Checks, Id>]: readonly [
      Fault<CheckName<Checks, Id>>,
      ...Fault<CheckName<Checks, Id>>[],
    ];
  };
};

/** A step as the lesson tells it. */
export function step<const Id extends string, Asked extends Question | undefined = undefined>(
  id: Id,
  definition: Omit<StepText, 'id' | 'predict'> & { readonly predict?: Asked },
): StepText<Id, Asked> {
  return { ...definition, id };
}

/** Typed identity: the text of a lesson. */
export function defineLesson<const Id extends string, const Steps extends StepTexts>(
  lesson: LessonText<Id, Steps>,
): LessonText<Id, Steps> {
  return lesson;
}

/** Typed identity: what must hold after each step of the lesson. */
export function defineChecks<
  const Steps extends StepTexts,
  const Checks extends ChecksBy<StepId<Steps>>,
>(_: LessonText<string, Steps>, checks: WithExactly<Checks, StepId<Steps>>): Checks {
  return checks;
}

/** Typed identity: what the machine answers to the lesson's questions, by step. */
export function defineAnswers<const Steps extends StepTexts>(
  _: LessonText<string, Steps>,
  answers: Answers<Steps>,
): Answers<Steps> {
  return answers;
}

/** Typed identity: the mistakes that a failed check can recognise, by step and check. */
export function defineDiagnoses<Checks>(
  _: Checks,
  diagnoses: Diagnoses<NoInfer<Checks>>,
): Diagnoses<Checks> {
  return diagnoses;
}

/** Typed identity: how to break what each check guards, by step and check. */
export function defineFaults<Checks>(_: Checks, faults: Faults<NoInfer<Checks>>): Faults<Checks> {
  return faults;
}

/** Puts the parts of a lesson together, without its faults: only tests break things. */
export function assembleLesson<
  Id extends string,
  Steps extends StepTexts,
  Checks extends ChecksBy<StepId<Steps>>,
>(
  parts: {
    readonly lesson: LessonText<Id, Steps>;
    readonly checks: WithExactly<Checks, StepId<Steps>>;
    readonly diagnoses?: Diagnoses<NoInfer<Checks>>;
  } & (keyof Answers<Steps> extends never ? unknown : { readonly answers: Answers<Steps> }),
): Lesson<Id> {
  const { lesson, checks, answers = {}, diagnoses = {} } = parts as unknown as Parts<Id>;
  const [first, ...more] = lesson.steps;
  const assembled = ({ predict, ...text }: StepText): Step => {
    const ask = answers[text.id];
    const [one, ...others] = checks[text.id] as readonly [Check, ...Check[]];
    const diagnosed = (check: Check): Check => {
      const diagnoser = diagnoses[text.id]?.[check.id];
      return diagnoser === undefined ? check : { ...check, diagnoser };
    };
    return {
      ...text,
      ...(predict === undefined || ask === undefined ? {} : { predict: { ...predict, ask } }),
      checks: [diagnosed(one), ...others.map(diagnosed)],
    };
  };
  return { ...lesson, steps: [assembled(first), ...more.map(assembled)] };
}

/** The parts of a lesson whose ids the compiler has compared already. */
interface Parts<Id extends string> {
  readonly lesson: LessonText<Id>;
  readonly checks: ChecksBy<string>;
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly diagnoses?: Readonly<Record<string, Readonly<Record<string, Diagnoser>>>>;
}
