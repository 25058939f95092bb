import type { Term } from '../engine/glossary.ts';
import { keyOf, type Place, placesOf } from '../engine/lesson.ts';
import { paragraphsOf, type Text } from '../engine/text.ts';
import type { State } from '../engine/update.ts';
import type { Obstacle } from '../host/preflight/obstacles.ts';
import { numberOf } from './step-status.ts';

/** Something that can be in the way, as `doctor --explain ID` tells it. */
export interface Problem extends Obstacle {
  readonly id: string;
}

/** Where a text was found in the tour. */
export type Hit = {
  /** A name for the place. */
  readonly where: string;
  /** The sentence or line with the text. */
  readonly said: string;
} & (
  | { readonly kind: 'step' | 'output'; readonly place: Place }
  | { readonly kind: 'term'; readonly term: Term }
  | { readonly kind: 'problem'; readonly problem: Problem }
);

/** What is searched in addition to the lessons. */
interface Sources {
  readonly glossary: readonly Term[];
  readonly problems?: readonly Problem[] | undefined;
}

/** A shorter text is in too many places. */
const minLength = 2;

/**
 * The places of the whole tour that have a text, whatever its case: terms that are named so, the steps
 * in order with what they printed, other terms, and what `doctor` explains.
 */
export function hitsFor(wanted: string, state: State, { glossary, problems = [] }: Sources): Hit[] {
  if (wanted.trim().length < minLength) return [];
  const terms = glossary.flatMap((term): Hit[] => {
    const sentences = sentencesOf(term.explanation);
    const said = has(term.term, wanted) ? sentences[0] : firstWith(wanted, sentences);
    return said === undefined
      ? []
      : [{ kind: 'term', where: `glossary: ${term.term}`, said, term }];
  });
  const isNamed = (hit: Hit) => hit.kind === 'term' && has(hit.term.term, wanted);
  return [
    ...terms.filter(isNamed),
    ...placesOf(state.lessons).flatMap((place) => hitsInStep(wanted, state, place)),
    ...terms.filter((hit) => !isNamed(hit)),
    ...problems.flatMap((problem): Hit[] => {
      const { symptom, cause, remedy } = problem;
      const said = firstWith(wanted, [symptom, cause, remedy]);
      return said === undefined
        ? []
        : [{ kind: 'problem', where: `doctor: ${problem.id}`, said, problem }];
    }),
  ];
}

function hitsInStep(wanted: string, state: State, place: Place): Hit[] {
  const { lesson, step } = place;
  const number = lesson.steps.indexOf(step) + 1;
  const where = `${numberOf(lesson)}.${number} ${step.title}`;
  const said = firstWith(wanted, readableIn(state, place));
  const printed = state.records.get(keyOf(place))?.printed?.lines ?? [];
  const line = firstWith(wanted, printed);
  return [
    ...(said === undefined ? [] : [{ kind: 'step' as const, where, said, place }]),
    ...(line === undefined ? [] : [{ kind: 'output' as const, where, said: line.trim(), place }]),
  ];
}

/** The sentences of a step that may be read: what follows from it only once it has been done. */
function readableIn({ completed }: State, place: Place): string[] {
  const { lesson, step } = place;
  const { title, why, goal = [], expect, notice, fieldNote } = step;
  const isFirst = lesson.steps[0] === step;
  const done = completed.has(keyOf(place));
  return [
    ...(isFirst ? [lesson.title] : []),
    title,
    ...[...(isFirst ? [lesson.intro] : []), why, goal, expect].flatMap(sentencesOf),
    ...step.checks.map(({ says }) => says),
    ...(done ? sentencesOf(notice) : []),
    ...(done && fieldNote ? [fieldNote.title, ...sentencesOf(fieldNote.text)] : []),
  ];
}

/** The sentences of a text, with an ellipsis for each value that is read from the machine. */
function sentencesOf(text: Text): string[] {
  return paragraphsOf(text).flatMap((pieces) => {
    const words = pieces.map((piece) =>
      'fact' in piece ? '…' : piece.role === 'mark' ? '' : piece.text,
    );
    return words.join('').split(/(?<=[.:?])\s+/);
  });
}

function firstWith(wanted: string, texts: readonly string[]): string | undefined {
  return texts.find((text) => has(text, wanted));
}

function has(text: string, wanted: string): boolean {
  return text.toLowerCase().includes(wanted.toLowerCase());
}
