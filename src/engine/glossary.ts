import type { AnyFact } from './fact.ts';
import type { Place } from './lesson.ts';
import { factsIn, plain, type Text } from './text.ts';

/** A technical term, and what it is on this machine. */
export interface Term {
  readonly term: string;
  /** Other forms of the term in prose, such as its plural. */
  readonly forms?: readonly string[];
  readonly explanation: Text;
  /** The section of the OCI image spec that defines it, as a file of that and a heading. */
  readonly spec?: string;
  /** A sentence about the learner's own, with at least one fact. */
  readonly yours: Text;
  /** Terms that are listed with this one although the prose doesn't use them. */
  readonly along?: readonly string[];
}

/** All prose on the page of a step. */
export function proseOf({ lesson, step }: Place): Text[] {
  const { predict, fieldNote } = step;
  const question = predict === undefined ? [] : [predict.question, ...predict.choices];
  const titles = [lesson.title, step.title, fieldNote?.title ?? ''];
  return [
    ...[...titles, ...question, ...step.checks.map(({ says }) => says)].map((line) => [line]),
    ...[
      lesson.intro,
      step.why,
      step.goal ?? [],
      step.expect,
      step.notice,
      step.hint,
      fieldNote?.text ?? [],
    ],
  ];
}

/** Matches a whole word, with or without a capital first letter; WORKDIR isn't workdir. */
function pattern({ term, forms = [] }: Term): RegExp {
  const words = [term, ...forms].map((form) => {
    const first = form.slice(0, 1);
    const either = `[${first.toLowerCase()}${first.toUpperCase()}]`;
    return `${either}${form.slice(1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
  });
  return new RegExp(`(?<![\\w$-])(?:${words.join('|')})(?![\\w-])`);
}

/** The terms that the page of a step uses, and those listed with them, in the glossary's order. */
export function termsIn(place: Place, glossary: readonly Term[]): Term[] {
  const prose = proseOf(place)
    .map((text) => plain(text, new Map()))
    .join('\n');
  const used = glossary.filter((each) => pattern(each).test(prose));
  const along = new Set(used.flatMap((each) => each.along ?? []));
  return glossary.filter((each) => used.includes(each) || along.has(each.term));
}

/** The facts to read for these terms. */
export function factsOf(terms: readonly Term[]): AnyFact[] {
  return factsIn(...terms.map(({ yours }) => yours));
}
