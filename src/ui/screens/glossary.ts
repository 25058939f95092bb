import { type Term, termsIn } from '../../engine/glossary.ts';
import { type Document, type Section, stack } from '../document.ts';
import { indented, type Line, span } from '../line.ts';
import { prose } from '../prose.ts';
import type { TourViewModel } from '../view-model.ts';

/** The terms that the step's page uses, with the learner's own as examples. */
export function glossaryDocument(model: TourViewModel, width: number): Document {
  const terms = termsIn(model.state.at, model.context.glossary);
  return stack(terms.map((term) => termSection(model, term, width)));
}

/** A term, what it means, and what it is on this machine. */
export function termSection({ state, theme }: TourViewModel, term: Term, width: number): Section {
  const by = theme.spoken ? 0 : 2;
  const room = width - by;
  const own: Line[] =
    state.defined === undefined
      ? [[span(`Looking at this machine${theme.symbols.ellipsis}`, 'dim')]]
      : prose(term.yours, state.defined, theme, room);
  return {
    lines: [
      titleOf(term),
      ...indented([...prose(term.explanation, new Map(), theme, room), ...own], by),
    ],
    stop: true,
  };
}

/** The term, and where the spec defines it. */
function titleOf({ term, spec }: Term): Line {
  const title = span(term, 'title');
  return spec === undefined ? [title] : [title, span(`  image spec, ${spec}`, 'dim')];
}
