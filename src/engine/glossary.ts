import type { AnyFact } from './fact.ts';
import type { Place } from './lesson.ts';
import { factsIn, plain, type Text } from './text.ts';

/** A word of the field, and what it is on this machine. */
export interface Term {
  readonly term: string;
  /** How it appears in prose, besides itself. */
  readonly forms?: readonly string[];
  readonly explanation: Text;
  /** The learner's own: a sentence about at least one fact. */
  readonly yours: Text;
  /** Words that come along with this one, and that the prose itself does not use. */
  readonly along?: readonly string[];
}

/** Everything that can be read on the page of a step. */
export function proseOf({ lesson, step }: Place): Text[] {
  const { predict, fieldNote } = step;
  const question = predict === undefined ? [] : [predict.question, ...predict.choices];
  const titles = [lesson.title, step.title, fieldNote?.title ?? ''];
  return [
    ...[...titles, ...question, ...step.checks.map(({ says }) => says)].map((line) => [line]),
    ...[lesson.intro, step.why, step.expect, step.notice, step.hint, fieldNote?.text ?? []],
  ];
}

/** A whole word; at the beginning of a sentence it has a capital, which WORKDIR does not make workdir. */
function pattern({ term, forms = [] }: Term): RegExp {
  const words = [term, ...forms].map((form) => {
    const first = form.slice(0, 1);
    const either = `[${first.toLowerCase()}${first.toUpperCase()}]`;
    return `${either}${form.slice(1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
  });
  return new RegExp(`(?<![\\w$-])(?:${words.join('|')})(?![\\w-])`);
}

/** The terms that the page of a step uses, and those that come along, in the order of the glossary. */
export function termsIn(place: Place, glossary: readonly Term[]): Term[] {
  const prose = proseOf(place)
    .map((text) => plain(text, new Map()))
    .join('\n');
  const used = glossary.filter((each) => pattern(each).test(prose));
  const along = new Set(used.flatMap((each) => each.along ?? []));
  return glossary.filter((each) => used.includes(each) || along.has(each.term));
}

/** What has to be read from the machine to show these terms. */
export function factsOf(terms: readonly Term[]): AnyFact[] {
  return factsIn(...terms.map(({ yours }) => yours));
}
